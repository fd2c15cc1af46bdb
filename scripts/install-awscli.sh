#!/usr/bin/env bash
# Makes PATH the AWS CLI: a link to the one that is installed if that can verify digests as it is needed, else to one from
# PyPI in a folder beside it. Debian's is too old: it knows no backfill digests, and cannot be told where S3 is.
#
#   install-awscli.sh VERSION PATH
set -euo pipefail

version=$1
path=$2

mkdir -p "${path%/*}"
installed=$(type -P aws || true)
if [[ -n $installed && $("$installed" --version 2>&1) =~ ^aws-cli/(1\.(4[5-9]|[5-9][0-9])|2\.(3[4-9]|[4-9][0-9]))\. ]]; then
  ln -sf "$installed" "$path"
  exit 0
fi
if ! python3 -c 'import venv, ensurepip' >/dev/null 2>&1; then
  "${BASH_SOURCE%/*}/install-packages.sh" no-such-command=python3-venv
fi
echo "installing awscli $version from PyPI"
python3 -m venv "$path-$version"
"$path-$version/bin/pip" install --quiet --disable-pip-version-check "awscli==$version"
ln -sf "$(basename "$path")-$version/bin/aws" "$path"
