# shellcheck shell=bash
# What the flag costs and how fast it is; no contest, since Postfix has none. Sourced by run.sh.

# Two processes on one store, one with the HTTP door and one with the mail door; sets TOKEN.
# flag_start FOLDER STORE_URL
flag_start() {
  local folder=$1 url=$2
  STORE_URL=$url postern_start "$folder/http" http
  wait_until "Postern listens for HTTP" is_open "$HTTP_PORT"
  flag_http=$POSTERN_PID POSTERN_PID=
  STORE_URL=$url postern_start "$folder/smtp" smtp
  TOKEN=$(cd "$folder/http" && POSTERN_STORE__URL=$url "$POSTERN" token create bench --scope api 2>/dev/null)
}

flag_stop() {
  postern_stop
  POSTERN_PID=$flag_http
  postern_stop
}

# flag_on_both MEASURE: runs it with TOKEN set, on each kind of store.
flag_on_both() {
  local store url
  for store in sqlite postgres; do
    case $store in
      sqlite) url=sqlite:$WORK/$1/postern.db ;;
      postgres) postgres_new "$1"; url=$(postgres_url "$1") ;;
    esac
    flag_start "$WORK/$1/$store" "$url"
    printf '  %-11s %-8s ' "$1" "$store"
    "flag_$1"
    flag_stop
  done
}

flag_propagation() { /usr/bin/python3 benches/changes.py propagation "$CHANGES" "$HTTP_PORT" "$TOKEN" "$SMTP_PORT"; }

# While 50 connections send mail without a pause; what the mode refuses is part of that.
flag_latency() {
  local loaded
  smtp-source -A -d -s "$CONNECTIONS" -m 100000000 -l "$BYTES" -f ann@example.com \
    -t incoming+group/project+TOKEN@localhost "127.0.0.1:$SMTP_PORT" >/dev/null 2>&1 &
  loaded=$!
  timeout "$LIMIT" /usr/bin/python3 benches/changes.py latency "$MANY_CHANGES" "$HTTP_PORT" "$TOKEN" ||
    stop_here "the changes did not end within $LIMIT s"
  kill -0 "$loaded" 2>/dev/null || stop_here "the load ended before the changes did"
  kill "$loaded" && wait "$loaded" 2>/dev/null || true
}

measure_propagation() { flag_on_both propagation; }
measure_latency() { flag_on_both latency; }

# The same mails with and without the lock and the look at the mode, on PostgreSQL; on SQLite the lock is the writer's own.
measure_fence() {
  postgres_new fence
  POSTERN_BENCH_DATABASE=$(postgres_url fence) cargo test --release --quiet --lib what_the_fence_costs -- --ignored --nocapture |
    sed -n 's/^fence: /  fence       postgres /p'
}
