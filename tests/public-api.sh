#!/usr/bin/env bash
# Compares the public API of schemata-core, all features included, with docs/public-api.txt.
#
#   tests/public-api.sh            exit code 1 and the difference, if there is one
#   tests/public-api.sh --bless    rewrites the file
#
# rustdoc's JSON has another form in each few versions of Rust. So the toolchain is a fixed one, which rustup installs by itself,
# and it belongs to the version of the crate public-api in tests/public-api/Cargo.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

toolchain=1.95.0
list=docs/public-api.txt
target=${CARGO_TARGET_DIR:-target}

rustup toolchain install "$toolchain" --profile minimal --no-self-update >/dev/null 2>&1 || true
export RUSTUP_TOOLCHAIN=$toolchain
RUSTC_BOOTSTRAP=1 cargo rustdoc --quiet --package schemata-core --all-features --lib --locked --target-dir "$target/public-api" \
  -- -Z unstable-options --output-format json --cap-lints allow
now=$target/public-api/public-api.txt
cargo run --quiet --locked --manifest-path tests/public-api/Cargo.toml --target-dir "$target/public-api" -- \
  "$target/public-api/doc/schemata.json" >"$now"

if [ "${1:-}" = --bless ]; then
  cp "$now" "$list"
elif ! diff --unified=0 "$list" "$now"; then
  echo "The public API has changed. If that is meant: tests/public-api.sh --bless" >&2
  exit 1
fi
