#!/bin/sh
# Installs what Muster needs from Debian 12's packages: to build it, or (with "test") to test it too, or (with
# "frameworks") only what deploy/examples/python-frameworks runs.
# Does nothing when everything is there. Uses sudo when not root.
set -eu
packages="g++ cmake ninja-build pkg-config ccache libgrpc++-dev protobuf-compiler-grpc libprotobuf-dev
protobuf-compiler libboost1.81-dev libabsl-dev libre2-dev libc-ares-dev libspdlog-dev libssl-dev
libyaml-cpp-dev libcli11-dev nlohmann-json3-dev zlib1g-dev libsqlite3-dev libnghttp2-dev prometheus-cpp-dev
libjs-dygraphs libgtest-dev libgmock-dev nginx-light openssl curl"
# With --no-install-recommends uvicorn would come without the event loop and the parser that it is run with.
frameworks="python3 python3-ujson python3-aiohttp python3-bottle python3-flask python3-pyramid python3-starlette
uvicorn python3-uvloop python3-httptools python3-tornado python3-django gunicorn"
[ "${1:-}" != frameworks ] || packages=$frameworks
if [ "${1:-}" = test ]; then
  packages="$packages $frameworks clang-14 clang-format-14 libclang-rt-14-dev lld-14 python3 python3-jsonschema
python3-yaml python3-pyte python3-prometheus-client python3-junitparser prometheus chromium fonts-dejavu-core git iproute2
procps nftables
libbenchmark-dev nghttp2-server nghttp2-client"
  # Node.js may be there from elsewhere; Debian's packages would clash with it.
  command -v npm >/dev/null 2>&1 || packages="$packages nodejs npm"
fi
missing=""
for package in $packages; do
  dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
    missing="$missing $package"
done
[ -z "$missing" ] && exit 0
sudo=""
[ "$(id -u)" = 0 ] || sudo=sudo
echo "installing:$missing"
$sudo apt-get update -qq
# The tests start servers of their own: no package may start one.
printf '#!/bin/sh\nexit 101\n' > /tmp/muster-policy.$$
fresh_policy=no
if [ ! -e /usr/sbin/policy-rc.d ]; then
  $sudo install -m 755 /tmp/muster-policy.$$ /usr/sbin/policy-rc.d
  fresh_policy=yes
fi
rm -f /tmp/muster-policy.$$
status=0
# shellcheck disable=SC2086
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing \
  > /tmp/muster-apt.log 2>&1 || status=$?
[ "$fresh_policy" = no ] || $sudo rm -f /usr/sbin/policy-rc.d
[ "$status" = 0 ] || { tail -n 30 /tmp/muster-apt.log >&2; exit "$status"; }
