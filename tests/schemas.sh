#!/bin/sh
# Adopts each database of tests/schemas, changes its models ten times at random, and migrates it.
#
#   tests/schemas.sh [SCHEMA]...     default: all
#
# SCHEMATA_PG_BIN chooses the server, and SCHEMATA_SEED the changes. A schema takes about a minute, most of it compiling.
set -eu
cd "$(dirname "$0")/.."
SCHEMAS=$([ $# -gt 0 ] && (IFS=,; echo "$*") || echo all)
export SCHEMAS
exec cargo test -q -p schemata-tests --test schemas -- --nocapture
