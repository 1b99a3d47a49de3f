#!/usr/bin/env bash
# Measures Postern against a stock Postfix on this machine, both in one run and taking turns, so that the ratios hold although
# the machine is noisy. Needs root (Postfix does), Debian's packages postfix, postgresql and python3, and cargo unless POSTERN names a
# built binary.
#
#   benches/run.sh [ROUNDS]
#
# Four contests per round, over 50 connections with mails of 10 KiB:
#   ingest    Postern takes mail into its store and hands it over to a Maildir, Postfix takes it and delivers to discard(8);
#             `ingest` is the rate of taking, `through` the rate until the last mail was handed over or delivered
#   postgres  the same rate of taking, with PostgreSQL as Postern's store
#   refusals  Postern in Maintenance Mode records and refuses every recipient, Postfix refuses by an access map
#   outbound  both drain a queue of the same size into smtp-sink, each with its default number of connections
# and after them, on each kind of store, without an opponent:
#   propagation  the mode changes in one process: how long until RCPT in another answers by it
#   latency      many changes under load: how long each takes, and that none is starved
#   fence        what the lock and the look at the mode cost ingest on PostgreSQL (builds the tests; needs cargo)
# Nothing outside a temporary folder is touched, and that is removed at the end. Results go to the terminal.
#
# Variables: CONTESTS (default "ingest postgres refusals outbound"), MEASURES (default "propagation latency fence"), CHANGES (200),
# MANY_CHANGES (1000), MAILS (ingest, default 4000), REFUSALS (20000), QUEUED (outbound, 4000), CONNECTIONS (50), BYTES (10240),
# REUSE=0 (a new connection for every mail), KEEP=1 (leaves the folder), POSTERN (a built binary).
set -euo pipefail
cd "$(dirname "$0")/.."

ROUNDS=${1:-4}
CONTESTS=${CONTESTS-ingest postgres refusals outbound}
MEASURES=${MEASURES-propagation latency fence} CHANGES=${CHANGES:-200} MANY_CHANGES=${MANY_CHANGES:-1000}
MAILS=${MAILS:-4000} REFUSALS=${REFUSALS:-20000} QUEUED=${QUEUED:-4000} CONNECTIONS=${CONNECTIONS:-50} BYTES=${BYTES:-10240}
# No single load may take longer, in seconds.
LIMIT=60
REPOSITORY=$PWD

stop_here() { echo "benches/run.sh: $*" >&2; exit 1; }

[[ $ROUNDS =~ ^[1-9][0-9]*$ ]] || stop_here "usage: benches/run.sh [ROUNDS]"
for tool in postfix smtp-source smtp-sink; do
  command -v "$tool" >/dev/null || stop_here "there is no $tool: install it with apt-get install postfix"
done
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || stop_here "there is no PostgreSQL: install it with apt-get install postgresql"
[ "$(id -u)" = 0 ] || stop_here "run it as root: Postfix can be started by nobody else"

WORK=$(mktemp -d /tmp/postern-bench.XXXXXX)
chmod 755 "$WORK"
# Each gets an area of the disk of its own: next to what one deletes, ext4 is slow to make files for the other.
chattr +T "$WORK" 2>/dev/null || true
RESULTS=$WORK/results.tsv
source "$REPOSITORY/benches/measure.sh"
source "$REPOSITORY/benches/postfix.sh"
source "$REPOSITORY/benches/postern.sh"
source "$REPOSITORY/benches/postgres.sh"
source "$REPOSITORY/benches/flag.sh"

finish() {
  local status=$?
  trap - EXIT INT TERM
  postern_stop || true
  [ -z "${flag_http:-}" ] || kill "$flag_http" 2>/dev/null || true
  sink_stop || true
  postgres_stop || true
  postfix_stop "$WORK/postfix-in" || true
  postfix_stop "$WORK/postfix-out" || true
  if [ "${KEEP:-0}" = 1 ]; then echo "Left behind: $WORK"; else rm -rf "$WORK"; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT TERM

ingest_postern() {
  local before after began
  postern_start "$WORK/in" smtp,deliver,http
  before=$(tree_cpu "$POSTERN_PID") began=$(now)
  postern_taken=$((postern_taken + MAILS))
  load "$MAILS" -l "$BYTES" -t incoming+group/project+TOKEN@localhost "127.0.0.1:$SMTP_PORT"
  wait_until "Postern has handed over $postern_taken mails" postern_has_handed_over "$WORK/in" "$postern_taken"
  THROUGH=$(rate "$began" "$(now)" "$MAILS")
  after=$(tree_cpu "$POSTERN_PID")
  postern_stop
  record ingest postern "$1" "$RATE" "$(per_mail "$before" "$after" "$MAILS")"
  record through postern "$1" "$THROUGH" "$(per_mail "$before" "$after" "$MAILS")"
}

ingest_postfix() {
  local before after began
  before=$(tree_cpu "$(postfix_pid "$WORK/postfix-in")") began=$(now)
  load "$MAILS" -l "$BYTES" -t user@example.org "127.0.0.1:$DISCARD_PORT"
  wait_until "Postfix has delivered all" postfix_is_empty "$WORK/postfix-in"
  THROUGH=$(rate "$began" "$(now)" "$MAILS")
  after=$(tree_cpu "$(postfix_pid "$WORK/postfix-in")")
  record ingest postfix "$1" "$RATE" "$(per_mail "$before" "$after" "$MAILS")"
  record through postfix "$1" "$THROUGH" "$(per_mail "$before" "$after" "$MAILS")"
}

postgres_postern() {
  local before after
  STORE_URL=$(postgres_url postern) postern_start "$WORK/pg" smtp,deliver,http
  # The database works for Postern: its processor time counts.
  before=$(both_cpu)
  postgres_taken=$((postgres_taken + MAILS))
  load "$MAILS" -l "$BYTES" -t incoming+group/project+TOKEN@localhost "127.0.0.1:$SMTP_PORT"
  wait_until "Postern has handed over $postgres_taken mails" postern_has_handed_over "$WORK/pg" "$postgres_taken"
  after=$(both_cpu)
  postern_stop
  record postgres postern "$1" "$RATE" "$(per_mail "$before" "$after" "$MAILS")"
}

both_cpu() { awk -v a="$(tree_cpu "$POSTERN_PID")" -v b="$(tree_cpu "$(postgres_pid)")" 'BEGIN { print a + b }'; }

postgres_postfix() {
  local before after
  before=$(tree_cpu "$(postfix_pid "$WORK/postfix-in")")
  load "$MAILS" -l "$BYTES" -t user@example.org "127.0.0.1:$DISCARD_PORT"
  wait_until "Postfix has delivered all" postfix_is_empty "$WORK/postfix-in"
  after=$(tree_cpu "$(postfix_pid "$WORK/postfix-in")")
  record postgres postfix "$1" "$RATE" "$(per_mail "$before" "$after" "$MAILS")"
}

refusals_postern() {
  local before after
  postern_start "$WORK/in" smtp,deliver,http
  postern maintenance on >/dev/null 2>&1
  before=$(tree_cpu "$POSTERN_PID")
  postern_refused=$((postern_refused + REFUSALS))
  load "$REFUSALS" -A -l "$BYTES" -t incoming+group/project+TOKEN@localhost "127.0.0.1:$SMTP_PORT"
  after=$(tree_cpu "$POSTERN_PID")
  postern maintenance off >/dev/null 2>&1
  postern_stop
  record refusals postern "$1" "$RATE" "$(per_mail "$before" "$after" "$REFUSALS")"
}

refusals_postfix() {
  local before after
  before=$(tree_cpu "$(postfix_pid "$WORK/postfix-in")")
  load "$REFUSALS" -A -l "$BYTES" -t user@example.org "127.0.0.1:$REFUSE_PORT"
  after=$(tree_cpu "$(postfix_pid "$WORK/postfix-in")")
  record refusals postfix "$1" "$RATE" "$(per_mail "$before" "$after" "$REFUSALS")"
}

outbound_postern() {
  local after
  postern_enqueue "$QUEUED"
  sink_start
  drain_begin
  # Its own start counts too, since it is what lets the queue go.
  postern_start "$WORK/out" deliver
  drain_end "$QUEUED"
  after=$(tree_cpu "$POSTERN_PID")
  postern_stop
  sink_stop
  [ "$(postern_queue_length)" = 0 ] || stop_here "Postern still has mail queued"
  record outbound postern "$1" "$RATE" "$(per_mail 0 "$after" "$QUEUED")"
}

outbound_postfix() {
  local before after
  postfix_hold "$WORK/postfix-out"
  load "$QUEUED" -l "$BYTES" -t user@example.org "127.0.0.1:$RELAY_PORT"
  sink_start
  before=$(tree_cpu "$(postfix_pid "$WORK/postfix-out")")
  drain_begin
  postfix_release "$WORK/postfix-out"
  drain_end "$QUEUED"
  after=$(tree_cpu "$(postfix_pid "$WORK/postfix-out")")
  wait_until "Postfix has emptied its queue" postfix_is_empty "$WORK/postfix-out"
  postfix_stop "$WORK/postfix-out"
  sink_stop
  record outbound postfix "$1" "$RATE" "$(per_mail "$before" "$after" "$QUEUED")"
}

echo "Building …"
postern_build
free_ports SMTP_PORT HTTP_PORT DISCARD_PORT REFUSE_PORT RELAY_PORT SINK_PORT
postern_taken=0 postern_refused=0 postgres_taken=0
postfix_prepare_in "$WORK/postfix-in"
postfix_start "$WORK/postfix-in"
postern_prepare_out
postgres_start
postgres_new postern
began=$(now)
for round in $(seq "$ROUNDS"); do
  echo "Round $round of $ROUNDS"
  for contest in $CONTESTS; do
    # Who goes first changes from round to round.
    if ((round % 2)); then "${contest}_postern" "$round"; "${contest}_postfix" "$round"
    else "${contest}_postfix" "$round"; "${contest}_postern" "$round"; fi
  done
done
case $CONTESTS in *ingest* | *refusals*)
  [ "$(postern_records "$WORK/in" refuse)" = "$postern_refused" ] || stop_here "not every refusal is on record"
  [ "$(postern_records "$WORK/in" accept)" = "$postern_taken" ] || stop_here "not every mail taken is on record" ;;
esac
case $CONTESTS in *postgres*)
  [ "$(STORE_URL=$(postgres_url postern) postern_records "$WORK/pg" accept)" = "$postgres_taken" ] ||
    stop_here "not every mail taken is on record in PostgreSQL" ;;
esac
for measure in $MEASURES; do "measure_$measure"; done
[ -z "$CONTESTS" ] || summary "$began"
