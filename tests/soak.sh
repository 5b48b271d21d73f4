#!/bin/sh
# The order service under load with a fault per second, on a server of its own that is restarted half-way.
#
#   tests/soak.sh [MINUTES]     default: 20
set -eu
cd "$(dirname "$0")/.."
export SOAK_SECONDS=$((${1:-20} * 60))
exec cargo test -q -p schemata-tests --test soak nothing_is_lost -- --nocapture
