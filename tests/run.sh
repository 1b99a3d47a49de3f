#!/usr/bin/env bash
# Runs all tests. On a fresh Debian with nothing but Rust it first installs what they need; `--prepare` does only that.
# It asks nothing, uses no fixed port, and may be run again at any time.
set -euo pipefail
cd "$(dirname "$0")/.."
exec </dev/null
# An account other than root does not find the mail server's programs on Debian's default path.
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

# What is called, and the Debian package it comes in: the linker, then what tests run against.
tools='
cc build-essential
sh dash
kill procps
mount mount
umount mount
chown coreutils
true coreutils
postfix postfix
postconf postfix
postqueue postfix
smtp-source postfix
swaks swaks
runuser util-linux
flock util-linux
setsid util-linux
unshare util-linux
systemd-analyze systemd
/usr/bin/python3 python3
aiosmtpd python3-aiosmtpd
chromium chromium
node nodejs
npm npm
'

missing_packages() {
    while read -r tool package; do
        [ -z "$tool" ] || type -P "$tool" >/dev/null || echo "$package"
    done <<<"$tools" | sort -u
    [ -s /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || echo python3-venv
    # Its programs are not on the path.
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || type -P initdb >/dev/null || echo postgresql
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n -- "$@"; fi
}

install_packages() {
    if ! type -P apt-get debconf-set-selections >/dev/null || ! as_root true 2>/dev/null; then
        echo "tests/run.sh: the tests need these Debian packages: $*" >&2
        echo "tests/run.sh: install them, or run this once as root or where sudo asks for no password" >&2
        exit 1
    fi
    # The tests start a Postfix and a PostgreSQL of their own; the machine's shall neither be configured nor run.
    if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        as_root mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | as_root tee /etc/postgresql-common/createcluster.conf >/dev/null
    fi
    echo 'postfix postfix/main_mailer_type select No configuration' | as_root debconf-set-selections
    as_root apt-get -q update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install "$@"
}

mapfile -t packages < <(missing_packages)
if [ "${#packages[@]}" -gt 0 ]; then
    install_packages "${packages[@]}"
fi
[ "${1-}" != --prepare ] || exit 0

# The runner's own summary comes last.
if cargo nextest --version >/dev/null 2>&1; then
    # It does not know the examples in the documentation.
    failed=0
    cargo test --locked --doc || failed=$?
    cargo nextest run --locked --no-fail-fast || failed=$?
    exit "$failed"
fi
exec cargo test --locked --no-fail-fast
