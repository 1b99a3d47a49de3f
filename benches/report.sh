#!/usr/bin/env bash
# Measures how long reports and pages take on big tables: builds them on SQLite and on PostgreSQL in a temporary folder, runs the real
# server on each, signs in, asks every page, list and summary, those under every kind of filter, and prints the median and the longest
# time of each. The aim is 100 ms; ends with 1 when a median is over it.
#
#   benches/report.sh [sqlite] [postgres]        (default: both)
#
# Needs Debian's sqlite3, postgresql and curl, 2.5 GB of disk per million rows, and cargo unless POSTERN names a built binary. Nothing
# outside a temporary folder is touched, and that is removed at the end.
#
# Variables: ROWS (suppressed, and as many incoming; default 10000000), TIMES (each is asked, default 5), KEEP=1 (leaves the folder),
# KEPT=FOLDER (asks one that was left), POSTERN (a built binary).
set -euo pipefail
cd "$(dirname "$0")/.."

ROWS=${ROWS:-10000000} TIMES=${TIMES:-5} AIM_MS=100
STORES=${*:-sqlite postgres}
# Waiting for a server to start, in seconds.
LIMIT=60
REPOSITORY=$PWD

stop_here() { echo "benches/report.sh: $*" >&2; exit 1; }

for tool in sqlite3 psql curl; do
  command -v "$tool" >/dev/null || stop_here "there is no $tool: install it with apt-get install sqlite3 postgresql curl"
done
WORK=${KEPT:-$(mktemp -d "${TMPDIR:-/tmp}/postern-report.XXXXXX")}
[ -z "${KEPT:-}" ] || KEEP=1
chmod 755 "$WORK"
source "$REPOSITORY/benches/measure.sh"
source "$REPOSITORY/benches/report/store.sh"
source "$REPOSITORY/benches/report/ask.sh"

finish() {
  local status=$?
  trap - EXIT INT TERM
  server_stop || true
  postgres_stop || true
  if [ "${KEEP:-0}" = 1 ]; then echo "Left behind: $WORK"; else rm -rf "$WORK"; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

if [ -z "${POSTERN:-}" ]; then
  echo "Building …"
  cargo build --release --quiet || stop_here "Postern does not build"
  POSTERN=$REPOSITORY/target/release/postern
fi
POSTERN=$(realpath "$POSTERN")
free_ports HTTP_PORT
# Ninety days that ended today at midnight UTC, in microseconds.
BEGIN=$(($(date +%s) / 86400 * 86400 - 90 * 86400))000000

build() {
  local began
  echo "Building $ROWS suppressed and $ROWS incoming rows on $store …"
  "${store}_begin"
  server_start
  server_stop
  began=$(now)
  "${store}_fill"
  echo "… took $(awk -v a="$began" -v b="$(now)" 'BEGIN { printf "%.0f", b - a }') s; $("${store}_size")"
}

missed=0
for store in $STORES; do
  if [ -n "${KEPT:-}" ]; then
    "${store}_again"
  else
    build
  fi
  server_start
  ask_all "$store" || missed=1
  server_stop
  "${store}_end"
done
exit "$missed"
