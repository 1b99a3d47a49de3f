# shellcheck shell=bash
# What is asked, and how long the answers take. Sourced by report.sh.

# A time in the middle of an hour of a night of maintenance, so many days after the beginning.
time_at() { date -u -d "@$((BEGIN / 1000000 + $1))" +%Y-%m-%dT%H:%M:%SZ; }

# Each line: a path and a query.
questions() {
  local kind class version since until intent verdict state
  # Nights 15 and 28 by now lie far back and near.
  since=$(time_at $((15 * 259200 + 73800))) until=$(time_at $((15 * 259200 + 81000)))
  for list in suppressed_mails incoming_mails; do
    echo "$list per_page=100"
    echo "$list since=$since"
    echo "$list until=$until"
    echo "$list since=$since&until=$until"
    for version in 2 30 60 61 99; do echo "$list mode_version=$version"; done
  done
  for kind in reset_password_instructions unlock_instructions my_own_kind nothing_like_it; do
    echo "suppressed_mails kind=$kind"
    echo "suppressed_mails kind=$kind&mode_version=4"
    echo "suppressed_mails kind=$kind&class=unclassified"
    echo "suppressed_mails kind=$kind&until=$until"
    echo "suppressed_mails kind=$kind&recipient=oncall@example.com"
  done
  for class in write_dependent paging unclassified; do
    echo "suppressed_mails class=$class"
    echo "suppressed_mails class=$class&mode_version=4"
    echo "suppressed_mails class=$class&since=$since&until=$until"
  done
  echo "suppressed_mails recipient=user31@example.com"
  echo "suppressed_mails recipient=oncall@example.com&mode_version=4"
  echo "suppressed_mails recipient=user31@example.com&since=$since"
  echo "suppressed_mails recipient=nobody@example.com"
  for intent in reply unsubscribe postmaster verify_service_desk comment; do
    echo "incoming_mails intent=$intent"
    echo "incoming_mails intent=$intent&mode_version=4"
    for verdict in accept refuse hold; do echo "incoming_mails intent=$intent&verdict=$verdict"; done
    for state in handed_over cancelled failed; do echo "incoming_mails intent=$intent&state=$state"; done
  done
  for verdict in accept refuse defer hold discard; do
    echo "incoming_mails verdict=$verdict"
    echo "incoming_mails verdict=$verdict&since=$since&until=$until"
    echo "incoming_mails verdict=$verdict&mode_version=3"
  done
  for state in waiting handing_over handed_over held failed cancelled refused deferred discarded; do
    echo "incoming_mails state=$state"
    echo "incoming_mails state=$state&until=$until"
  done
  echo "incoming_mails state=handed_over&verdict=hold"
  for recipient in busy quiet nobody; do
    echo "incoming_mails recipient=incoming%2B$recipient@localhost"
    echo "incoming_mails recipient=incoming%2B$recipient@localhost&verdict=hold"
    echo "incoming_mails recipient=incoming%2B$recipient@localhost&intent=verify_service_desk"
  done
}

# Milliseconds of each of TIMES requests on one connection, the connecting left out.
times_of() {
  local url="http://127.0.0.1:$HTTP_PORT/api/v4/$1" targets=() place
  for ((place = 0; place <= TIMES; place++)); do targets+=(-o /dev/null "$url"); done
  curl -sS -H "PRIVATE-TOKEN: $TOKEN" -w '%{http_code} %{time_starttransfer} %{time_pretransfer}\n' "${targets[@]}" |
    awk -v url="$1" 'NR > 1 { if ($1 != 200) { print "answered " $1 ": " url > "/dev/stderr"; exit 1 } printf "%.1f\n", ($2 - $3) * 1000 }'
}

# Asks everything; fails when a median is over the aim: the longest of a few tells more about the machine.
ask_all() {
  local list query path
  printf '%-9s %8s %8s  %s\n' "$1" "p50 ms" "max ms" "of $TIMES; the aim is $AIM_MS"
  : >"$WORK/times"
  while read -r list query; do
    for path in "$list?$query" "$list/summary?$query"; do
      times_of "$path" | sort -n | awk -v path="$path" -v store="$1" -v aim="$AIM_MS" '
        { time[NR] = $1 } END { printf "%-9s %8.1f %8.1f  %s%s\n", store, time[int((NR + 1) / 2)], time[NR], path, (time[int((NR + 1) / 2)] > aim ? "   <- missed" : "") }' |
        tee -a "$WORK/times"
    done
  done < <(questions)
  awk '{ if ($2 > p50) p50 = $2; if ($3 > most) { most = $3; path = $4 } n++ } /missed/ { missed++ }
    END { printf "%d questions, %d over the aim; the slowest median %.1f ms, the longest answer %.1f ms (%s)\n", n, missed, p50, most, path; exit missed > 0 }' "$WORK/times"
}
