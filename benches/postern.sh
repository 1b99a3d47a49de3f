# shellcheck shell=bash
# Postern as it comes: the default configuration but for ports, folders, the smarthost and, where STORE_URL names one, the store.
# Sourced by run.sh.

PEAK_KIB=0

postern_build() {
  if [ -z "${POSTERN:-}" ]; then
    cargo build --release --quiet || stop_here "Postern does not build"
    POSTERN=$REPOSITORY/target/release/postern
  fi
  POSTERN=$(realpath "$POSTERN")
}

store_url() { echo "${STORE_URL:-sqlite:data/postern.db}"; }

# Runs a command of Postern in the folder of the incoming store.
postern() { (cd "$WORK/in" && "$POSTERN" "$@"); }

# postern_start FOLDER PARTS
postern_start() {
  mkdir -p "$1"
  cd "$1"
  POSTERN_SMTP__LISTEN="127.0.0.1:$SMTP_PORT" POSTERN_HTTP__LISTEN="127.0.0.1:$HTTP_PORT" \
    POSTERN_STORE__URL="$(store_url)" POSTERN_RELAY__URL="smtp://127.0.0.1:$SINK_PORT" "$POSTERN" serve --only "$2" >>"$1/log" 2>&1 &
  POSTERN_PID=$!
  cd "$REPOSITORY"
  case $2 in *smtp*) wait_until "Postern listens" is_open "$SMTP_PORT" ;; esac
}

postern_stop() {
  [ -n "${POSTERN_PID:-}" ] || return 0
  local peak
  peak=$(awk '/^VmHWM:/ { print $2 }' "/proc/$POSTERN_PID/status" 2>/dev/null || true)
  ((${peak:-0} > PEAK_KIB)) && PEAK_KIB=$peak
  kill "$POSTERN_PID" 2>/dev/null || true
  wait "$POSTERN_PID" 2>/dev/null || true
  POSTERN_PID=
}

# postern_has_handed_over FOLDER COUNT
postern_has_handed_over() { [ "$(find "$1/data/inbox/new" -type f 2>/dev/null | wc -l)" -ge "$2" ]; }

# How many recipients of this verdict are on record: postern_records FOLDER VERDICT
postern_records() {
  (cd "$1" && POSTERN_STORE__URL="$(store_url)" "$POSTERN" report incoming --verdict "$2" --format csv) | tail -n +2 | wc -l
}

# The first start makes the store and an administrator; that is no part of sending.
postern_prepare_out() {
  postern_start "$WORK/out" deliver
  wait_until "Postern has made its outgoing store" test -s "$WORK/out/data/admin-credentials"
  postern_stop
}

# Puts so many notifications into the outgoing store while nobody sends.
postern_enqueue() {
  awk -v count="$1" -v bytes="$BYTES" 'BEGIN {
    line = "This line says nothing, but at the length of what people write to each other.\\n"
    while (length(text) + length(line) <= bytes) text = text line
    for (i = 1; i <= count; i++)
      printf "{\"kind\": \"new_note\", \"to\": [\"user%d@example.org\"], \"subject\": \"Note %d\", \"text\": \"%s\"}\n", i, i, text
  }' >"$WORK/queue.ndjson"
  (cd "$WORK/out" && "$POSTERN" enqueue "$WORK/queue.ndjson" --format csv) >"$WORK/enqueue.log" 2>&1 ||
    stop_here "cannot enqueue: $(tail -n 1 "$WORK/enqueue.log")"
}

postern_queue_length() { (cd "$WORK/out" && "$POSTERN" queue list --format csv) | tail -n +2 | wc -l; }
