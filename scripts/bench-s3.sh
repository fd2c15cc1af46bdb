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
    exec 2>/dev/null # where bash would tell of each that is killed
    xargs kill -KILL <<<"$running" || true # they may have ended meanwhile
    wait
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

# start_yardstick ARGUMENT... starts a server of s3bench and sets address to its own.
start_yardstick() {
  local server
  : >"$work/address"
  "$work/s3bench" "$@" >"$work/address" &
  server=$!
  until address=$(grep . "$work/address"); do
    kill -0 "$server" # or it has ended, and said why
    sleep 0.05
  done
}

# offer makes the trail a bucket that everybody may read, and sets bucket to its name, objects to the number of its log
# files, whose paths are in $work/paths then, and listing to the number of requests that it takes to find them.
offer() {
  local kind count got=0
  bucket=$(basename "$trail")
  mkdir -p "$work/metadata/$bucket/meta"
  cat >"$work/metadata/$bucket/meta/policy" <<END
{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::$bucket/*"}]}
END
  ln -s "$PWD/$trail" "$work/buckets/$bucket"
  find "$trail" -path '*/CloudTrail/*' -name '*.json.gz' -printf '%P\n' >"$work/paths"
  objects=$(wc -l <"$work/paths")
  if ! ./roletrail report --endpoint-url "$endpoint" --log-level debug "s3://$bucket" >/dev/null 2>"$work/log"; then
    cat "$work/log" >&2
    exit 1
  fi
  listing=0
  while IFS='=' read -r kind count; do
    case $kind in
      GetObject) got=$count ;;
      HeadBucket | ListObjectsV2) listing=$((listing + count)) ;;
    esac
  done < <(grep 'requests ' "$work/log" | grep -oE '[A-Za-z0-9]+=[0-9]+')
  if ((got != objects)); then
    echo "s3://$bucket: $got requests for $objects objects" >&2
    exit 1
  fi
  echo
  echo "trail $(cat "$trail.txt")"
  echo "  $objects objects, $listing requests to find them, load $(load)"
}

# column N NAME is the median of a column of NAME.times: 1 is CPU seconds, 2 elapsed seconds, 3 peak KiB.
column() { cut -d' ' -f"$1" "$work/$2.times" | median; }

# compute EXPRESSION is a number with two decimals.
compute() { awk "BEGIN { printf \"%.2f\", $1 }"; }

# row NAME TEXT tells of all runs of NAME.
row() {
  awk -v text="$2" -v cpu="$(column 1 "$1")" -v elapsed="$(column 2 "$1")" -v peak="$(column 3 "$1")" -v objects="$objects" 'BEGIN {
    printf "  %-34s %6.0f µs CPU an object %7.2f s elapsed %6.0f MiB peak\n", text, cpu / objects * 1e6, elapsed, peak / 1024 }'
}

# ratios EXPRESSION TEXT computes a ratio for each set of runs, of the CPU seconds in s3, folder, plain and same, and sets
# ratio to the median.
ratios() {
  paste -d' ' "$work"/{s3,folder,plain,same}.times |
    awk "{ s3 = \$1; folder = \$4; plain = \$7; same = \$10; printf \"%.2f\\n\", $1 }" >"$work/ratios"
  ratio=$(median <"$work/ratios")
  printf '  %5.2f  %s (%s)\n' "$ratio" "$2" "$(paste -sd' ' "$work/ratios")"
}

cost() {
  local i decoded
  generate b -preset b
  offer
  start_yardstick serve "$trail"
  for ((i = 0; i < pairs; i++)); do
    measure s3 ./roletrail report --endpoint-url "$endpoint" "s3://$bucket"
    measure folder ./roletrail report "$trail"
    measure plain "$work/s3bench" get "http://$address" "$work/paths"
    measure same "$work/s3bench" get "$endpoint/$bucket" "$work/paths"
  done
  row s3 "roletrail report s3://BUCKET"
  row folder "roletrail report FOLDER"
  row plain "plain GET from s3bench serve"
  row same "plain GET from the S3 server"
  echo "  Ratios of CPU time, medians, and in brackets run by run. From S3, roletrail lists, signs, fetches, inflates, splits and"
  echo "  analyzes; from a folder, it walks and reads files instead of the first three; a plain GET fetches and no more."
  ratios "s3 / plain" "S3 to plain GET, decode included"
  decoded=$ratio
  ratios "(s3 - folder) / plain" "S3 less folder to plain GET"
  ratios "s3 / same" "S3 to plain GET from the S3 server, decode included"
  ratios "(s3 - folder) / same" "S3 less folder to plain GET from the S3 server"
  flag_over "$decoded" "$cost_goal" "the ratio to a plain GET, decode included,"
}

latency() {
  local i concurrency
  generate a5000 -preset a -files 5000
  offer
  start_yardstick delay "${response_delay}s" "${endpoint#*//}"
  for ((i = 0; i < pairs; i++)); do
    delayed "concurrency$default_concurrency" --concurrency "$default_concurrency"
  done
  for concurrency in 16 32 128; do
    delayed "concurrency$concurrency" --concurrency "$concurrency"
  done
  delayed listing --estimate
  echo "  Each response is held back for $response_delay s. To list alone (--estimate) takes $(column 2 listing) s."
  for concurrency in 16 32 64 128; do
    compare_latency "$concurrency"
    if ((concurrency == default_concurrency)); then
      flag_over "$ratio" "$latency_goal" "the ratio to the delays at concurrency $concurrency"
    fi
  done
}

# delayed NAME FLAG... measures a report on the bucket through the proxy.
delayed() {
  local name=$1
  shift
  measure "$name" ./roletrail report --endpoint-url "http://$address" "$@" "s3://$bucket"
}

# compare_latency CONCURRENCY sets ratio to that of the elapsed time to the one of all delays.
compare_latency() {
  local elapsed reading found
  elapsed=$(column 2 "concurrency$1")
  reading=$(compute "$objects / $1 * $response_delay")
  found=$(compute "$listing * $response_delay")
  ratio=$(compute "$elapsed / ($reading + $found)")
  printf '  concurrency %3d: %5.2f s elapsed, %4.2f s CPU; delays %5.2f s to read + %4.2f s to list; ratio %4.2f, without the listing %4.2f\n' \
    "$1" "$elapsed" "$(column 1 "concurrency$1")" "$reading" "$found" "$ratio" \
    "$(compute "($elapsed - $(column 2 listing)) / $reading")"
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
  small=$(compute "$(column 3 small) / 1024")
  large=$(compute "$(column 3 large) / 1024")
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
