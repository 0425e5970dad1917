#!/bin/sh
# Installs the Debian packages of the named groups of packages.txt that are missing.
# usage: install_packages.sh GROUP...
set -eu
list="$(dirname "$0")/../packages.txt"

missing=""
for group in "$@"; do
  for package in $(awk -v group="$group" '$1 == group { print $2 }' "$list"); do
    status="$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)"
    [ "$status" = installed ] || missing="$missing $package"
  done
done
[ -n "$missing" ] || exit 0

echo "installing:$missing"
if [ "$(id -u)" = 0 ]; then
  sudo=""
elif command -v sudo >/dev/null; then
  sudo="sudo"
else
  echo "these packages are missing; install them as root, then try again:" >&2
  echo "  apt-get install$missing" >&2
  exit 2
fi
$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q
# shellcheck disable=SC2086  # the list is words on purpose
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
