#!/bin/sh
# Kills users of a private server at many moments, and checks that nothing is left.
#
#   tests/kill-loop.sh [ROUNDS]     default: 20 rounds of each kind
#
# One line per round; exit 1 if a process, a folder or a /dev/shm segment was left 5 s later.
# Run it with no other PostgreSQL starting or stopping on the machine: their segments would be counted.
set -u
cd "$(dirname "$0")/.."
rounds=${1:-20}
cargo build -q -p schemata-tests --bins || exit 1
probe=${CARGO_TARGET_DIR:-target}/debug/private_server_probe
box=/var/tmp/schemata-kill-loop-$$
mkdir "$box" && chmod 755 "$box" || exit 1
trap 'rm -rf "$box"' EXIT
export SCHEMATA_PG_DIR="$box" SCHEMATA_PG_GRACE=0

left() {
  ps -e -ww -o stat=,args= | grep -F -- "$box" | grep -v -e '^Z' -e grep
  find "$box" -maxdepth 3 -name 'g*-*'
  ls /dev/shm | grep '^PostgreSQL' | grep -vxF "$before"
}

bad=0 round=0
while [ $round -lt "$rounds" ]; do
  for kind in ephemeral persistent; do
    before=$(ls /dev/shm | grep '^PostgreSQL'; echo none)
    # A fresh persistent server in every other round: initdb is then killed, too.
    [ $((round % 2)) = 0 ] && rm -rf "$box/probe-app"
    delay=$(awk -v r=$round 'BEGIN { srand(r * 7919); printf "%.3f", rand() * 0.9 }')
    sleep 15 | "$probe" $kind >/dev/null 2>&1 &
    sleep "$delay"
    pid=$(ps -e -o pid=,args= | awk -v p="$probe" '$2 == p { print $1 }')
    [ -n "$pid" ] && kill -9 $pid
    waited=0
    while [ -n "$(left)" ] && [ $waited -lt 50 ]; do
      sleep 0.1
      waited=$((waited + 1))
    done
    if [ -n "$(left)" ]; then
      bad=$((bad + 1))
      echo "round $round: $kind killed after $delay s: LEFT"
      left
    else
      echo "round $round: $kind killed after $delay s: gone after $((waited * 100)) ms"
    fi
  done
  round=$((round + 1))
done
echo "kill-loop: $((rounds * 2)) kills, $bad left something"
[ $bad = 0 ]
