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

if [ "${1:-}" = sanitizers ]; then  # for this script alone
  chrt --idle --pid 0 $$ > /dev/null || renice -n 19 $$ > /dev/null || true
  for preset in asan tsan; do
    say "build: $preset"
    cmake --preset $preset > /dev/null
    cmake --build --preset $preset
  done
  for preset in asan tsan; do
    say "tests: $preset"
    ctest --preset $preset -j 2
  done
  say "sanitizers done"
  exit
fi

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

if [ "${1:-}" = quick ]; then
  say "tests: release"
  ctest --preset release -j 2
  say "done"
  exit
fi

# The real processes mostly wait: meanwhile the sanitizers' builds and tests run, in time that nothing
# else wants.
log=$(mktemp)
setsid "$0" sanitizers > "$log" 2>&1 &
sanitizers=$!
trap 'kill -- -$sanitizers 2> /dev/null || true; rm -f "$log"' EXIT

say "tests: release"
ctest --preset release -j 2

say "sanitizers"
wait $sanitizers || { cat "$log" >&2; exit 1; }
grep -E '^== |tests passed' "$log"
say "done"
