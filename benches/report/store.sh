# shellcheck shell=bash
# The stores and the server on them. Sourced by report.sh.

# The hashes of two addresses: one in twenty mails goes to the busy one, one in a hundred thousand to the quiet one.
address_hash() { printf %s "$1" | sha256sum | cut -d ' ' -f 1; }
BUSY=$(address_hash incoming+busy@localhost)
QUIET=$(address_hash incoming+quiet@localhost)

# What fills the summary from rows that are there already is the migration's own.
backfill() { sed -n '/^-- What is there already/,/^-- Lists lead/p' "migrations/$1/0008_summary.sql"; }

server_start() {
  mkdir -p "$HOME_FOLDER"
  cd "$HOME_FOLDER"
  POSTERN_STORE__URL="$URL" POSTERN_HTTP__LISTEN="127.0.0.1:$HTTP_PORT" "$POSTERN" serve --only http >>"$WORK/log" 2>&1 &
  SERVER_PID=$!
  cd "$REPOSITORY"
  # The port is bound before the store is open.
  wait_until "Postern is ready (see $WORK/log)" curl -sfo /dev/null "http://127.0.0.1:$HTTP_PORT/-/readiness"
  TOKEN=$(sed -n 's/^token=//p' "$HOME_FOLDER/data/admin-credentials")
}

server_stop() {
  [ -n "${SERVER_PID:-}" ] || return 0
  kill "$SERVER_PID" 2>/dev/null || true
  wait "$SERVER_PID" 2>/dev/null || true
  SERVER_PID=
}

sqlite_begin() {
  HOME_FOLDER=$WORK/sqlite URL=sqlite:data/postern.db
}

sqlite_again() { sqlite_begin; }

sqlite_fill() {
  local file=$HOME_FOLDER/data/postern.db
  local tables="'notification', 'delivery', 'recipient'"
  # Indexes are built faster afterwards, and the summary is counted at once.
  sqlite3 "$file" "SELECT sql || ';' FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ($tables)" >"$WORK/restore.sql"
  sqlite3 "$file" "SELECT 'DROP ' || type || ' ' || name || ';' FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL AND tbl_name IN ($tables)" >"$WORK/drop.sql"
  {
    echo ".bail on"
    cat "$WORK/drop.sql"
    echo ".parameter set :rows $ROWS"
    echo ".parameter set :begin $BEGIN"
    echo ".parameter set :busy \"x'$BUSY'\""
    echo ".parameter set :quiet \"x'$QUIET'\""
    cat benches/report/sqlite.sql
    cat "$WORK/restore.sql"
    backfill sqlite
    echo "PRAGMA journal_mode = WAL;"
  } | sqlite3 "$file" >"$WORK/fill.log"
}

sqlite_size() { du -h "$HOME_FOLDER/data/postern.db" | awk '{ print "the file has " $1 "B" }'; }

sqlite_end() { [ "${KEEP:-0}" = 1 ] || rm -rf "$HOME_FOLDER"; }

as_postgres() {
  if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

postgres_place() {
  BIN=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
  HOME_FOLDER=$WORK/gateway CLUSTER=$WORK/postgres PG_CTL=$BIN/pg_ctl
  URL="postgres://postgres@localhost/postgres?host=$CLUSTER"
}

postgres_start() { as_postgres "$PG_CTL" -s -w -D "$CLUSTER/data" -l "$CLUSTER/log" start >/dev/null; }

postgres_again() {
  postgres_place
  postgres_start
  postgres_migrate
}

# Brings the schema up; SQLite's is by the server itself.
postgres_migrate() { (cd "$HOME_FOLDER" && POSTERN_STORE__URL="$URL" "$POSTERN" migrate >/dev/null); }

postgres_begin() {
  postgres_place
  install -d "$CLUSTER"
  [ "$(id -u)" != 0 ] || chown postgres "$CLUSTER"
  as_postgres "$BIN/initdb" -D "$CLUSTER/data" -U postgres -A trust -E UTF8 --no-sync --no-instructions --locale=C.UTF-8 >"$WORK/initdb.log"
  # Debian's defaults, but for the port, and for room to build the indexes.
  as_postgres sh -c "cat >>'$CLUSTER/data/postgresql.conf'" <<CONF
listen_addresses = ''
unix_socket_directories = '$CLUSTER'
maintenance_work_mem = 1GB
max_wal_size = 8GB
CONF
  postgres_start
  mkdir -p "$HOME_FOLDER"
  postgres_migrate
}

postgres_ask() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$CLUSTER" -U postgres "$@"; }

postgres_fill() {
  local table indexes="FROM pg_indexes WHERE schemaname = 'public' AND tablename IN ('notification', 'delivery', 'recipient') AND indexname NOT LIKE '%_pkey'"
  postgres_ask -c "SELECT indexdef || ';' $indexes" >"$WORK/restore.sql"
  postgres_ask -c "SELECT 'DROP INDEX ' || indexname || ';' $indexes" >"$WORK/drop.sql"
  {
    cat "$WORK/drop.sql"
    for table in delivery recipient; do echo "ALTER TABLE $table DISABLE TRIGGER USER;"; done
    cat benches/report/postgres.sql
    cat "$WORK/restore.sql"
    for table in delivery recipient; do echo "ALTER TABLE $table ENABLE TRIGGER USER;"; done
    backfill postgres
    # As its own VACUUM does in time.
    echo "VACUUM ANALYZE; CHECKPOINT;"
  } | postgres_ask -v rows="$ROWS" -v begin="$BEGIN" -v busy="$BUSY" -v quiet="$QUIET" -f - >"$WORK/fill.log"
}

postgres_size() { postgres_ask -c "SELECT 'the database has ' || pg_size_pretty(pg_database_size('postgres'))"; }

postgres_stop() {
  [ -z "${CLUSTER:-}" ] || as_postgres "$PG_CTL" -s -D "$CLUSTER/data" -m fast stop || true
  CLUSTER=
}

postgres_end() {
  local folder=$CLUSTER
  postgres_stop
  [ "${KEEP:-0}" = 1 ] || rm -rf "$folder"
}
