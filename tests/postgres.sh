#!/bin/sh
# A throw-away PostgreSQL cluster for the tests: started when it is not there, shared by all test processes of this account,
# stopped and deleted after a minute without connections. It listens on a socket in FOLDER only, and nothing in it outlives it
# (fsync is off). Its language sorts unlike bytes, as databases out there do.
#
#   tests/postgres.sh FOLDER          have it running (as an account other than root)
#   tests/postgres.sh ask FOLDER SQL  ask it something
#   tests/postgres.sh watch FOLDER    the watchdog; started by the above
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

if [ "$1" = ask ]; then
    ask "$2" "$3"
    exit
fi
if [ "$1" = watch ]; then
    watch "$2"
fi

folder=$1
umask 077
exec 9>>"$folder.lock"
flock 9
if ! ask "$folder" "SELECT 1" >/dev/null 2>&1; then
    [ ! -d "$folder/data" ] || "$bin/pg_ctl" -s -D "$folder/data" -m immediate stop 2>/dev/null || true
    rm -rf "$folder"
    mkdir "$folder"
    "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --no-sync --no-instructions \
        --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US >"$folder/initdb.log" 2>&1 \
        || { cat "$folder/initdb.log" >&2; exit 1; }
    cat >>"$folder/data/postgresql.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$folder'
fsync = off
full_page_writes = off
max_connections = 1000
shared_buffers = 64MB
deadlock_timeout = 200ms
autovacuum = off
CONF
    # Neither the server nor the watchdog may keep the lock or the caller's output.
    "$bin/pg_ctl" -s -w -D "$folder/data" -l "$folder/server.log" start 9>&- >/dev/null 2>&1 \
        || { cat "$folder/server.log" >&2; exit 1; }
    setsid sh -c "$script" postgres.sh watch "$folder" 9>&- >/dev/null 2>&1 </dev/null &
fi
touch "$folder/used"
