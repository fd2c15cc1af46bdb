#!/usr/bin/env bash
# Installs axe-core, which finds faults of accessibility in a page, into bin/ for the tests of the HTML report.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.14.1
# The bytes of dist.integrity of https://registry.npmjs.org/axe-core/4.14.1, in hexadecimal.
sha512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
script=bin/axe-core-$version.js

if [[ -e $script ]]; then
  exit 0
fi
mkdir -p bin
folder=$(mktemp -d bin/axe-core-XXXXXX)
trap 'rm -rf "$folder"' EXIT
curl --fail --silent --show-error --location --retry 3 --output "$folder/package.tgz" \
  "https://registry.npmjs.org/axe-core/-/axe-core-$version.tgz"
echo "$sha512  $folder/package.tgz" | sha512sum --check --quiet
tar -xzf "$folder/package.tgz" -C "$folder" package/axe.min.js
mv "$folder/package/axe.min.js" "$script"
