#!/bin/sh
# Changes the code in one place at a time (cargo-mutants), and lists the changes that no test notices.
#
#   tests/mutants.sh PART [ARGUMENT]...     PART is exec, sql, query, relation, model, migrate, generate, derive, a folder
#                                           of one of these, or a source file; arguments go to cargo-mutants
#   tests/mutants.sh model --shard 0/8      an eighth of each folder of a part
#   tests/mutants.sh migrate/ledger
#   tests/mutants.sh schemata-core/src/model/write/on_conflict.rs
#   tests/mutants.sh sample SEED NUMBER     NUMBER changes of all parts but the derive, drawn by SEED; with --list, prints them
#
# Each folder runs the test files that cover it, and the crates' unit tests. The work is done on a copy of the tree, built
# in target/mutants/build (or CARGO_TARGET_DIR). The survivors of all folders end in target/mutants/missed.txt, and each
# folder's whole result in target/mutants/FOLDER/mutants.out. Exit code 2 means that some survived. A mutant of the derive
# that is called unviable has usually been caught: valid models do not compile with it.
# Needs `cargo install cargo-mutants --locked`, and a sample needs python3.
set -eu
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || { sed -n '2,15s/^# \{0,1\}//p' "$0" >&2; exit 2; }
part=$1
shift

writes='rules_and_roads upsert bulk soft_delete validation versions audit patch data indexes write_paths json read_types joined_writes write_expressions'
reads='filters paging aggregates projections relations relations_many relations_nested streaming order joins expressions windows combinations cookbook'

# Prints the test files that cover a folder.
tests_of() {
  case $1 in
    exec/connect) echo pooler_detection pooler time_limits tls standby ;;
    exec/connection) echo session_resets retry statements lost_framing time_limits raw_sql pooler given_up ;;
    exec/pool) echo transactions time_limits given_up standby session_resets errors ;;
    exec/transaction) echo transactions transactions_races savepoints isolation retry deadlocks dropped_futures ;;
    exec/statement) echo statements raw_sql session_resets copied_batches refused_batches lost_framing error_table streaming retry tracing ;;
    exec/handle) echo transactions raw_sql pooler errors standby time_limits isolation ;;
    exec*) echo transactions statements raw_sql streaming bulk isolation errors pooler read_types tracing ;;
    model/batch) echo insert_many bulk batch_order upsert write_paths copied_batches refused_batches rules_and_roads ;;
    model/groups) echo audit soft_delete versions rules_and_roads write_paths ;;
    model/validate) echo validation values rules_and_roads ;;
    model/write | model/request) echo "$writes" retry ;;
    model*) echo "$writes $reads" ;;
    sql/ddl) echo ddl ddl_pieces live_types indexes constraints migrate hazards ;;
    sql/bulk) echo bulk insert_many batch_order upsert write_paths rules_and_roads ;;
    sql*) echo "$writes $reads" live_types raw_sql isolation migrate_fragments hazards modules ;;
    query* | relation*) echo "rules_and_roads $reads read_types json data" ;;
    migrate/apply) echo migrate migrate_outcome commits migrate_mishaps serial migrate_isolation squash_ledger ;;
    migrate/error) echo migrate_refusals migrate_mishaps migrate_outcome migrate commits ;;
    migrate/hazard) echo hazards migrate_steps measure_steps ;;
    migrate/ledger) echo history migrate tenants hazards migrate_refusals squash_ledger migrate_steps ;;
    migrate/migration) echo migrate migrate_fragments ddl ddl_pieces data migrate_isolation migrate_steps ;;
    migrate/plan | migrate/record) echo migrate modules history linked migrate_refusals verify squash ;;
    migrate/session) echo migrate serial migrate_mishaps pooler_detection tenants migrate_outcome ;;
    migrate/squash) echo squash squash_ledger squash_odd verify ;;
    migrate/steps) echo migrate_steps commits generate_busy blockers serial ;;
    migrate*) echo migrate migrate_refusals serial blockers hazards history tenants migrate_isolation squash_ledger verify ;;
    generate/diff) echo generate generate_busy generate_renames unmanaged generate_plain generate_random ;;
    generate/sketch) echo inspect adoption check_by_hand generate_frozen parity ;;
    generate/squash) echo squash_story squash_odd squash ;;
    generate/steps | generate/text) echo generate generate_plain generate_busy generate_renames generate_random inspect ;;
    generate*) echo generate inspect adoption unmanaged check_around squash_story ;;
    prove*) echo check check_around check_by_hand check_notation verify squash measure measure_live measure_steps checked_sql checked_sql_wrong ;;
    schema*) echo derive_metadata derive_types types ddl live_types values rust_types ui "$writes" ;;
    derive*) echo ui ui_writes derive_hygiene derive_metadata derive_types ;;
    *) echo "mutants: no tests are known for '$1'" >&2; return 2 ;;
  esac
}

# Prints the sample as `FOLDER NAME`. A change is known by its file, function and text, not by its line: as long as those are the
# same, so is its place in the draw.
draw() {
  seed=$1 number=$2
  set -- --list --json
  for name in exec sql query relation model migrate generate prove schema; do
    set -- "$@" --file "schemata-core/src/$name.rs" --file "schemata-core/src/$name/**/*.rs"
  done
  cargo mutants "$@" | python3 -c '
import collections, hashlib, json, os, sys
seed, number = sys.argv[1:]
seen, drawn = collections.Counter(), []
for mutant in json.load(sys.stdin):
    key = (mutant["file"], (mutant["function"] or {}).get("function_name"), mutant["genre"], mutant["replacement"])
    seen[key] += 1
    digest = hashlib.sha256(repr((seed, key, seen[key])).encode()).hexdigest()
    drawn.append((digest, os.path.dirname(mutant["file"]).removeprefix("schemata-core/src/"), mutant["name"]))
for _, folder, name in sorted(sorted(drawn)[:int(number)], key=lambda one: one[1:]):
    print(folder, name)
' "$seed" "$number"
}

# Prints the folders of a part, its own files first.
folders_of() {
  case $part in
    *.rs) folder=${part#schemata-*/src/}; echo "$(case $part in schemata-derive/*) echo derive/ ;; esac)$(dirname "$folder")" ;;
    derive) echo derive/check ;;
    *) (cd schemata-core/src && find "$part" -type d | sort) ;;
  esac
}

# Runs the mutants of one folder; cargo-mutants says 2 for survivors, and 3 for mutants that ran out of time.
mutate() {
  folder=$1
  shift
  case $part in
    *.rs) files=$part ;;
    derive) files='schemata-derive/src/check/*.rs' ;;
    *) files="schemata-core/src/$folder/*.rs" ;;
  esac
  # The test package is named to cargo itself: `--test-package` does not reach the run that tries the unchanged code.
  set -- "$@" --cargo-arg=--package=schemata-core --cargo-arg=--package=schemata-derive --cargo-arg=--package=schemata-tests \
    --cargo-arg=--lib
  for test in $(tests_of "$folder"); do
    set -- "$@" --cargo-arg=--test="$test"
  done
  code=0
  mkdir -p "target/mutants/$folder"
  cargo mutants --file "$files" --output "target/mutants/$folder" --sharding round-robin --build-timeout 900 \
    --timeout "${MUTANT_TIMEOUT:-300}" "$@" || code=$?
  [ ! -e "target/mutants/$folder/mutants.out/missed.txt" ] || cat "target/mutants/$folder/mutants.out/missed.txt" >> target/mutants/missed.txt
  case $code in
    0) ;;
    2 | 3) survived=2 ;;
    *) exit "$code" ;;
  esac
}

mkdir -p target/mutants
if [ "$part" = sample ]; then
  draw "$1" "$2" > target/mutants/sample.txt
  [ "${3:-}" != --list ] || { cat target/mutants/sample.txt; exit; }
fi
: > target/mutants/missed.txt
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target/mutants/build}" CARGO_PROFILE_DEV_DEBUG="${CARGO_PROFILE_DEV_DEBUG:-none}"
survived=0
if [ "$part" = sample ]; then
  for folder in $(cut -d ' ' -f 1 target/mutants/sample.txt | uniq); do
    set --
    while read -r home name; do
      [ "$home" != "$folder" ] || set -- "$@" --re "^$(printf %s "$name" | sed 's/[][\.*^$+?(){}|]/\\&/g')\$"
    done < target/mutants/sample.txt
    mutate "$folder" "$@"
  done
  exit $survived
fi
folders=$(folders_of)
[ -n "$folders" ] || exit 2
for folder in $folders; do
  tests_of "$folder" > /dev/null
  mutate "$folder" "$@"
done
exit $survived
