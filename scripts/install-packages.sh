#!/usr/bin/env bash
# Installs the Debian packages of commands that are missing.
#
#   install-packages.sh COMMAND=PACKAGE[,PACKAGE...]...
set -euo pipefail

packages=()
for need in "$@"; do
  if [[ -z $(type -P "${need%%=*}") ]]; then
    IFS=, read -ra names <<<"${need#*=}"
    packages+=("${names[@]}")
  fi
done
if ((${#packages[@]} == 0)); then
  exit 0
fi

if [[ -z $(type -P apt-get) ]]; then
  echo "apt-get: not found, so please install by other means what Debian calls: ${packages[*]}" >&2
  exit 1
fi
as_root=()
if ((EUID != 0)); then
  as_root=(sudo)
fi
echo "installing Debian packages: ${packages[*]}"
"${as_root[@]}" apt-get -qq update
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install --yes --no-install-recommends "${packages[@]}"
