#!/bin/sh
# Changes the code in one place at a time (cargo-mutants), and lists the changes that no test notices.
#
#   tests/mutants.sh PART [ARGUMENT]...     PART is exec, sql, query, relation, model, migrate, generate, derive,
#                                           or a source file; arguments go to cargo-mutants
#   tests/mutants.sh model --shard 0/8      an eighth of a part
#   tests/mutants.sh schemata-core/src/model/write/on_conflict.rs -j 2
#
# Each part runs the test files that cover it, and the crate's unit tests. It works on a copy of the tree, and leaves
# the list of survivors in target/mutants/PART/mutants.out/missed.txt. Exit code 2 means that some survived.
# Needs `cargo install cargo-mutants --locked`.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
part=$1
shift
case $part in
  *.rs) glob=$part; area=${part#schemata-*/src/}; area=${area%%/*}; [ "${part#schemata-derive}" = "$part" ] || area=derive ;;
  derive) glob='schemata-derive/src/check/*.rs'; area=derive ;;
  *) glob="schemata-core/src/$part/**/*.rs"; area=$part ;;
esac

writes='rules_and_roads upsert bulk soft_delete validation versions audit patch data indexes write_paths json read_types'
reads='filters paging aggregates projections relations streaming order'
case $area in
  model) tests="$writes $reads" ;;
  sql) tests="$writes $reads ddl live_types raw_sql isolation migrate hazards modules" ;;
  query | relation) tests="rules_and_roads $reads read_types json data" ;;
  exec) tests='transactions transactions_races savepoints isolation statements streaming errors retry pooler tls raw_sql read_types deadlocks bulk audit tracing' ;;
  migrate) tests='migrate migrate_isolation migrate_mishaps migrate_refusals migrate_steps commits history hazards blockers modules linked squash squash_ledger squash_odd serial tenants verify' ;;
  generate) tests='generate generate_busy generate_frozen generate_plain generate_random inspect adoption squash_story' ;;
  derive) tests='ui ui_writes derive_hygiene derive_metadata derive_types' ;;
  *) echo "mutants: no tests are known for '$area'" >&2; exit 2 ;;
esac
set -- "$@" --cargo-test-arg=--lib
for test in $tests; do
  set -- "$@" --cargo-test-arg=--test="$test"
done

exec cargo mutants --file "$glob" --output "target/mutants/$area" --test-package schemata-core,schemata-derive,schemata-tests \
  --build-timeout 900 --timeout "${MUTANT_TIMEOUT:-600}" "$@"
