#!/usr/bin/env bash
# From a clone to a result: installs what Muster needs (Debian 12's packages), builds it, starts an nginx on
# a free port of loopback, aims Muster at it, first with the embedded worker, then as a master with two
# workers, and cleans up. Everything it starts ends with it.
set -euo pipefail
cd "$(dirname "$0")/.."

./deploy/install-dependencies.sh
cmake --preset release > /dev/null
cmake --build --preset release --target muster muster-worker

muster=$PWD/build/release/master/muster
worker=$PWD/build/release/worker/muster-worker
folder=$(mktemp -d)
pids=()
clean_up() {
  for pid in "${pids[@]}"; do kill "$pid" 2> /dev/null || true; done
  wait 2> /dev/null || true
  rm -rf "$folder"
}
trap clean_up EXIT

# A port that is free now: nginx says at once when somebody took it in between, and another is tried.
start_nginx() {
  port=$((20000 + RANDOM % 10000))
  cat > "$folder/nginx.conf" <<CONF
daemon off; pid $folder/pid; error_log $folder/error.log; worker_processes 1;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path $folder/body; proxy_temp_path $folder/proxy; fastcgi_temp_path $folder/fcgi;
  uwsgi_temp_path $folder/uwsgi; scgi_temp_path $folder/scgi;
  server { listen 127.0.0.1:$port backlog=4096; location / { return 200 "hello world"; } }
}
CONF
  /usr/sbin/nginx -c "$folder/nginx.conf" -e "$folder/error.log" &
  pids=($!)
  for _ in $(seq 50); do
    curl -fsS -o "$folder/answer" "http://127.0.0.1:$port/" 2> /dev/null && return 0
    kill -0 "${pids[0]}" 2> /dev/null || return 1
    sleep 0.1
  done
  return 1
}
start_nginx || start_nginx || start_nginx || { cat "$folder/error.log" >&2; exit 1; }
target=http://127.0.0.1:$port/

printf '\n$ muster run %s --rate 2000 --duration 5s\n\n' "$target"
"$muster" run "$target" --rate 2000 --duration 5s

printf '\n$ muster run %s --rate 2000 --duration 5s --listen 127.0.0.1:0 --workers 2\n' "$target"
printf '$ muster-worker --master 127.0.0.1:PORT --name left\n'
printf '$ muster-worker --master 127.0.0.1:PORT --name right\n\n'
"$muster" run "$target" --rate 2000 --duration 5s --listen 127.0.0.1:0 --workers 2 \
  2> "$folder/master.log" &
master_pid=$!
pids+=("$master_pid")
for _ in $(seq 100); do
  control=$(sed -n 's/.*listening on \(127\.0\.0\.1:[0-9]*\).*/\1/p' "$folder/master.log" | head -n 1)
  [ -z "$control" ] || break
  sleep 0.1
done
for name in left right; do
  "$worker" --master "$control" --name "$name" 2>> "$folder/$name.log" &
  pids+=($!)
done
status=0
wait "$master_pid" || status=$?
[ "$status" = 0 ] || cat "$folder"/*.log >&2

printf '\nThe programs are build/release/master/muster and build/release/worker/muster-worker;\n'
printf '"cmake --install build/release" installs both. Next: README.md.\n'
exit "$status"
