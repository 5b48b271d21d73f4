#!/bin/sh
# Fuzzing guided by coverage: libFuzzer on the stable compiler. Building it needs a C++ compiler.
#
#   tests/fuzz.sh [TARGET] [SECONDS]     default: every target (lexer cursor decode url derive), 60 s each
#
# Inputs that reach new code are kept in target/fuzz/corpus. A failing input is written to target/fuzz, and a command that runs it
# again is printed; put it into tests/fuzz/corpus/TARGET, and the everyday tests will run it.
set -eu
cd "$(dirname "$0")/.."
targets=${1:-"lexer cursor decode url derive"}
[ "$targets" = all ] && targets="lexer cursor decode url derive"
seconds=${2:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/fuzz"
# `--target` keeps the instrumentation out of build scripts and macros.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
  -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares" \
  cargo build -q --release --manifest-path tests/fuzz/Cargo.toml --target "$host"
program=$CARGO_TARGET_DIR/$host/release/schemata-fuzz
failed=
for target in $targets; do
  echo "== $target, $seconds s"
  mkdir -p "$CARGO_TARGET_DIR/corpus/$target"
  seeds=tests/fuzz/corpus/$target
  [ "$target" = derive ] && seeds="$seeds tests/tests/ui tests/tests/ui_writes"
  # shellcheck disable=SC2086
  FUZZ_TARGET=$target "$program" -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 -verbosity=0 \
    -print_final_stats=1 -artifact_prefix="$CARGO_TARGET_DIR/$target-" "$CARGO_TARGET_DIR/corpus/$target" $seeds || {
    failed="$failed $target"
    echo "again: FUZZ_TARGET=$target $program FILE"
  }
done
if [ -n "$failed" ]; then
  echo "fuzz: failed:$failed" >&2
  exit 1
fi
