#!/bin/sh
# A throw-away PostgreSQL cluster for the tests: started when it is not there, shared by all test processes of this account,
# stopped and deleted after a minute without connections. It listens on a socket in FOLDER only, and nothing in it outlives it
# (fsync is off). Its language sorts unlike bytes, as databases out there do.
#
#   tests/postgres.sh FOLDER          have it running (as an account other than root)
#   tests/postgres.sh ask FOLDER SQL  ask it something
#   tests/postgres.sh watch FOLDER    the watchdog; started by the above
#
# And a pair of its own for a test that loses one of them: a primary in FOLDER/old with an empty database `postern`, and a standby in
# FOLDER/new that streams from it over a slot. Each listens in its folder. The pair ends with the process PID at the latest.
#
#   tests/postgres.sh pair FOLDER PID
#   tests/postgres.sh end FOLDER      stops and deletes it
#   tests/postgres.sh run COMMANDS    runs shell commands that find PostgreSQL's programs
set -eu
script=${script:-$(cat "$0")}

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo missing/initdb)")
if [ ! -x "$bin/initdb" ]; then
    echo "PostgreSQL is not installed: run tests/run.sh, which says what the tests need" >&2
    exit 1
fi

ask() {
    "$bin/psql" -X -q -A -t -h "$1" -U postgres -d postgres -c "$2"
}

# Stops and deletes the cluster when nobody has used it for a minute. The lock keeps it from doing so while somebody starts.
watch() {
    folder=$1
    idle=0
    while sleep 5; do
        [ -d "$folder/data" ] || exit 0
        others=$(ask "$folder" "SELECT count(*) FROM pg_stat_activity
            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()" 2>/dev/null || echo 0)
        if [ "$others" = 0 ]; then idle=$((idle + 5)); else idle=0; fi
        [ "$idle" -ge 60 ] || continue
        exec 9>>"$folder.lock"
        flock 9
        if [ -n "$(find "$folder/used" -mmin -1 2>/dev/null)" ]; then
            exec 9>&-
            idle=0
            continue
        fi
        "$bin/pg_ctl" -s -D "$folder/data" -m immediate stop || true
        rm -rf "$folder"
        exit 0
    done
}

# Makes a cluster in $1/data that listens in $1, and starts it. Neither the server nor who starts it may keep a lock or the output.
make() {
    "$bin/initdb" -D "$1/data" -U postgres -A trust -E UTF8 --no-sync --no-instructions \
        --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$1/initdb.log" 2>&1 \
        || { cat "$1/initdb.log" >&2; exit 1; }
    # Members of this role, and they alone, need a password.
    { echo 'local all +with_password scram-sha-256'; cat "$1/data/pg_hba.conf"; } >"$1/data/pg_hba.new"
    mv "$1/data/pg_hba.new" "$1/data/pg_hba.conf"
    cat >>"$1/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$1'
fsync = off
full_page_writes = off
max_connections = 1000
shared_buffers = 64MB
deadlock_timeout = 200ms
autovacuum = off
CONF
    start "$1"
}

start() {
    "$bin/pg_ctl" -s -w -D "$1/data" -l "$1/server.log" start 9>&- >/dev/null 2>&1 || { cat "$1/server.log" >&2; exit 1; }
}

pair() {
    mkdir "$1" "$1/old" "$1/new"
    setsid sh -c "$script" postgres.sh guard "$1" "$2" >/dev/null 2>&1 </dev/null &
    make "$1/old"
    ask "$1/old" "CREATE DATABASE postern"
    "$bin/pg_basebackup" -d "host=$1/old user=postgres application_name=standby" -D "$1/new/data" \
        --write-recovery-conf --create-slot --slot=standby --checkpoint=fast --no-sync
    echo "unix_socket_directories = '$1/new'" >>"$1/new/data/postgresql.auto.conf"
    start "$1/new"
}

end() {
    for one in "$1/old" "$1/new"; do
        "$bin/pg_ctl" -s -D "$one/data" -m immediate stop >/dev/null 2>&1 || true
    done
    rm -rf "$1"
}

# Ends the pair when its test is gone without having done so.
guard() {
    while [ -d "/proc/$2" ] && [ -d "$1" ]; do sleep 5; done
    end "$1"
}

umask 077
case $1 in
ask | pair | guard | end | run)
    PATH=$PATH:$bin
    do=$1
    shift
    [ "$do" != run ] || do=eval
    "$do" "$@"
    exit
    ;;
watch) watch "$2" ;;
esac

folder=$1
exec 9>>"$folder.lock"
flock 9
if ! ask "$folder" "SELECT 1" >/dev/null 2>&1; then
    [ ! -d "$folder/data" ] || "$bin/pg_ctl" -s -D "$folder/data" -m immediate stop 2>/dev/null || true
    rm -rf "$folder"
    mkdir "$folder"
    make "$folder"
    setsid sh -c "$script" postgres.sh watch "$folder" 9>&- >/dev/null 2>&1 </dev/null &
fi
touch "$folder/used"
