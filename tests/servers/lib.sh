# What the server scripts share; sourced, never run.
#
# Each script knows three words: install (once, as root, by apt), start DIR (prints name=value
# lines and keeps them in DIR/info) and stop DIR (ends only what start began).  Each may be said
# again at any time, and several DIRs run side by side.  Everything a server writes is under DIR;
# it listens on 127.0.0.1 only, and no mail leaves the machine.
set -euo pipefail
ROOT=${SMTP_SERVERS_PREFIX:-/opt/smtp-servers} # the packages are unpacked under here
HERE=$(dirname "$(readlink -f "$0")")
NAME=$(basename "$0" .sh)
PREFIX=$ROOT/$NAME
DOMAIN=example.test
USER_NAME=tester@$DOMAIN
PASSWORD='s3cret-Pass'
APT="apt-get -y -q -o DPkg::Lock::Timeout=300"
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

die() { echo "$NAME: $*" >&2; exit 1; }

# apt_quiet PKG...: install packages without letting them start a daemon.
apt_quiet() {
  local p=/usr/sbin/policy-rc.d mine= rc=0
  [ -e $p ] || { printf '#!/bin/sh\nexit 101\n' >$p; chmod 755 $p; mine=1; }
  $APT install --no-install-recommends "$@" >"$ROOT/$NAME-apt.log" 2>&1 || rc=$?
  [ -z "$mine" ] || rm -f $p
  [ $rc = 0 ] || { tail -5 "$ROOT/$NAME-apt.log" >&2; die "apt-get install failed"; }
}

# lock_install: one install at a time on this machine.
lock_install() { mkdir -p "$ROOT"; exec 9>"$ROOT/.lock"; flock 9; }

# unpack PKG...: download the packages, unpack them under $PREFIX (so that mail
# servers that conflict in apt can coexist) and install the libraries they need.
unpack() {
  local deb deps dl=$ROOT/dl/$NAME
  [ ! -e "$PREFIX/.done" ] || return 0
  rm -rf "$dl"; mkdir -p "$dl" "$PREFIX"
  (cd "$dl" && apt-get -q download "$@" >"$ROOT/$NAME-apt.log" 2>&1) ||
    die "apt-get download failed (apt-get update first?), see $ROOT/$NAME-apt.log"
  for deb in "$dl"/*.deb; do dpkg -x "$deb" "$PREFIX"; done
  deps=$(for deb in "$dl"/*.deb; do dpkg-deb -f "$deb" Depends; echo ,; done |
    tr ',' '\n' | sed 's/|.*//; s/(.*//; s/:any//; s/ //g' |
    grep -E '^(lib|netbase|openssl|m4|lockfile)' | sort -u)
  apt_quiet openssl $deps
}

# add_user USER [GROUP...]: system user with a group of the same name, and more groups.
add_user() {
  getent group "$1" >/dev/null || groupadd -r "$1"
  getent passwd "$1" >/dev/null ||
    useradd -r -g "$1" -d /nonexistent -s /usr/sbin/nologin "$1"
  local g; for g in "${@:2}"; do getent group "$g" >/dev/null || groupadd -r "$g"; done
}

# prepare_dir DIR USER: make DIR absolute in $DIR, reachable by USER.
prepare_dir() {
  mkdir -p "$1"; DIR=$(cd "$1" && pwd -P); chmod 755 "$DIR"
  setpriv --reuid="$2" --regid="$(id -g "$2")" --clear-groups test -x "$DIR" ||
    die "$DIR must be reachable by user $2 (a parent folder is closed); use e.g. mktemp -d"
}

# port NAME: the port from env NAME (e.g. smtp_port=2525), else a free one.  None of the servers
# takes port 0, so the port is tried first; below 32768, where Linux gives none to clients.
port() {
  [ -z "${!1:-}" ] || { echo "${!1}"; return; }
  python3 - <<'PY'
import random, socket
while True:
    with socket.socket() as s:
        p = random.randint(20001, 32000)
        try:
            s.bind(("127.0.0.1", p))
        except OSError:
            continue
        print(p)
        break
PY
}

# make_certs: test CA and a server certificate for localhost in $DIR/tls.
make_certs() {
  local t=$DIR/tls curve="ec -pkeyopt ec_paramgen_curve:P-256"; mkdir -p "$t"
  [ ! -s "$t/server.pem" ] || return 0
  openssl req -x509 -newkey $curve -nodes -days 3650 -subj "/CN=Test CA $NAME" \
    -addext keyUsage=critical,keyCertSign,cRLSign -keyout "$t/ca.key" -out "$t/ca.pem" 2>/dev/null
  openssl req -newkey $curve -nodes -subj "/CN=mail.$DOMAIN" \
    -keyout "$t/server.key" -out "$t/server.csr" 2>/dev/null
  openssl x509 -req -in "$t/server.csr" -CA "$t/ca.pem" -CAkey "$t/ca.key" -days 3650 \
    -set_serial "0x$(openssl rand -hex 8)" -out "$t/server.pem" 2>/dev/null -extfile <(
      echo "subjectAltName=DNS:mail.$DOMAIN,DNS:localhost,IP:127.0.0.1"
      echo "basicConstraints=CA:FALSE"; echo "authorityKeyIdentifier=keyid"
      echo "extendedKeyUsage=serverAuth")
  chmod 644 "$t"/*.pem "$t/server.key"
}

# wait_port PORT...: until each port accepts, 10 s at most.
wait_port() {
  local p i; for p; do
    for i in $(seq 100); do
      (exec 3<>"/dev/tcp/127.0.0.1/$p") 2>/dev/null && continue 2; sleep 0.1
    done; die "nothing listens on port $p after 10 s, see the logs in $DIR"
  done
}

# alive PID: it runs; a zombie waiting for a parent that never asks does not.
alive() { [ -r "/proc/$1/status" ] && ! grep -q '^State:[[:space:]]*Z' "/proc/$1/status"; }

# stop_pid FILE: end the process group leader or process named in FILE, and wait.
stop_pid() {
  local pid i; [ -s "$1" ] || return 0
  pid=$(tr -dc 0-9 <"$1"); kill "$pid" 2>/dev/null || { rm -f "$1"; return 0; }
  for i in $(seq 100); do alive "$pid" || break; sleep 0.05; done
  ! alive "$pid" || kill -9 "$pid" 2>/dev/null || :; rm -f "$1"
}

# report: print name=value lines and keep them in $DIR/info.
report() { printf '%s\n' "$@" | tee "$DIR/info"; }

# running FILE: the server whose pid is in FILE runs; then start prints its values again.
running() { [ -s "$1" ] && [ -s "$DIR/info" ] && alive "$(tr -dc 0-9 <"$1")"; }

main() {
  case "${1:-}" in
    install) lock_install; do_install ;;
    start) [ -n "${2:-}" ] || die "start needs a folder"; do_start "$2" ;;
    stop) [ -d "${2:-}" ] || exit 0; DIR=$(cd "$2" && pwd -P); do_stop ;;
    *) echo "usage: $0 install | start DIR | stop DIR" >&2; exit 2 ;;
  esac
}
