#!/bin/bash
# Dovecot 2.3 from Debian 12: LMTP (TCP and unix socket) and submission, by apt (it conflicts
# with nothing, and its module folder is compiled in).
#   lmtp_port, lmtp_socket       no AUTH; full@ gets 250 to RCPT and 552 after the content
#   submission_port, smtps_port  MAIL needs AUTH; after it the EHLO answer changes
# The submission server is a proxy; relay_sink.py is the server behind it.
. "$(dirname "$(readlink -f "$0")")/lib.sh"

do_install() {
  local p missing=
  for p in dovecot-core dovecot-lmtpd dovecot-submissiond; do
    dpkg -s $p >/dev/null 2>&1 || missing="$missing $p"
  done
  [ -z "$missing" ] || apt_quiet openssl $missing
}

do_start() {
  prepare_dir "$1" dovecot
  running "$DIR/run/master.pid" && { cat "$DIR/info"; return; }
  local lmtp sub subs relay c; lmtp=$(port lmtp_port); sub=$(port submission_port)
  subs=$(port smtps_port); relay=$(port relay_port)
  # a unix socket path has 107 bytes at most, and dovecot's own are under run/
  [ ${#DIR} -le 70 ] || die "$DIR: path too long for unix sockets (70 at most)"
  make_certs
  mkdir -p "$DIR"/{run,state,mail,relay,keys/default/HS256}; chown nobody:nogroup "$DIR/mail"
  { printf '%s:{PLAIN}%s::::::\n' "$USER_NAME" "$PASSWORD" "other@$DOMAIN" "$PASSWORD"
    echo "full@$DOMAIN:{PLAIN}$PASSWORD::::::userdb_quota_rule=*:bytes=1"; } >"$DIR/users"
  # XOAUTH2 and OAUTHBEARER take a JWT signed with this key
  printf %s 'oauth-test-key' | base64 | tr -d '\n' >"$DIR/keys/default/HS256/default"
  cat >"$DIR/oauth2.conf" <<CF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$DIR/keys/
username_attribute = sub
CF
  cat >"$DIR/dovecot.conf" <<CF
protocols = lmtp submission
listen = 127.0.0.1
base_dir = $DIR/run
state_dir = $DIR/state
instance_name = $(basename "$DIR")
log_path = $DIR/dovecot.log
hostname = mail.$DOMAIN
ssl = yes
ssl_cert = <$DIR/tls/server.pem
ssl_key = <$DIR/tls/server.key
# LOGIN and PLAIN work without TLS too; connections from here may use XCLIENT
disable_plaintext_auth = no
login_trusted_networks = 127.0.0.1/32
auth_mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256 xoauth2 oauthbearer
auth_failure_delay = 0
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $DIR/oauth2.conf
}
passdb {
  driver = passwd-file
  args = scheme=PLAIN username_format=%u $DIR/users
}
userdb {
  driver = passwd-file
  args = username_format=%u $DIR/users
  override_fields = uid=nobody gid=nogroup home=$DIR/mail/%n
}
mail_location = maildir:$DIR/mail/%n
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
  quota_rule = *:storage=100M
}
first_valid_gid = 1
lmtp_rcpt_check_quota = no
protocol lmtp {
  postmaster_address = postmaster@$DOMAIN
}
service lmtp {
  inet_listener lmtp {
    port = $lmtp
  }
  unix_listener lmtp {
    mode = 0666
  }
}
service submission-login {
  inet_listener submission {
    port = $sub
  }
  inet_listener submissions {
    port = $subs
    ssl = yes
  }
}
submission_relay_host = 127.0.0.1
submission_relay_port = $relay
submission_max_mail_size = 10M
CF
  setsid python3 "$HERE/relay_sink.py" "$relay" "$DIR/relay" >"$DIR/sink.log" 2>&1 9>&- </dev/null &
  echo $! >"$DIR/sink.pid"
  dovecot -c "$DIR/dovecot.conf" >"$DIR/start.log" 2>&1 9>&- </dev/null ||
    { cat "$DIR/start.log" >&2; do_stop; die "start failed"; }
  wait_port "$lmtp" "$sub" "$subs" "$relay"
  report "lmtp_port=$lmtp" "lmtp_socket=$DIR/run/lmtp" "submission_port=$sub" "smtps_port=$subs" \
    "ca_file=$DIR/tls/ca.pem" "user=$USER_NAME" "password=$PASSWORD" "mailbox_dir=$DIR/mail/tester/new" \
    "valid_recipient=$USER_NAME" "relay_dir=$DIR/relay" "oauth_token=$(python3 "$HERE/oauth_token.py" "$USER_NAME" oauth-test-key)" "log_file=$DIR/dovecot.log"
}

do_stop() { stop_pid "$DIR/run/master.pid"; stop_pid "$DIR/sink.pid"; }
main "$@"
