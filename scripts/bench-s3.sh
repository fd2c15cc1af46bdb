#!/usr/bin/env bash
# Measures what reading from S3 takes: CPU time beside a plain client, time beside the delay of responses, and memory.
#
#   bench-s3.sh VERSITYGW PAIRS
#
# VERSITYGW is the S3 server, which runs on loopback over the generated trails. What is compared runs PAIRS times in
# alternation, and medians count. The trails are generated once, into .bench.
set -euo pipefail
cd "$(dirname "$0")/.."

source scripts/bench-functions.sh

# end stops the servers, whose output may be waited for, and removes what they served.
end() {
  local running
  running=$(jobs -pr)
  if [[ -n $running ]]; then
    xargs kill -KILL <<<"$running"
    wait 2>/dev/null
  fi
  rm -rf "$work"
}
trap end EXIT

versitygw=$1
pairs=$2
memory_runs=3
response_delay=0.05   # seconds
default_concurrency=64 # roletrail's own for S3
cost_goal=2.0
latency_goal=1.15
memory_goal=1.10
peak_goal=200 # MiB

# The account of the server, and nothing that the user may have configured.
export AWS_ACCESS_KEY_ID=AKIAVERSITYGWEXAMPLE AWS_SECRET_ACCESS_KEY=secret AWS_SESSION_TOKEN='' AWS_REGION=us-east-1
export AWS_PROFILE='' AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
export NO_PROXY=127.0.0.1

# start_s3 starts the S3 server and sets endpoint to its URL. Each folder or link in $work/buckets is a bucket.
start_s3() {
  local port server
  mkdir "$work/buckets" "$work/metadata"
  # A port may be taken: then the server ends, or somebody else answers, who does not know this page.
  echo "health-$$-$RANDOM" >"$work/health"
  for _ in {1..10}; do
    port=$((10000 + RANDOM % 20000)) # below those that Linux gives to clients
    ROOT_ACCESS_KEY_ID=$AWS_ACCESS_KEY_ID ROOT_SECRET_ACCESS_KEY=$AWS_SECRET_ACCESS_KEY \
      "$versitygw" --port "127.0.0.1:$port" --region "$AWS_REGION" --keep-alive --quiet --health "/$(<"$work/health")" \
      posix --sidecar "$work/metadata" --bucketlinks --disable-object-lock-file "$work/buckets" >"$work/versitygw.log" 2>&1 &
    server=$!
    for _ in {1..200}; do
      endpoint=http://127.0.0.1:$port
      if "$work/s3bench" get "$endpoint" "$work/health" >/dev/null 2>&1; then
        return
      fi
      if ! kill -0 "$server" 2>/dev/null; then
        break
      fi
      sleep 0.05
    done
    kill -KILL "$server" 2>/dev/null || true
  done
  echo "$versitygw: does not answer" >&2
  cat "$work/versitygw.log" >&2
  exit 1
}

# start_yardstick NAME ARGUMENT... starts a server of s3bench and sets address to its own.
start_yardstick() {
  local name=$1 server
  shift
  "$work/s3bench" "$@" >"$work/$name.address" &
  server=$!
  until address=$(grep . "$work/$name.address"); do
    kill -0 "$server" # or it has ended, and said why
    sleep 0.05
  done
}

# offer makes the trail a bucket and sets bucket to its name, objects to the number of its log files, whose paths are in
# $work/paths then, and listing to the number of requests that are needed to find them.
offer() {
  local requests
  bucket=$(basename "$trail")
  ln -s "$PWD/$trail" "$work/buckets/$bucket"
  find "$trail" -path '*/CloudTrail/*' -name '*.json.gz' -printf '%P\n' >"$work/paths"
  objects=$(wc -l <"$work/paths")
  requests=$(./roletrail report --endpoint-url "$endpoint" --log-level debug "s3://$bucket" 2>&1 >/dev/null | grep '^.*requests ')
  listing=0
  for count in $(grep -oE '[A-Za-z0-9]+=[0-9]+' <<<"$requests"); do
    case $count in
      GetObject="$objects" | throttled=0) ;;
      ListObjectsV2=* | HeadBucket=*) listing=$((listing + ${count#*=})) ;;
      *)
        echo "s3://$bucket: $count, and $objects objects" >&2
        exit 1
        ;;
    esac
  done
  echo
  echo "trail $(cat "$trail.txt")"
  echo "  $objects objects, $listing requests to find them, load $(load)"
}

# column N NAME is the median of a column of NAME.times: 1 is CPU seconds, 2 elapsed seconds, 3 peak KiB.
column() { cut -d' ' -f"$1" "$work/$2.times" | median; }

# compute EXPRESSION FORMAT is a number.
compute() { awk "BEGIN { printf \"${2:-%.2f}\", $1 }"; }

# row NAME TEXT tells of all runs of NAME.
row() {
  awk -v text="$2" -v cpu="$(column 1 "$1")" -v elapsed="$(column 2 "$1")" -v peak="$(column 3 "$1")" -v objects="$objects" 'BEGIN {
    printf "  %-34s %6.0f µs CPU an object %7.2f s elapsed %6.0f MiB peak\n", text, cpu / objects * 1e6, elapsed, peak / 1024 }'
}

# ratios TEXT EXPRESSION computes a ratio for each pair, of $1 for S3, $4 for the folder and $7 for the plain client, and
# sets ratio to the median.
ratios() {
  paste -d' ' "$work"/{s3,folder,plain}.times | awk "{ printf \"%.2f\\n\", $2 }" >"$work/ratios"
  ratio=$(median <"$work/ratios")
  echo "  $1: $ratio, pair by pair $(paste -sd' ' "$work/ratios")"
}

cost() {
  local i
  generate b -preset b
  offer
  start_yardstick serve serve "$trail"
  for ((i = 0; i < pairs; i++)); do
    measure s3 ./roletrail report --endpoint-url "$endpoint" "s3://$bucket"
    measure folder ./roletrail report "$trail"
    measure plain "$work/s3bench" get "http://$address" "$work/paths"
  done
  row s3 "roletrail report s3://BUCKET"
  row folder "roletrail report FOLDER"
  row plain "s3bench get (plain GET)"
  ratios "ratio of CPU time, S3 (list, sign, fetch, inflate, split, analyze) to plain GET" '$1 / $7'
  flag_over "$ratio" "$cost_goal" "the ratio to a plain GET, decode included,"
  ratios "the same without what the folder takes (inflate, split, analyze)" '($1 - $4) / $7'
}

latency() {
  local concurrency
  generate a5000 -preset a -files 5000
  offer
  start_yardstick delay delay "${response_delay}s" "${endpoint#*//}"
  delayed() { measure "$1" ./roletrail report --endpoint-url "http://$address" "${@:2}" "s3://$bucket"; }
  for ((i = 0; i < pairs; i++)); do
    delayed latency --concurrency "$default_concurrency"
  done
  for concurrency in 16 32 128; do
    delayed "latency$concurrency" --concurrency "$concurrency"
  done
  delayed listing --estimate
  mv "$work/latency.times" "$work/latency$default_concurrency.times"
  for concurrency in 16 32 64 128; do
    compare_latency "$concurrency"
  done
  echo "  roletrail report --estimate, which only lists: $(column 2 listing) s elapsed"
  compare_latency "$default_concurrency" >/dev/null
  flag_over "$ratio" "$latency_goal" "the ratio at concurrency $default_concurrency"
}

# compare_latency CONCURRENCY sets ratio to that of the elapsed time to the one of the delays.
compare_latency() {
  local elapsed reading found
  elapsed=$(column 2 "latency$1")
  reading=$(compute "$objects / $1 * $response_delay")
  found=$(compute "$listing * $response_delay")
  ratio=$(compute "$elapsed / ($reading + $found)")
  echo "  concurrency $(printf '%3d' "$1"): $elapsed s elapsed, of delays $reading s to read and $found s to list, ratio $ratio;" \
    "$(column 1 "latency$1") s CPU"
}

memory() {
  local i small large
  generate a2000 -preset a -files 2000
  offer
  for ((i = 0; i < memory_runs; i++)); do
    measure small ./roletrail report --endpoint-url "$endpoint" "s3://$bucket"
  done
  generate a50000 -preset a -files 50000
  offer
  for ((i = 0; i < memory_runs; i++)); do
    measure large ./roletrail report --endpoint-url "$endpoint" "s3://$bucket"
  done
  small=$(compute "$(column 3 small) / 1024" %.1f)
  large=$(compute "$(column 3 large) / 1024" %.1f)
  ratio=$(compute "$large / $small")
  echo "  peak of 2,000 objects $small MiB, of 50,000 objects $large MiB, ratio $ratio"
  flag_over "$ratio" "$memory_goal" "the ratio of the peaks"
  flag_over "$large" "$peak_goal" "the peak in MiB"
}

go build -trimpath -buildvcs=false -o "$work/s3bench" ./internal/s3bench

echo
echo "From S3: $versitygw on loopback, $pairs pairs each, medians; CPU time is user and system time of /usr/bin/time"
environment
start_s3
cost
latency
memory
