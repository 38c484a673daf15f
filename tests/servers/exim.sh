#!/bin/bash
# Exim 4.96 (daemon-heavy, GnuTLS) from Debian 12, unpacked under a private prefix.
# Every port offers AUTH PLAIN LOGIN CRAM-MD5, without TLS too; smtps_port is TLS from the start.
# No enhanced status codes; EXPN, HELP, ETRN and PRDR are answered.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

do_install() {
  unpack exim4-daemon-heavy exim4-base
  add_user Debian-exim
  touch "$PREFIX/.done"
}

do_start() {
  prepare_dir "$1" Debian-exim
  running "$DIR/exim.pid" && { cat "$DIR/info"; return; }
  local smtp smtps sub; smtp=$(port smtp_port); smtps=$(port smtps_port); sub=$(port submission_port)
  make_certs
  mkdir -p "$DIR"/{spool,log,mail}
  cat >"$DIR/exim.conf" <<CF
exim_path = $PREFIX/usr/sbin/exim4
spool_directory = $DIR/spool
log_file_path = $DIR/log/%slog
pid_file_path = $DIR/exim.pid
primary_hostname = mail.$DOMAIN
domainlist local_domains = $DOMAIN
local_interfaces = 127.0.0.1
daemon_smtp_ports = $smtp : $smtps : $sub
tls_on_connect_ports = $smtps
deliver_drop_privilege
never_users =
host_lookup =
rfc1413_query_timeout = 0s
keep_environment =
message_size_limit = 10M
tls_advertise_hosts = *
tls_certificate = $DIR/tls/server.pem
tls_privatekey = $DIR/tls/server.key
tls_verify_hosts =
tls_try_verify_hosts =
prdr_enable
accept_8bitmime
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
auth_advertise_hosts = *
acl_smtp_helo = accept
acl_smtp_rcpt = acl_rcpt
acl_smtp_data_prdr = acl_prdr
acl_smtp_data = accept
acl_smtp_vrfy = accept
acl_smtp_expn = accept
acl_smtp_etrn = accept
smtp_etrn_command = /bin/true
begin acl
acl_rcpt:
  deny    message = relay not permitted
          !domains = +local_domains
  require message = unknown user
          verify = recipient
  accept
# PRDR: DATA is answered for each recipient; other@ refuses after DATA.
acl_prdr:
  deny    message = content refused for this recipient
          local_parts = other
  accept
begin routers
list:
  driver = redirect
  domains = +local_domains
  local_parts = list
  data = tester@$DOMAIN, postmaster@$DOMAIN
users:
  driver = accept
  domains = +local_domains
  local_parts = tester : other : postmaster : испытатель
  transport = maildir
# bounces to the outside end here
outside:
  driver = accept
  domains = ! +local_domains
  transport = null
begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = $DIR/mail/\${lookup{\$local_part}lsearch,ret=key{$DIR/users}{\$value}fail}
  create_directory
  delivery_date_add
  envelope_to_add
  return_path_add
null:
  driver = appendfile
  file = /dev/null
begin retry
* * F,1h,5m
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and{{eq{\$auth2}{$USER_NAME}}{eq{\$auth3}{$PASSWORD}}}}
  server_set_id = \$auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = \${if and{{eq{\$auth1}{$USER_NAME}}{eq{\$auth2}{$PASSWORD}}}}
  server_set_id = \$auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = \${if eq{\$auth1}{$USER_NAME}{$PASSWORD}fail}
  server_set_id = \$auth1
CF
  printf '%s:\n' tester other postmaster испытатель >"$DIR/users"
  chown -R Debian-exim:Debian-exim "$DIR"/{spool,log,mail}
  "$PREFIX/usr/sbin/exim4" -C "$DIR/exim.conf" -bd -q1m >"$DIR/start.log" 2>&1 9>&- </dev/null ||
    { cat "$DIR/start.log" >&2; die "start failed"; }
  wait_port "$smtp" "$smtps" "$sub"
  report "smtp_port=$smtp" "smtps_port=$smtps" "submission_port=$sub" "ca_file=$DIR/tls/ca.pem" \
    "user=$USER_NAME" "password=$PASSWORD" "mailbox_dir=$DIR/mail/tester/new" \
    "valid_recipient=$USER_NAME" "log_file=$DIR/log/mainlog"
}

do_stop() { stop_pid "$DIR/exim.pid"; }
main "$@"
