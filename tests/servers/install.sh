#!/bin/bash
# Install the real servers, the client programs the tests talk through, and the shells that complete.
# Once per machine: Debian 12, as root.  No daemon is started, nothing listens afterwards.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
export DEBIAN_FRONTEND=noninteractive

[ "$(id -u)" = 0 ] || { echo "install.sh: run it as root" >&2; exit 1; }
apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
apt-get -y -q -o DPkg::Lock::Timeout=300 install --no-install-recommends \
  ca-certificates curl fish libnet-ssleay-perl microsocks msmtp openssl procps python3 swaks tmux \
  util-linux zsh >/dev/null
for server in postfix exim dovecot; do ./$server.sh install; done
