#!/bin/sh
# Installs what the HTML report is bundled from and tested with into FOLDER/node_modules, unless it
# is there. Exit status 77: node or npm is missing. usage: html_packages.sh FOLDER
set -eu
sources="$(cd "$(dirname "$0")/../profiler/html" && pwd)"
folder="$1"

for program in node npm; do
  command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 77; }
done
mkdir -p "$folder"
cmp -s "$sources/package-lock.json" "$folder/node_modules/.installed" && exit 0
cp "$sources/package.json" "$sources/package-lock.json" "$folder"
(cd "$folder" && npm ci --no-audit --no-fund --ignore-scripts --loglevel=error)
cp "$sources/package-lock.json" "$folder/node_modules/.installed"
