#!/bin/sh
# Drives a running gateway by a real browser.
#
#   POSTERN_URL=http://… POSTERN_TOKEN=… POSTERN_PASSWORD=… POSTERN_SMTP_PORT=… POSTERN_RELAY_PORT=…  tests/e2e/run.sh STORY.mjs
#
# Token and password are those of the first start; at the relay port the story is the smarthost. The browser is Debian's; its driver comes from npm into target/e2e, once.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
home=$(cd "$here/../.." && pwd)/target/e2e
mkdir -p "$home"

# Several tests may come here at once; one makes the place, and the others wait for it.
exec 9>"$home/lock"
flock 9
if ! cmp -s "$here/package-lock.json" "$home/done"; then
    rm -rf "$home/node_modules" "$home/done"
    cp "$here/package.json" "$here/package-lock.json" "$home"
    # The driver would fetch a browser of its own otherwise; Debian's is used.
    (cd "$home" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error)
    cp "$here/package-lock.json" "$home/done"
fi
exec 9>&-

export POSTERN_MODULES="$home"
exec node "$here/$1"
