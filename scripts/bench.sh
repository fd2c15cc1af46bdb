#!/usr/bin/env bash
# Measures the whole program beside a yardstick that only inflates: libdeflate-gunzip, over the same log files.
#
#   bench.sh PAIRS
#
# Both run PAIRS times in alternation, so that whatever else the machine does meets both. What counts is CPU time, user and
# system together, and of it the median of the ratios of the pairs. The trails are generated once, into .bench.
set -euo pipefail
cd "$(dirname "$0")/.."

pairs=$1
cache=.bench
goal=3.0 # what the ratio is not to exceed on trail b
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# generate PRESET sets trail to its folder and inflated to its size in bytes. A trail is kept until the generator changes.
generate() {
  local preset=$1
  trail=$cache/$preset-$(sha256sum "$work/trailgen" | cut -c1-12)
  if [[ ! -f $trail.txt ]]; then
    echo "generating trail $preset"
    rm -rf "$cache/$preset"-*
    mkdir -p "$cache"
    "$work/trailgen" -preset "$preset" -seed 1 -out "$trail" >"$work/summary"
    mv "$work/summary" "$trail.txt"
  fi
  inflated=$(sed -E 's/.*, ([0-9]+) inflated.*/\1/' "$trail.txt")
}

# measure NAME COMMAND... runs the command, its output thrown away, and appends
# "CPU-seconds elapsed-seconds peak-KiB" to NAME.times.
measure() {
  local name=$1
  shift
  if ! /usr/bin/time --format '%U %S %e %M' --output "$work/time" "$@" >/dev/null; then
    echo "$*: failed" >&2
    exit 1
  fi
  awk '{ print $1 + $2, $3, $4 }' "$work/time" >>"$work/$name.times"
}

# median reads numbers, one a line.
median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

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
  generate "$preset"
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
  if [[ $preset == b ]] && awk -v ratio="$ratio" -v goal="$goal" 'BEGIN { exit !(ratio > goal) }'; then
    echo "  *** OVER THE GOAL: the ratio on trail $preset is to be at most $goal ***"
  fi
}

go build -trimpath -buildvcs=false -o "$work/trailgen" ./cmd/trailgen

./roletrail --version
go version
echo "libdeflate-gunzip: $(libdeflate-gunzip -V | head -n 1)"
echo "$(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), load $(cut -d' ' -f1-3 /proc/loadavg)"
echo "roletrail:  ./roletrail report TRAIL >/dev/null"
echo "libdeflate: xargs -0 -a FILES libdeflate-gunzip -c >/dev/null"
echo "            with FILES from: find TRAIL -path '*/CloudTrail/*' -name '*.json.gz' -print0"
echo "$pairs pairs each, medians; CPU time is user and system time of /usr/bin/time"

compare b
compare d
