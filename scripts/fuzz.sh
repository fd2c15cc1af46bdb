#!/usr/bin/env bash
# Runs every fuzz target in turn.
#
#   fuzz.sh DURATION
set -euo pipefail
cd "$(dirname "$0")/.."

duration=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT

targets=$(git grep --untracked -Eo '^func Fuzz[A-Za-z0-9_]+' -- '*_test.go')
while IFS=: read -r file declaration; do
  target=${declaration#func }
  folder=./$(dirname "$file")
  echo "go test -run '^\$' -fuzz '^$target\$' -fuzztime $duration $folder"
  if go test -run '^$' -fuzz "^$target\$" -fuzztime "$duration" "$folder" 2>&1 </dev/null | tee "$log"; then
    continue
  fi
  # On a busy machine the go command reports the end of the given time as a failure (golang.org/issue/75804). It is one
  # only if there is an input that fails, or anything else that is said of it.
  if grep -q '^    context deadline exceeded$' "$log" && ! grep -qE 'Failing input|panic:|hung or terminated' "$log"; then
    echo "$target: reached the end of its time without a failure"
    continue
  fi
  echo "$target: failed" >&2
  exit 1
done <<<"$targets"
