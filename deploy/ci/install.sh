#!/bin/sh
# Puts Muster's programs into PREFIX/bin for a CI job: installs what they need from Debian 12's packages and
# builds the source that this script is part of, unless PREFIX holds that very build already, as from the CI's
# cache. Does nothing where a muster is on the PATH.
#
#   install.sh [PREFIX]   default .muster
#   install.sh --key      prints a checksum of the source, for the key of a cache
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)

key() {
  (cd "$source" && find CMakeLists.txt CMakePresets.json cmake common master proto worker deploy/install-dependencies.sh \
    -type f | LC_ALL=C sort | xargs -d '\n' cat | sha256sum | cut -c 1-16)
}

case "${1:-}" in
  --key) key; exit ;;
  -*) echo "usage: install.sh [PREFIX] | --key" >&2; exit 2 ;;
esac
if command -v muster > /dev/null; then
  echo "muster is there already: $(command -v muster), $(muster --version)"
  exit
fi
mkdir -p "${1:-.muster}"
prefix=$(cd "${1:-.muster}" && pwd)
"$source/deploy/install-dependencies.sh"
key=$(key)
if [ "$(cat "$prefix/key" 2> /dev/null)" = "$key" ] && "$prefix/bin/muster" --version; then
  exit  # of a cache
fi
cd "$source"
cmake --preset release > /dev/null
cmake --build --preset release --target muster muster-worker
cmake --install build/release --prefix "$prefix" --strip > /dev/null
echo "$key" > "$prefix/key"
"$prefix/bin/muster" --version
