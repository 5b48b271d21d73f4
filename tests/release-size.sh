#!/usr/bin/env bash
# Builds the order service in release, for production (without the feature `dev`) and for development, and prints sizes of the
# stripped programs and numbers of linked crates.
#
#   tests/release-size.sh
#
# Exit code 1 if production contains development code, or links more crates than the bounds below.
set -euo pipefail
cd "$(dirname "$0")/.."

package=order-service-example
# Raise a bound only on purpose, with a line in docs/dependencies.md.
most_crates=77
most_crates_tls=93

# One text from each part that production must not contain. Each must be in the development program: a text that is missing there,
# because the code has changed or the compiler has split it, would prove nothing.
development_code=(
  'The watchdog of one server' # embedded/cleanup_watchdog.sh
  'initdb'                     # embedded/initdb.rs
  'www.w3.org/2000/svg'        # picture/svg.rs
  'digraph schema'             # picture/dot.rs
  'use schemata::prelude::*;'  # generate/text/file.rs
)

target=${CARGO_TARGET_DIR:-target}/release-size
export CARGO_PROFILE_RELEASE_STRIP=symbols

# build NAME ARGUMENT...: leaves the program in $target/NAME.
build() {
  cargo build --quiet --release --locked --package $package --target-dir "$target" "${@:2}"
  cp "$target/release/$package" "$target/$1"
}

# crates ARGUMENT...: the crates that a program links, without macros and what only they need.
crates() {
  cargo tree --locked --edges normal,no-proc-macro --prefix none "$@" | cut -d' ' -f1,2 | sort -u
}

count() { crates "$@" | wc -l; }
megabytes() { awk -v bytes="$(wc -c <"$1")" 'BEGIN { printf "%.1f MB", bytes / 1e6 }'; }

build production --no-default-features
build development
lean=$(count --package $package --no-default-features)
lean_tls=$(count --package schemata-core --no-default-features --features derive,cli,uuid,decimal,chrono,json,tls)

printf '%-44s %8s, %s crates\n' \
  'order service, production' "$(megabytes "$target/production")" "$lean" \
  'order service, development' "$(megabytes "$target/development")" "$(count --package $package)"
printf '%-44s %8s  %s crates\n' \
  'library, no features' '' "$(count --package schemata-core --no-default-features)" \
  'library, default features' '' "$lean_tls" \
  'library, all features' '' "$(count --package schemata-core --all-features)"

failed=0
complain() { echo "release-size: $*" >&2; failed=1; }

for text in "${development_code[@]}"; do
  grep -qaF -- "$text" "$target/development" || complain "the development program lacks '$text': name another text of that part"
  ! grep -qaF -- "$text" "$target/production" || complain "the production program contains '$text'"
done
[ "$lean" -le $most_crates ] || complain "production links $lean crates, more than $most_crates"
[ "$lean_tls" -le $most_crates_tls ] || complain "the default features link $lean_tls crates, more than $most_crates_tls"
exit $failed
