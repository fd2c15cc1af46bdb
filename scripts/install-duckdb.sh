#!/usr/bin/env bash
# Installs DuckDB, which the tests read Parquet files with, from PyPI.
#
#   install-duckdb.sh VERSION PATH
#
# The program comes in a wheel, of which nothing else is needed: no Python environment is changed, and nothing is written but
# PATH. Only the builds for Linux that are named below are taken.
set -euo pipefail

version=$1
path=$2

# The SHA-256 of the wheels of manylinux for x86_64 and aarch64.
case $version in
  1.5.6)
    hashes=(
      9797555bd39095d730eb0d0b3bf29e95e148c96a4cdce1e363f01c7bf7003a44
      9b03301a14310a4ef7f86386e87b36954fe099ed762c8a81f94f7bd0ba073542
    ) ;;
  *)
    echo "duckdb-cli $version: its hashes are not known here" >&2
    exit 1 ;;
esac

if ! python3 -m pip --version >/dev/null 2>&1; then
  "${BASH_SOURCE%/*}/install-packages.sh" pip3=python3-pip,python3
fi

mkdir -p "${path%/*}"
work=$(mktemp -d "$path.XXXXXX") # in the folder of PATH, so that the program appears there at once
trap 'rm -rf "$work"' EXIT

requirement="duckdb-cli==$version"
for hash in "${hashes[@]}"; do
  requirement+=" --hash=sha256:$hash"
done
echo "$requirement" >"$work/requirements.txt"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
  --dest "$work" --requirement "$work/requirements.txt"
python3 -m zipfile -e "$work"/duckdb_cli-*.whl "$work/wheel"
program=$(find "$work/wheel" -type f -name duckdb)
chmod 755 "$program"
"$program" --version
mv "$program" "$path"
