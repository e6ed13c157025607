#!/bin/sh
# Installs django-helpdesk from PyPI, with gunicorn in front, into the folder given. A second run does nothing.
set -eu
folder=$1
version=2.6.1
if [ ! -x "$folder/venv/bin/gunicorn" ]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "django-helpdesk==$version" gunicorn==27.0.1 psycopg2-binary==2.9.13
fi
"$folder/venv/bin/python" -c "from importlib.metadata import version; print(version('django-helpdesk'))"
