#!/bin/sh
# Kills a program that migrates, up to six times per round at random moments, and compares the ledger with the tables.
#
#   ROUNDS=100 tests/kill-migrations.sh     default: 20 rounds
set -eu
cd "$(dirname "$0")/.."
export ROUNDS="${ROUNDS:-20}"
exec cargo test -q -p schemata-tests --test kill_migrations killed_at_random_moments -- --nocapture
