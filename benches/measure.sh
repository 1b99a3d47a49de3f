# shellcheck shell=bash
# Clocks, loads and results. Sourced by run.sh.

TICKS=$(getconf CLK_TCK)
# For naps without a process: a pipe nobody writes to.
exec {NAP}<> <(:)

now() { echo "$EPOCHREALTIME"; }
nap() { read -r -t "$1" -u "$NAP" || true; }

# Processor seconds of a process and all its descendants, those that ended included.
tree_cpu() {
  # One that ends while it is looked at is no failure.
  { cat /proc/[0-9]*/stat 2>/dev/null || true; } | awk -v root="$1" -v ticks="$TICKS" '
    { pid = $1; line = $0; sub(/^.*\) /, "", line); split(line, field, " ")
      parent[pid] = field[2]; own[pid] = field[12] + field[13] + field[14] + field[15] }
    END { queue[last = 1] = root
          for (i = 1; i <= last; i++) { sum += own[queue[i]]; for (p in parent) if (parent[p] == queue[i]) queue[++last] = p }
          printf "%.2f\n", sum / ticks }'
}

# Microseconds of processor time per mail.
per_mail() { awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { printf "%.0f", (b - a) * 1e6 / n }'; }

rate() { awk -v a="$1" -v b="$2" -v n="$3" 'BEGIN { printf "%.0f", n / (b - a) }'; }

# Sends so many mails by smtp-source; RATE is how many a second.
load() {
  local count=$1 reuse=-d began
  shift
  [ "${REUSE:-1}" = 1 ] || reuse=-4
  began=$(now)
  # It says a line about every refusal: written to a file, that would slow it down more than the server does.
  timeout "$LIMIT" smtp-source "$reuse" -s "$CONNECTIONS" -m "$count" -f ann@example.com "$@" >/dev/null 2>&1 ||
    stop_here "smtp-source did not finish; try it: smtp-source $reuse -v -s 1 -m 1 $*"
  RATE=$(rate "$began" "$(now)" "$count")
}

# Waits for a command to succeed, within LIMIT.
wait_until() {
  local what=$1 until=$((SECONDS + LIMIT))
  shift
  until "$@"; do
    ((SECONDS < until)) || stop_here "waited $LIMIT s in vain until: $what"
    nap 0.05
  done
}

is_open() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Sets each named variable to a port that nobody listens on.
free_ports() {
  local name port=$((20000 + $$ % 10000))
  for name in "$@"; do
    while is_open "$port"; do port=$((port + 1)); done
    printf -v "$name" %d "$port"
    port=$((port + 1))
  done
}

sink_start() {
  # As another user, since it refuses to be root; it writes only to what is opened here.
  smtp-sink -u nobody -c "127.0.0.1:$SINK_PORT" 1000 >"$WORK/sink.log" 2>&1 &
  SINK_PID=$!
  wait_until "smtp-sink listens" is_open "$SINK_PORT"
}

sink_stop() {
  [ -n "${SINK_PID:-}" ] || return 0
  kill "$SINK_PID" 2>/dev/null || true
  wait "$SINK_PID" 2>/dev/null || true
  SINK_PID=
}

drain_begin() { DRAIN_BEGAN=$(now); }

# Waits until the sink has so many mails, reading its running counters without starting a process.
drain_end() {
  local count=$1 seen=0 chunk log until=$((SECONDS + LIMIT))
  exec {log}<"$WORK/sink.log"
  while ((seen < count)); do
    ((SECONDS < until)) || stop_here "waited $LIMIT s for $count mails at the sink, $seen came"
    nap 0.01
    read -r -N 10000000 -u "$log" chunk || true
    if [[ $chunk =~ .*mesg=([0-9]+)[^0-9] ]]; then seen=${BASH_REMATCH[1]}; fi
  done
  RATE=$(rate "$DRAIN_BEGAN" "$(now)" "$count")
  exec {log}<&-
}

# record CONTEST WHO ROUND RATE MICROSECONDS
record() {
  printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$RESULTS"
  printf '  %-9s %-8s %8s mails/s %8s µs of processor time a mail\n' "$1" "$2" "$4" "$5"
}

# The ratios of every round, their medians, and what Postern cost.
summary() {
  awk -F'\t' '
    function median(list, n,   i, j, t) {
      for (i = 2; i <= n; i++) { t = list[i]; for (j = i - 1; j > 0 && list[j] > t; j--) list[j + 1] = list[j]; list[j + 1] = t }
      return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2 }
    { speed[$1, $2, $3] = $4; cost[$1, $2, $3] = $5; if ($3 > rounds) rounds = $3 }
    END {
      printf "\n%-9s %10s %10s %9s %9s   %-7s %s\n", "median of", "Postern", "Postfix", "Postern", "Postfix", "median", "Postern / Postfix"
      printf "%-9s %10s %10s %9s %9s   %-7s %s\n", rounds " rounds", "mails/s", "mails/s", "µs/mail", "µs/mail", " ratio", "in each round"
      split("ingest through postgres refusals outbound", contests, " ")
      for (c = 1; c in contests; c++) {
        name = contests[c]; each = ""
        if (!((name, "postern", 1) in speed)) continue
        for (r = 1; r <= rounds; r++) {
          a[r] = speed[name, "postern", r]; b[r] = speed[name, "postfix", r]
          x[r] = cost[name, "postern", r]; y[r] = cost[name, "postfix", r]
          q[r] = a[r] / b[r]; each = each sprintf(" %.2f", q[r]) }
        printf "%-9s %10.0f %10.0f %8.0f %8.0f   %6.2f ×%s\n", name, median(a, rounds), median(b, rounds), median(x, rounds), median(y, rounds), median(q, rounds), each
      } }' "$RESULTS"
  echo
  echo "Peak resident memory of Postern: $((PEAK_KIB / 1024)) MiB. The contests took $(awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.0f", b - a }') s."
}
