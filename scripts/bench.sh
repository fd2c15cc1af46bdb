#!/usr/bin/env bash
# Measures the whole program beside a yardstick that only inflates: libdeflate-gunzip, over the same log files.
#
#   bench.sh PAIRS
#
# Both run PAIRS times in alternation, so that whatever else the machine does meets both. What counts is CPU time, user and
# system together, and of it the median of the ratios of the pairs. The trails are generated once, into .bench.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/bench-functions.sh
trap 'rm -rf "$work"' EXIT

pairs=$1
goal=3.0 # what the ratio is not to exceed on trail b

# row NAME tells of all runs of NAME.
row() {
  local cpu elapsed peak
  cpu=$(cut -d' ' -f1 "$work/$1.times" | median)
  elapsed=$(cut -d' ' -f2 "$work/$1.times" | median)
  peak=$(cut -d' ' -f3 "$work/$1.times" | sort -g | tail -n 1)
  awk -v name="$1" -v cpu="$cpu" -v elapsed="$elapsed" -v peak="$peak" -v bytes="$inflated" 'BEGIN {
    printf "  %-10s %7.2f s CPU %7.2f s elapsed %7.0f MB/s of CPU time %7.0f MB/s elapsed %6.0f MiB peak\n",
      name, cpu, elapsed, bytes / 1e6 / cpu, bytes / 1e6 / elapsed, peak / 1024 }'
}

compare() {
  local preset=$1 i ratio
  generate "$preset" -preset "$preset"
  echo
  echo "trail $(cat "$trail.txt")"
  find "$trail" -path '*/CloudTrail/*' -name '*.json.gz' -print0 >"$work/files"
  xargs -0 cat <"$work/files" >/dev/null # brings the files into the page cache
  rm -f "$work"/*.times
  for ((i = 0; i < pairs; i++)); do
    measure roletrail ./roletrail report "$trail"
    measure libdeflate xargs -0 -a "$work/files" libdeflate-gunzip -c
  done
  row roletrail
  row libdeflate
  paste -d' ' "$work/roletrail.times" "$work/libdeflate.times" | awk '{ printf "%.2f\n", $1 / $4 }' >"$work/ratios"
  ratio=$(median <"$work/ratios")
  echo "  ratios of CPU time, roletrail to libdeflate-gunzip, pair by pair: $(paste -sd' ' "$work/ratios")"
  echo "  median of the ratios: $ratio"
  if [[ $preset == b ]]; then
    flag_over "$ratio" "$goal" "the ratio on trail $preset"
  fi
}

environment
echo "libdeflate-gunzip: $(libdeflate-gunzip -V | head -n 1)"
echo "roletrail:  ./roletrail report TRAIL >/dev/null"
echo "libdeflate: xargs -0 -a FILES libdeflate-gunzip -c >/dev/null"
echo "            with FILES from: find TRAIL -path '*/CloudTrail/*' -name '*.json.gz' -print0"
echo "$pairs pairs each, medians; CPU time is user and system time of /usr/bin/time"

compare b
compare d
