#!/bin/sh
# Installs what SOURCES/package-lock.json lists into FOLDER/node_modules, unless it is there. Exit
# status 77: node or npm is missing. usage: npm_packages.sh SOURCES FOLDER
set -eu
sources="$(cd "$1" && pwd)"
folder="$2"

for program in node npm; do
  command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 77; }
done
mkdir -p "$folder"
cmp -s "$sources/package-lock.json" "$folder/node_modules/.installed" && exit 0
cp "$sources/package.json" "$sources/package-lock.json" "$folder"
(cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --legacy-peer-deps --loglevel=error)
cp "$sources/package-lock.json" "$folder/node_modules/.installed"
