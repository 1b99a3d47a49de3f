# shellcheck shell=bash
# A private Postfix: its own configuration, queue and ports under the temporary folder. Sourced by run.sh.
# Where Debian's defaults would slow it down for reasons that are not the contest's (name lookups, limits per client, pauses
# after errors, a log), they are off: all in Postfix's favour.

# postfix_prepare FOLDER TRANSPORT
postfix_prepare() {
  local home=$1 transport=$2
  mkdir -p "$home"/{etc,spool,data}
  chown postfix "$home/data"
  cat >"$home/etc/main.cf" <<CONFIG
compatibility_level = 3.6
queue_directory = $home/spool
data_directory = $home/data
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = bench.example.org
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
default_transport = $transport
relay_transport = $transport
smtp_dns_support_level = disabled
smtp_tls_security_level = none
smtpd_tls_security_level = none
smtpd_peername_lookup = no
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 100000000
smtpd_hard_error_limit = 100000000
smtpd_junk_command_limit = 100000000
in_flow_delay = 0
CONFIG
}

postfix_daemons='cleanup unix n - n - 0 cleanup
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd'

postfix_queue_manager='qmgr unix n - n 300 1 qmgr'

# One that takes mail on one port and refuses all on the other.
postfix_prepare_in() {
  postfix_prepare "$1" discard:bench
  echo '/./ 550 5.3.2 This instance is in (read-only) maintenance mode' >"$1/etc/maintenance"
  cat >"$1/etc/master.cf" <<CONFIG
127.0.0.1:$DISCARD_PORT inet n - n - - smtpd
127.0.0.1:$REFUSE_PORT inet n - n - - smtpd
  -o smtpd_recipient_restrictions=check_recipient_access,regexp:$1/etc/maintenance
$postfix_daemons
$postfix_queue_manager
CONFIG
}

postfix_start() {
  postfix -c "$1/etc" start >"$WORK/postfix.log" 2>&1 || stop_here "Postfix does not start: $(cat "$WORK/postfix.log")"
}

postfix_stop() {
  [ -f "$1/spool/pid/master.pid" ] || return 0
  postfix -c "$1/etc" stop >/dev/null 2>&1 || true
  wait_until "Postfix has stopped" postfix_is_down "$1"
}

postfix_is_down() { ! postfix -c "$1/etc" status >/dev/null 2>&1; }

postfix_pid() { tr -d ' ' <"$1/spool/pid/master.pid"; }

postfix_is_empty() { [ -z "$(find "$1"/spool/{maildrop,incoming,active,deferred} -type f -print -quit 2>/dev/null)" ]; }

# Starts one that relays to the sink, without its queue manager: it takes mail and keeps it.
postfix_hold() {
  [ -d "$1" ] || postfix_prepare "$1" "smtp:[127.0.0.1]:$SINK_PORT"
  printf '%s\n' "127.0.0.1:$RELAY_PORT inet n - n - - smtpd" "$postfix_daemons" >"$1/etc/master.cf"
  postfix_start "$1"
}

# Lets the queue go. A signal rather than `postfix reload`, whose checks would count as sending.
postfix_release() {
  echo "$postfix_queue_manager" >>"$1/etc/master.cf"
  kill -HUP "$(postfix_pid "$1")"
}
