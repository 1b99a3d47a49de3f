# shellcheck shell=bash
# What is asked, and how long the answers take. Sourced by report.sh.

GENERAL=/admin/application_settings/general

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
  for class in write_dependent paging; do echo "suppressed_mails recipient=oncall@example.com&class=$class"; done
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
    for intent in verify_service_desk create_issue automatic; do
      echo "incoming_mails recipient=incoming%2B$recipient@localhost&intent=$intent"
    done
    for state in waiting failed refused handed_over; do
      echo "incoming_mails recipient=incoming%2B$recipient@localhost&state=$state"
    done
  done
}

# Signs in as a browser does; the pages take its cookies and no token.
sign_in() {
  local address="http://127.0.0.1:$HTTP_PORT/users/sign_in" password token
  JAR=$WORK/cookies
  rm -f "$JAR"
  password=$(sed -n 's/^password=//p' "$HOME_FOLDER/data/admin-credentials")
  token=$(curl -sS -c "$JAR" "$address" | sed -n 's/.*name="csrf" value="\([^"]*\)".*/\1/p')
  curl -sS -o /dev/null -b "$JAR" -c "$JAR" --data-urlencode "csrf=$token" --data-urlencode username=root \
    --data-urlencode "password=$password" "$address"
}

# The pages that are no lists, one mail of each list, and the second and a far page of both.
further_pages() {
  local list id next
  printf '%s\n' /admin /admin/standing /admin/queues /admin/background_jobs /admin/maintenance/history \
    "$GENERAL" /admin/users /admin/sessions /admin/tokens
  for list in suppressed_mails incoming_mails; do
    id=$(asked "/api/v4/$list?per_page=1&until=$(time_at $((15 * 259200 + 81000)))" | sed -n 's/.*"id":"\([^"]*\)".*/\1/p')
    echo "/admin/$list/$id"
    for next in "" "?until=$(time_at 259200)"; do
      asked "/admin/$list$next" | sed -n 's/.*href="\([^"]*\)" rel="next".*/\1/p' | sed 's/&#38;/\&/g; s/&amp;/\&/g'
    done
  done
}

# Turns the mode; prints how long that took.
turn() {
  local began
  began=$(now)
  curl -sS --fail-with-body -o /dev/null -X PUT -H "PRIVATE-TOKEN: $TOKEN" "http://127.0.0.1:$HTTP_PORT/api/v4/application/settings?maintenance_mode=$1"
  awk -v a="$began" -v b="$(now)" -v to="$1" 'BEGIN { printf "maintenance_mode=%s took %.0f ms\n", to, (b - a) * 1000 }'
}

# An answer's body.
asked() { curl -sS --fail-with-body -H "PRIVATE-TOKEN: $TOKEN" -b "$JAR" "http://127.0.0.1:$HTTP_PORT$1"; }

# Milliseconds of each of TIMES requests on one connection, the connecting left out. A path behind POST takes the form that turns the
# mode to $2: it is asked what would happen, and nothing is done.
times_of() {
  local url="http://127.0.0.1:$HTTP_PORT${1#POST}" targets=() place
  if [ "$1" != "${1#POST}" ]; then
    targets=(--data-urlencode "csrf=$(asked "${1#POST}" | sed -n 's/.*name="csrf" value="\([^"]*\)".*/\1/p' | head -n 1)" -d action=review -d "maintenance_mode=$2")
  fi
  for ((place = 0; place <= TIMES; place++)); do targets+=(-o /dev/null "$url"); done
  curl -sS -H "PRIVATE-TOKEN: $TOKEN" -b "$JAR" -w '%{http_code} %{time_starttransfer} %{time_pretransfer}\n' "${targets[@]}" |
    awk -v url="$1" 'NR > 1 { if ($1 != 200) { print "answered " $1 ": " url > "/dev/stderr"; exit 1 } printf "%.1f\n", ($2 - $3) * 1000 }'
}

# Every path to ask: each list as the API gives it, its counts, and the page with both.
paths() {
  local list query
  further_pages
  while read -r list query; do
    printf '%s\n' "/api/v4/$list?$query" "/api/v4/$list/summary?$query" "/admin/$list?$query"
  done < <(questions)
}

# Asks each path that is read, of the store $1; $2 is what the mode would be turned to.
ask() {
  local path
  while read -r path; do
    times_of "$path" "$2" | sort -n | awk -v path="$path" -v store="$1" -v aim="$AIM_MS" '
      { time[NR] = $1 } END { printf "%-9s %8.1f %8.1f  %s%s\n", store, time[int((NR + 1) / 2)], time[NR], path, (time[int((NR + 1) / 2)] > aim ? "   <- missed" : "") }' |
      tee -a "$WORK/times"
  done
}

# Asks everything: the pages that are no lists while the mode is off, and all while it is on. Fails when a median is over the aim: the
# longest of a few tells more about the machine.
ask_all() {
  sign_in
  turn false
  printf '%-9s %8s %8s  %s\n' "$1" "p50 ms" "max ms" "of $TIMES; the aim is $AIM_MS"
  : >"$WORK/times"
  ask "$1" true < <(further_pages; echo "POST$GENERAL")
  turn true
  ask "$1" false < <(paths; echo "POST$GENERAL")
  turn false
  awk '{ if ($2 > p50) p50 = $2; if ($3 > most) { most = $3; path = $4 } n++; of = $4 ~ /^.api/ ? "API" : "page"; count[of]++ }
    /missed/ { missed++; late[of]++ }
    END { for (of in count) printf "%s: %d paths, %d over the aim\n", of, count[of], late[of]
      printf "%d in all, %d over the aim; the slowest median %.1f ms, the longest answer %.1f ms (%s)\n", n, missed, p50, most, path; exit missed > 0 }' "$WORK/times"
}
