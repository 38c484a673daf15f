#!/bin/bash
# Postfix 3.7 from Debian 12, unpacked under a private prefix (its package and Exim's exclude
# each other), AUTH by Cyrus SASL.
#   smtp_port        no AUTH; XCLIENT and XFORWARD; VRFY 252 or 550; EXPN and HELP 500
#   smtps_port       TLS from the start, then AUTH PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-*
#   proxied_port     as smtp_port, behind a proxy: a PROXY header first
#   submission_port  STARTTLS first (else 530), then the same AUTH
. "$(dirname "$(readlink -f "$0")")/lib.sh"

do_install() {
  unpack postfix
  apt_quiet libsasl2-modules libsasl2-modules-db sasl2-bin
  add_user postfix postdrop
  chgrp postdrop "$PREFIX"/usr/sbin/post{drop,queue}; chmod g+s "$PREFIX"/usr/sbin/post{drop,queue}
  [ -e /usr/lib/postfix ] || ln -s "$PREFIX/usr/lib/postfix" /usr/lib/postfix  # its run path
  touch "$PREFIX/.done"
}

do_start() {
  prepare_dir "$1" postfix
  running "$DIR/spool/pid/master.pid" && { cat "$DIR/info"; return; }
  local smtp smtps sub proxied; proxied=$(port proxied_port); smtp=$(port smtp_port); smtps=$(port smtps_port); sub=$(port submission_port)
  make_certs
  mkdir -p "$DIR"/{etc/sasl,spool,data,mail}
  chown postfix:postfix "$DIR/data"; chown nobody "$DIR/mail"; : >"$DIR/etc/aliases"
  cat >"$DIR/etc/main.cf" <<CF
compatibility_level = 3.6
config_directory = $DIR/etc
queue_directory = $DIR/spool
data_directory = $DIR/data
daemon_directory = $PREFIX/usr/lib/postfix/sbin
command_directory = $PREFIX/usr/sbin
shlib_directory = $PREFIX/usr/lib/postfix
meta_directory = $DIR/etc
sendmail_path = $PREFIX/usr/sbin/sendmail
mail_owner = postfix
setgid_group = postdrop
maillog_file = $DIR/postfix.log
maillog_file_prefixes = /
myhostname = mail.$DOMAIN
mydomain = $DOMAIN
mydestination =
mynetworks = 127.0.0.1/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no
alias_maps =
alias_database =
# all mail is local; what bounces to the outside is dropped
virtual_mailbox_domains = $DOMAIN
virtual_mailbox_base = $DIR/mail
virtual_mailbox_maps = inline:{$USER_NAME=tester/, other@$DOMAIN=other/, postmaster@$DOMAIN=tester/}
virtual_alias_maps = inline:{list@$DOMAIN=$USER_NAME}
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
default_transport = discard
relay_domains =
fast_flush_domains = $DOMAIN
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions = reject_unauth_destination
message_size_limit = 10485760
smtputf8_enable = yes
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_authorized_xforward_hosts = 127.0.0.1
smtpd_tls_security_level = may
smtpd_tls_cert_file = $DIR/tls/server.pem
smtpd_tls_key_file = $DIR/tls/server.key
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
smtpd_sasl_local_domain = $DOMAIN
smtpd_sasl_security_options = noanonymous
CF
  cat >"$DIR/etc/master.cf" <<CF
127.0.0.1:$smtp inet n - n - - smtpd
127.0.0.1:$proxied inet n - n - - smtpd -o smtpd_upstream_proxy_protocol=haproxy
127.0.0.1:$smtps inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
127.0.0.1:$sub inet n - n - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
CF
  cp "$PREFIX"/usr/share/postfix/{dynamicmaps.cf,postfix-files} "$DIR/etc/" 2>/dev/null || :
  cp "$PREFIX"/etc/postfix/{postfix-files,post-install,postfix-script} "$DIR/etc/" 2>/dev/null || :
  [ -e "$DIR/etc/dynamicmaps.cf" ] || : >"$DIR/etc/dynamicmaps.cf"
  cat >"$DIR/etc/sasl/smtpd.conf" <<CF
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: $DIR/etc/sasl/sasldb2
mech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-1 SCRAM-SHA-256
CF
  printf %s "$PASSWORD" | saslpasswd2 -p -c -f "$DIR/etc/sasl/sasldb2" -u "$DOMAIN" tester
  chgrp postfix "$DIR/etc/sasl/sasldb2"; chmod 640 "$DIR/etc/sasl/sasldb2"
  "$PREFIX/usr/sbin/postfix" -c "$DIR/etc" start >"$DIR/start.log" 2>&1 9>&- </dev/null ||
    { cat "$DIR/start.log" "$DIR/postfix.log" >&2; die "start failed"; }
  wait_port "$smtp" "$smtps" "$sub" "$proxied"
  report "smtp_port=$smtp" "proxied_port=$proxied" "smtps_port=$smtps" "submission_port=$sub" "ca_file=$DIR/tls/ca.pem" \
    "user=$USER_NAME" "password=$PASSWORD" "mailbox_dir=$DIR/mail/tester/new" \
    "valid_recipient=$USER_NAME" "log_file=$DIR/postfix.log"
}

do_stop() { stop_pid "$DIR/spool/pid/master.pid"; }
main "$@"
