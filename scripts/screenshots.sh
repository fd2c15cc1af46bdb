#!/usr/bin/env bash
# Takes pictures of the HTML report on the sample trail.
#
#   screenshots.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."

mkdir -p "$1"
code=0
./roletrail report --quiet testdata/demo -o "$1/usage.html" || code=$?
if ((code != 3)); then
  echo "screenshots: roletrail ended with exit code $code, not 3" >&2
  exit 1
fi
go run ./internal/screenshots "$1/usage.html" "$1"
