#!/bin/sh
# Installs Request Tracker 5 and a server for it from Debian's packages. A second run does nothing. Debian's own set-up
# of a database and its service are declined: the measurement has its own of both.
set -eu
if [ ! -f /usr/share/request-tracker5/libexec/rt-server ] || ! command -v starman > /dev/null; then
  echo "request-tracker5 request-tracker5/dbconfig-install boolean false" | debconf-set-selections
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -o Dpkg::Use-Pty=0 update
  apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends \
    request-tracker5 rt5-standalone rt5-db-postgresql starman msmtp-mta > /dev/null
fi
dpkg-query --show --showformat='${Version}\n' request-tracker5
