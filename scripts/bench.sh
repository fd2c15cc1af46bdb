#!/usr/bin/env bash
# Measures the whole program beside others over the same log files: what only inflates them (libdeflate-gunzip, the yardstick, and
# gzip), and what answers a much simpler question of them (jq, DuckDB and Python list who assumed which role when).
#
#   bench.sh PAIRS DUCKDB [CASE...]
#
# DUCKDB is the program. The cases are a, b, c50, c100, d and ten, all if none is given. ten is roletrail alone, over ten times
# the files of b. In each of PAIRS rounds roletrail and
# libdeflate-gunzip run once, in the first three of them the others too, so that whatever else the machine does meets all. What
# counts is CPU time, user and system together, and of it the median of the ratios of the rounds. The trails are generated once,
# into .bench.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/bench-functions.sh
trap 'rm -rf "$work"' EXIT

pairs=$1
duckdb=$2
shift 2
cases=("$@")
if (($# == 0)); then
  cases=(a b c50 c100 d ten)
fi
slow_rounds=$((pairs < 3 ? pairs : 3))

# The goals by case: CPU time as a multiple of libdeflate-gunzip's, and peak memory in MiB. On b elapsed time
# is to be at most a sixth of DuckDB's.
declare -A cpu_goals=([a]=2.2 [b]=1.6 [c50]=1.6 [c100]=1.6 [d]=3.0)
declare -A peak_goals=([a]=150 [b]=150 [c50]=320 [c100]=320 [d]=150)
duckdb_goal=0.167
ten_goal=10.5 # times the time for ten times the files

# What the trails are made by. 35,000 events are 50 MB, at which CloudTrail closes a file; more is what people merge.
declare -A presets=(
  [a]="a50000 -preset a -files 50000"
  [b]="b -preset b"
  [c50]="c50 -preset c -files 8 -events-per-file 35000"
  [c100]="c100 -preset c -files 6 -events-per-file 70000"
  [d]="d -preset d"
  [ten]="b70000 -preset b -files 70000"
)

# The question to the others, in their words. Each writes one line for each AssumeRole.
jq_filter='.Records[] | select(.eventName == "AssumeRole") | [.eventTime, .userIdentity.invokedBy, .requestParameters.roleArn, .requestParameters.roleSessionName]'
# shellcheck disable=SC2016 # the $ are jq's and SQL's
python_program='
import gzip, json, sys
for path in open(sys.argv[1], encoding="utf-8").read().split("\0")[:-1]:
    with gzip.open(path) as file:
        for event in json.load(file)["Records"]:
            if event.get("eventName") == "AssumeRole":
                request = event.get("requestParameters") or {}
                print(event.get("eventTime"), (event.get("userIdentity") or {}).get("invokedBy"), request.get("roleArn"), request.get("roleSessionName"))
'

sql() {
  cat <<EOF
SET threads = $(nproc);
COPY (
  SELECT r.eventTime, r.userIdentity.invokedBy, r.requestParameters.roleArn, r.requestParameters.roleSessionName
  FROM (
    SELECT unnest(Records) AS r
    FROM read_json('$1/AWSLogs/*/CloudTrail/**/*.json.gz', maximum_object_size = 200000000, columns = {Records: 'STRUCT(
      eventTime VARCHAR, eventName VARCHAR, userIdentity STRUCT(invokedBy VARCHAR),
      requestParameters STRUCT(roleArn VARCHAR, roleSessionName VARCHAR))[]'})
  )
  WHERE r.eventName = 'AssumeRole'
) TO '/dev/stdout' (FORMAT csv, HEADER false);
EOF
}

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

# ratios FIELD A B: the ratios of a field of the times of A to B, round by round.
ratios() {
  paste -d' ' "$work/$2.times" "$work/$3.times" | awk -v a="$1" 'NF == 6 { printf "%.3f\n", $a / $(a + 3) }'
}

compare() {
  local name=$1 i ratio peak words
  read -ra words <<<"${presets[$name]}"
  generate "${words[@]}"
  echo
  echo "case $name: trail $(cat "$trail.txt")"
  find "$trail" -path '*/CloudTrail/*' -name '*.json.gz' -print0 >"$work/files"
  xargs -0 cat <"$work/files" >/dev/null # brings the files into the page cache
  sql "$trail" >"$work/query.sql"
  rm -f "$work"/*.times
  for ((i = 0; i < pairs; i++)); do
    measure roletrail ./roletrail report "$trail"
    measure libdeflate xargs -0 -a "$work/files" libdeflate-gunzip -c
    if ((i < slow_rounds)); then
      measure gzip xargs -0 -a "$work/files" gzip -dc
      # shellcheck disable=SC2016 # of the inner shell
      measure jq bash -o pipefail -c 'xargs -0 -a "$0" gzip -dc | jq -c "$1"' "$work/files" "$jq_filter"
      measure duckdb "$duckdb" -f "$work/query.sql"
      measure python python3 -c "$python_program" "$work/files"
    fi
  done
  for i in roletrail libdeflate gzip jq duckdb python; do
    row "$i"
  done
  ratios 1 roletrail libdeflate >"$work/ratios"
  ratio=$(median <"$work/ratios")
  echo "  ratios of CPU time, roletrail to libdeflate-gunzip, round by round: $(paste -sd' ' "$work/ratios")"
  echo "  median of the ratios: $ratio"
  flag_over "$ratio" "${cpu_goals[$name]}" "the ratio in case $name"
  peak=$(cut -d' ' -f3 "$work/roletrail.times" | sort -g | tail -n 1)
  flag_over "$((peak / 1024))" "${peak_goals[$name]}" "peak memory in MiB in case $name"
  ratio=$(ratios 2 roletrail duckdb | median)
  echo "  elapsed time, roletrail to DuckDB, median of the ratios: $ratio"
  if [[ $name == b ]]; then
    flag_over "$ratio" "$duckdb_goal" "elapsed time, roletrail to DuckDB, in case b"
  fi
}

# ten compares the trail of case b with one of ten times the files.
ten() {
  local words trails=() i ratio peak name
  rm -f "$work"/*.times
  for name in b ten; do
    read -ra words <<<"${presets[$name]}"
    generate "${words[@]}"
    trails+=("$trail")
    find "$trail" -name '*.json.gz' -exec cat {} + >/dev/null
  done
  echo
  echo "case ten: trail $(cat "${trails[1]}.txt")"
  for ((i = 0; i < slow_rounds; i++)); do
    measure once ./roletrail report "${trails[0]}"
    measure ten ./roletrail report "${trails[1]}"
  done
  row ten
  for i in 1 2; do
    ratio=$(ratios "$i" ten once | median)
    echo "  $( ((i == 1)) && echo CPU || echo elapsed) time, to that of case b, median of the ratios: $ratio"
    flag_over "$ratio" "$ten_goal" "time for ten times the files"
  done
  peak=$(cut -d' ' -f3 "$work/ten.times" | sort -g | tail -n 1)
  flag_over "$((peak / 1024))" "${peak_goals[b]}" "peak memory in MiB in case ten"
}

environment
echo "libdeflate-gunzip: $(libdeflate-gunzip -V | head -n 1)"
echo "others: $(gzip --version | head -n 1), $(jq --version), DuckDB $("$duckdb" --version), $(python3 --version)"
echo "roletrail:  ./roletrail report TRAIL >/dev/null"
echo "libdeflate: xargs -0 -a FILES libdeflate-gunzip -c >/dev/null"
echo "gzip:       xargs -0 -a FILES gzip -dc >/dev/null"
echo "            with FILES from: find TRAIL -path '*/CloudTrail/*' -name '*.json.gz' -print0"
echo "jq:         xargs -0 -a FILES gzip -dc | jq -c '$jq_filter' >/dev/null"
echo "duckdb:     $duckdb -f QUERY >/dev/null, with QUERY:"
sql TRAIL | sed 's/^/              /'
echo "python:     python3 -c PROGRAM FILES >/dev/null, with PROGRAM:$python_program" | sed '2,$s/^/              /'
echo "$pairs rounds, $slow_rounds of gzip, jq, DuckDB and Python, medians; CPU time is user and system time of /usr/bin/time,"
echo "which tells of a pipeline the peak memory of its largest process; all files are in the page cache"

for name in "${cases[@]}"; do
  if [[ -z ${presets[$name]:-} ]]; then
    echo "$name: no case" >&2
    exit 2
  fi
  if [[ $name == ten ]]; then
    ten
  else
    compare "$name"
  fi
done
