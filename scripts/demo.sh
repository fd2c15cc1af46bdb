#!/usr/bin/env bash
# Reports on the sample trail. One of its files is cut off, so the report must end with exit code 3 and no other.
set -euo pipefail
cd "$(dirname "$0")/.."

echo './roletrail report testdata/demo -o - -o usage.html'
code=0
./roletrail report testdata/demo -o - -o usage.html || code=$?
if ((code != 3)); then
  echo "demo: roletrail ended with exit code $code, not 3" >&2
  exit 1
fi
echo 'demo: exit code 3 is right, one file of the sample trail is cut off on purpose'
echo "demo: the same for a browser is in file://$PWD/usage.html"
