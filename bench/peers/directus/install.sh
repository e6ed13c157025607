#!/bin/sh
# Installs Directus with npm into the folder given. A second run does nothing.
set -eu
folder=$1
version=11.17.4
if [ ! -f "$folder/node_modules/directus/cli.js" ]; then
  mkdir -p "$folder"
  cd "$folder"
  echo '{ "name": "peer-directus", "private": true }' > package.json
  npm install --no-audit --no-fund --silent "directus@$version"
fi
node -p "require('$folder/node_modules/directus/package.json').version"
