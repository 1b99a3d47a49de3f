# shellcheck shell=bash
# A private PostgreSQL under the temporary folder, as Debian would configure it: what is committed is on disk. Sourced by run.sh.

postgres_bin=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1)")

postgres_as() { (cd / && runuser -u postgres -- "$@"); }

postgres_start() {
  local home=$WORK/postgres
  mkdir -p "$home"
  chown postgres "$home"
  postgres_as "$postgres_bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$WORK/postgres.log" 2>&1 ||
    stop_here "PostgreSQL does not start: $(tail -n 1 "$WORK/postgres.log")"
  printf '%s\n' "listen_addresses = ''" "unix_socket_directories = '$home'" >>"$home/data/postgresql.conf"
  postgres_as "$postgres_bin/pg_ctl" -s -w -D "$home/data" -l "$home/server.log" start ||
    stop_here "PostgreSQL does not start: $(tail -n 1 "$home/server.log")"
}

postgres_stop() {
  [ ! -f "$WORK/postgres/data/postmaster.pid" ] || postgres_as "$postgres_bin/pg_ctl" -s -D "$WORK/postgres/data" -m fast stop
}

postgres_pid() { head -n 1 "$WORK/postgres/data/postmaster.pid"; }

postgres_url() { echo "postgres://postgres@localhost/$1?host=$WORK/postgres"; }

# A database with Postern's schema.
postgres_new() {
  postgres_as "$postgres_bin/psql" -X -q -h "$WORK/postgres" -U postgres -d postgres -c "CREATE DATABASE $1" ||
    stop_here "cannot make the database $1"
  POSTERN_STORE__URL=$(postgres_url "$1") "$POSTERN" migrate >"$WORK/migrate.log" 2>&1 ||
    stop_here "cannot migrate: $(tail -n 1 "$WORK/migrate.log")"
}
