#!/usr/bin/env bash
# Installs what the tests need, builds, and runs all tests: the release build's (units, properties,
# simulation, real processes, namespaces), then all but the real processes under the address and
# undefined-behaviour sanitizers, and those with threads, gRPC's left out, under the thread sanitizer.
# As root it also runs the tests that need network namespaces.
#
#   deploy/test.sh          everything, under 25 minutes on 2 cores
#   deploy/test.sh quick    the release build's tests alone
#   deploy/test.sh tidy     clang-tidy alone, 3 minutes more: worth it before a release
set -euo pipefail
cd "$(dirname "$0")/.."
started=$SECONDS
say() { printf '\n== %s (%d s)\n' "$*" "$((SECONDS - started))"; }

say "dependencies"
./deploy/install-dependencies.sh test
(cd tests/conformance/hdr_histogram && npm ci --no-audit --no-fund --silent)

if [ "${1:-}" = tidy ]; then
  say "clang-tidy"
  command -v clang-tidy-14 > /dev/null || { echo "wants Debian's package clang-tidy-14" >&2; exit 1; }
  cmake --preset asan > /dev/null
  cmake --build build/asan --target muster_grpc muster_proto
  git ls-files 'common/*.cc' 'master/*.cc' 'worker/*.cc' |
    xargs -P "$(nproc)" -n 1 clang-tidy-14 --quiet -p build/asan
  exit
fi

say "build: release"
cmake --preset release > /dev/null
cmake --build --preset release

say "tests: release"
ctest --preset release -j 2

if [ "${1:-}" != quick ]; then
  say "build and test: address and undefined-behaviour sanitizers"
  cmake --preset asan > /dev/null
  cmake --build --preset asan
  ctest --preset asan -j 2

  say "build and test: thread sanitizer"
  cmake --preset tsan > /dev/null
  cmake --build --preset tsan
  ctest --preset tsan -j 2
fi
say "done"
