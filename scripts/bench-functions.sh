# What the benchmarks share. To be sourced, from the module's folder.
# shellcheck shell=bash

# Trails are kept here, and everything else until the end in work.
cache=.bench
work=$(mktemp -d)

# environment tells of the program, the machine and how busy it is.
environment() {
  ./roletrail --version
  go version
  echo "$(nproc) processors, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1), load $(load)"
}

load() { cut -d' ' -f1-3 /proc/loadavg; }

# generate NAME FLAG... generates the trail that trailgen makes by the flags, and sets trail to its folder and inflated to
# its size in bytes. A trail is kept until the generator changes.
generate() {
  local name=$1
  shift
  if [[ ! -f $work/trailgen ]]; then
    go build -trimpath -buildvcs=false -o "$work/trailgen" ./cmd/trailgen
  fi
  trail=$cache/$name-$(sha256sum "$work/trailgen" | cut -c1-12)
  if [[ ! -f $trail.txt ]]; then
    echo "generating trail $name"
    rm -rf "$cache/$name"-*
    mkdir -p "$cache"
    "$work/trailgen" "$@" -seed 1 -out "$trail" >"$work/summary"
    mv "$work/summary" "$trail.txt"
  fi
  # shellcheck disable=SC2034 # used where this is sourced
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

# flag_over RATIO GOAL WHAT says so if a ratio, of what the text says, is over its goal.
flag_over() {
  if awk -v ratio="$1" -v goal="$2" 'BEGIN { exit !(ratio > goal) }'; then
    echo "  *** OVER THE GOAL: $3 is to be at most $2 ***"
  fi
}
