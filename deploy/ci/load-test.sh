#!/bin/sh
# One load test as a step of a CI job: starts the service under test, waits until it answers, runs Muster, stops
# the service in every case, says what the exit code means and exits with it. docs/ci.md has the recipes.
#
#   MUSTER_PLAN       a plan file or a URL
#   MUSTER_FLAGS      further flags of muster run, separated by spaces, as --rate 200 --duration 10s
#   MUSTER_SERVICE    command that runs the service in the foreground; empty: it runs elsewhere
#   MUSTER_READY_URL  answers, by a status below 400, once the service is ready; empty: nothing is waited for
#   MUSTER_READY_FOR  seconds that this may take; default 60
#   MUSTER_RESULTS    folder of the results; default muster-results
#   MUSTER_PREFIX     where install.sh has put Muster; default .muster
#
#   load-test.sh --explain CODE   prints what an exit code means
set -eu

explain() {
  case "$1" in
    0) echo "passed: the whole load was delivered and every threshold held" ;;
    1) echo "the service failed: a threshold does not hold, or nothing was answered. Look at report.html" ;;
    2) echo "wrong plan or usage, nothing was sent. Correct what the message names; running it again changes nothing" ;;
    3) echo "incomplete: a worker or part of the load was lost. No verdict on the service: run it again" ;;
    4) echo "limited by the load generator. No verdict on the service: run it again on a quieter or larger runner" ;;
    5) echo "interrupted: the job was cancelled or its time was over. The results reach up to then" ;;
    70) echo "a fault of Muster's own. Please report it, with result.json" ;;
    *) echo "not one of Muster's own exit codes: it was killed, or could not be started" ;;
  esac
}
if [ "${1:-}" = --explain ]; then
  explain "${2:-}"
  exit
fi

results=${MUSTER_RESULTS:-muster-results}
ready_for=${MUSTER_READY_FOR:-60}
PATH="$(pwd)/.muster/bin:$PATH"
[ -z "${MUSTER_PREFIX:-}" ] || PATH="$MUSTER_PREFIX/bin:$PATH"
service=""  # process, and group, of the service
muster=""
stopping=no

say() { echo "load-test: $*" >&2; }

# Some process of the service's group is there. One that has ended and that nobody has waited for does not count:
# in a container often nobody ever does.
running() {
  cat /proc/[0-9]*/stat 2> /dev/null |
    awk -v group="$service" '{ sub(/^.*\) /, ""); if ($3 == group && $1 != "Z") found = 1 } END { exit !found }'
}

# The service and all that it has started get 10 s to end.
stop_service() {
  [ -n "$service" ] || return 0
  kill -TERM "-$service" 2> /dev/null || true
  tenths=0
  while running && [ "$tenths" -lt 100 ]; do
    sleep 0.1
    tenths=$((tenths + 1))
  done
  kill -KILL "-$service" 2> /dev/null || true
  wait "$service" 2> /dev/null || true
  service=""
}

finish() {
  code=$1
  if [ -n "$service" ] && ! running; then
    say "the service ended by itself:"
    tail -n 20 "$results/service.log" >&2
  fi
  trap '' INT TERM HUP
  stop_service
  say "exit $code: $(explain "$code")"
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'exit-code=%s\nresults=%s\n' "$code" "$results" >> "$GITHUB_OUTPUT"
  fi
  if [ "${GITHUB_ACTIONS:-}" = true ] && [ "$code" != 0 ]; then
    echo "::error title=Load test: exit $code::$(explain "$code")"
  fi
  exit "$code"
}

# shellcheck disable=SC2317  # a trap calls it
on_signal() {
  stopping=yes
  [ -z "$muster" ] || kill -TERM "$muster" 2> /dev/null || true
}
trap on_signal INT TERM HUP

answers() { curl -fsS -o /dev/null --max-time 2 --noproxy '*' "$MUSTER_READY_URL" 2> /dev/null; }

start_service() {
  [ -n "${MUSTER_SERVICE:-}" ] || return 0
  if [ -n "${MUSTER_READY_URL:-}" ] && answers; then
    say "something answers at $MUSTER_READY_URL before the service is started: it would be measured instead"
    finish 2
  fi
  setsid sh -c "$MUSTER_SERVICE" > "$results/service.log" 2>&1 < /dev/null &
  service=$!
}

await_service() {
  [ -n "${MUSTER_READY_URL:-}" ] || return 0
  until=$(($(date +%s) + ready_for))
  until answers; do
    [ "$stopping" = no ] || finish 5
    if [ -n "$service" ] && ! running; then finish 1; fi
    if [ "$(date +%s)" -ge "$until" ]; then
      say "no answer from $MUSTER_READY_URL within $ready_for s"
      [ -z "$service" ] || tail -n 20 "$results/service.log" >&2
      finish 1
    fi
    sleep 0.2
  done
}

run_muster() {
  set -f  # flags are split at spaces and not otherwise expanded
  # shellcheck disable=SC2086
  muster run "$MUSTER_PLAN" ${MUSTER_FLAGS:-} --out json="$results/result.json" \
    --out junit="$results/junit.xml" --out html="$results/report.html" --out markdown="$results/summary.md" \
    --out openmetrics="$results/metrics.txt" &
  muster=$!
  set +f
  # A signal ends the wait, but not Muster: it drains first and writes its report.
  while :; do
    code=0
    wait "$muster" || code=$?
    kill -0 "$muster" 2> /dev/null || break
  done
}

mkdir -p "$results"
rm -f "$results/result.json" "$results/junit.xml" "$results/report.html" "$results/summary.md" \
  "$results/metrics.txt" "$results/service.log"
for tool in muster curl setsid; do
  command -v "$tool" > /dev/null || { say "$tool is missing; install.sh installs it"; finish 2; }
done
[ -n "${MUSTER_PLAN:-}" ] || { say "MUSTER_PLAN names no plan"; finish 2; }
start_service
await_service
[ "$stopping" = no ] || finish 5
run_muster
finish "$code"
