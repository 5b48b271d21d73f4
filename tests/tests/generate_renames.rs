//! `renamed_from` in every permutation: the generated migration compiles, runs on a database with rows, and every value ends
//! up where the models say. A former name that cannot be right is an error.
//!
//! `SCHEMATA_CASES=all cargo test -p schemata-tests --test generate_renames` tries every permutation; everyday runs try one
//! of each kind.

use std::cell::Cell;
use std::fmt::Write;

use schemata::generate::Draft;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::{Column, ForeignKey, Index, IndexPart, Literal, SqlType, Table, Unique};
use schemata::testing::TestDatabase;
use schemata_tests::catalog::{connect, describe, one};
use schemata_tests::written_migrations::WrittenMigrations;
use schemata_tests::{fresh_database, shop};

#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "parents")]
struct Parent {
    #[column(primary_key)]
    id: i32,
}

fn leak<T>(items: impl IntoIterator<Item = T>) -> &'static [T] {
    items.into_iter().collect::<Vec<_>>().leak()
}

/// Returns all of `all`, or, in everyday runs, only those of `few`.
fn cases(all: Vec<Vec<&'static str>>, few: &[&str]) -> Vec<Vec<&'static str>> {
    let every = std::env::var_os("SCHEMATA_CASES").is_some();
    let chosen: Vec<_> = all.into_iter().filter(|names| every || few.contains(&names.concat().as_str())).collect();
    assert!(every || chosen.len() == few.len(), "{chosen:?}");
    chosen
}

fn permutations(items: &[&'static str]) -> Vec<Vec<&'static str>> {
    let [first, rest @ ..] = items else { return vec![Vec::new()] };
    let places = |one: Vec<&'static str>| {
        (0..=one.len()).map(move |at| [&one[..at], &[*first], &one[at..]].concat()).collect::<Vec<_>>()
    };
    permutations(rest).into_iter().flat_map(places).collect()
}

/// A table of four columns, each with something of its own that follows it: `names[i]` is the name of the i-th, and
/// `former[i]` its former name.
fn things(names: &[&'static str], former: &[&'static str]) -> &'static Table {
    let column = |at: usize, column: Column| {
        if names[at] == former[at] { column } else { column.renamed_from(former[at]) }
    };
    let mut mood = Column::of::<String>(names[3]).default(Literal::Text("sad"));
    mood.sql_type = SqlType::enumeration(None, "mood", &["sad", "happy"]);
    let columns = leak([
        Column::of::<i32>("id"),
        column(0, Column::of::<i32>(names[0]).comment("the first")),
        column(1, Column::of::<i32>(names[1]).serial()),
        column(2, Column::of::<Option<i32>>(names[2])),
        column(3, mood),
    ]);
    let mut table = Table::new("things", columns, &["id"]);
    table.uniques = leak([Unique::new(leak([names[0]]))]);
    table.indexes = leak([1, 3].map(|at| Index::new(leak([IndexPart::column(names[at])]))));
    let parent = || <Parent as TableModel>::TABLE;
    table.foreign_keys = leak([ForeignKey::new(leak([names[2]]), parent, &["id"])]);
    leak([table]).first().expect("one")
}

thread_local! {
    static MODELS: Cell<&'static [&'static Table]> = const { Cell::new(&[]) };
    static TARGET: Cell<Option<&'static Table>> = const { Cell::new(None) };
}

async fn bootstrap(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(MODELS.get().iter().copied()).await
}

const START: MigrationEntry = shop::entry("0001_start", |m| Box::pin(bootstrap(m)));

/// Makes a database with the tables of `models`, and without a ledger, since the program that continues is another one.
async fn database(models: &[&'static Table], rows: &str) -> TestDatabase {
    let database = fresh_database().await;
    MODELS.set(leak(models.iter().copied()));
    Migrator::new(shop::set(&[START])).run(database.url()).await.expect("creates the tables");
    let sql = format!("DROP TABLE schemata_migrations; {rows}");
    connect(database.url()).await.batch_execute(&sql).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"));
    database
}

/// Returns the migration from `before`, which must have no undecided steps.
async fn draft(
    database: &TestDatabase,
    before: &[&'static Table],
    after: &[&'static Table],
    name: &str,
) -> Option<Draft> {
    MODELS.set(leak(before.iter().copied()));
    let draft = Migrator::new(shop::set(&[START])).draft(database.url(), after, name).await.expect("drafts")?;
    assert_eq!((&draft.undecided, &draft.left), (&Vec::new(), &Vec::new()), "{}", draft.source);
    for lost in ["drop_", "add_constraint", "create_index"] {
        assert!(!draft.source.contains(lost), "everything is renamed, nothing made anew:\n{}", draft.source);
    }
    Some(draft)
}

/// Compiles the drafts into one program, and runs each on its database.
fn run(project: &str, drafts: &[(&TestDatabase, &Draft)]) {
    let mut migrations = WrittenMigrations::create(project);
    for (database, draft) in drafts {
        migrations.add(&draft.id, &draft.source, database.url());
    }
    migrations.apply();
}

/// Checks that the tables are what `models` would make on an empty database.
async fn agrees(database: &TestDatabase, models: &[&'static Table], what: &str) {
    let goal = self::database(models, "").await;
    let (found, expected) = (connect(database.url()).await, connect(goal.url()).await);
    let sequences = |lines: std::collections::BTreeSet<String>| -> Vec<String> {
        // A sequence keeps its original name.
        lines.into_iter().map(|line| line.split(" DEFAULT nextval").next().unwrap_or_default().to_owned()).collect()
    };
    let (found, expected) = (describe(&found, "public").await, describe(&expected, "public").await);
    assert_eq!(sequences(found), sequences(expected), "{what}");
}

#[tokio::test]
async fn four_columns_change_names_in_every_way() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let before = [<Parent as TableModel>::TABLE, things(&NAMES, &NAMES)];
    let rows = "INSERT INTO parents VALUES (30); INSERT INTO things VALUES (1, 10, 20, 30, 'happy')";
    // All 24 permutations of the four names; then chains that end at a new name, with and without another new column.
    let mut all = permutations(&NAMES);
    all.extend([vec!["b", "c", "d", "e"], vec!["b", "c", "e", "d"], vec!["b", "e", "c", "d"]]);
    assert_eq!(all.len(), 24 + 3);
    // Nothing, a swap, two swaps, a circle of three, one of four, a chain.
    let cases = cases(all, &["abcd", "bacd", "badc", "bcad", "bcda", "bcde"]);
    let (mut made, count) = (Vec::new(), cases.len());
    for names in cases {
        let (name, models) = (names.concat(), [before[0], things(&names, &NAMES)]);
        let database = self::database(&before, rows).await;
        match draft(&database, &before, &models, &name).await {
            Some(draft) => made.push((database, draft, models, names)),
            None => assert_eq!(names, NAMES, "only what stays needs no migration"),
        }
    }
    assert_eq!(made.len(), count - 1);
    run("renames_columns", &made.iter().map(|(database, draft, ..)| (database, draft)).collect::<Vec<_>>());
    for (database, draft, models, names) in &made {
        let sql = format!("SELECT concat_ws(' ', {}) FROM things", names.join(", "));
        let values: String = one(&connect(database.url()).await, &sql).await;
        assert_eq!(values, "10 20 30 happy", "{names:?}\n{}", draft.source);
        agrees(database, models, &draft.source).await;
    }
}

/// A table that numbers its rows; the first one references the second.
fn tables(names: &[&'static str], former: &[&'static str]) -> [&'static Table; 3] {
    let one = |at: usize| {
        let columns =
            leak([Column::of::<i32>("id").serial(), Column::of::<i32>("n"), Column::of::<Option<i32>>("other")]);
        let mut table = Table::new(names[at], columns, &["id"]);
        table.uniques = leak([Unique::new(&["n"])]);
        table.indexes = leak([Index::new(leak([IndexPart::column("other")]))]);
        if names[at] != former[at] {
            table.renamed_from = Some(former[at]);
        }
        table
    };
    let second = leak([one(1)]).first().expect("one");
    TARGET.set(Some(second));
    let mut first = one(0);
    first.foreign_keys = leak([ForeignKey::new(&["other"], || TARGET.get().expect("set"), &["id"])]);
    [leak([first]).first().expect("one"), second, leak([one(2)]).first().expect("one")]
}

#[tokio::test]
async fn three_tables_change_names_in_every_way() {
    const NAMES: [&str; 3] = ["x", "y", "z"];
    let mut all = permutations(&NAMES);
    all.push(vec!["y", "z", "w"]);
    // A swap, a circle, a chain.
    let cases = cases(all, &["yxz", "yzx", "yzw"]);
    let (mut made, count) = (Vec::new(), cases.iter().filter(|names| **names != NAMES).count());
    for names in cases {
        let before = tables(&NAMES, &NAMES);
        let rows = "INSERT INTO y (n) VALUES (2); INSERT INTO x (n, other) VALUES (1, 1); INSERT INTO z (n) VALUES (3)";
        let database = self::database(&before, rows).await;
        // The replay creates the former tables; the models are built as they are now.
        let after = tables(&names, &NAMES);
        let mut first = *before[0];
        first.foreign_keys = leak([ForeignKey::new(&["other"], former_target, &["id"])]);
        FORMER.set(Some(before[1]));
        let before = [leak([first]).first().expect("one"), before[1], before[2]];
        match draft(&database, &before, &after, &format!("tables_{}", names.concat())).await {
            Some(draft) => made.push((database, draft, names)),
            None => assert_eq!(names, NAMES),
        }
    }
    assert_eq!(made.len(), count);
    run("renames_tables", &made.iter().map(|(database, draft, _)| (database, draft)).collect::<Vec<_>>());
    for (database, draft, names) in &made {
        let client = connect(database.url()).await;
        let mut found = String::new();
        for name in names {
            let n: i32 = one(&client, &format!("SELECT n FROM {name}")).await;
            let _ = write!(found, "{n}");
        }
        assert_eq!(found, "123", "{names:?}\n{}", draft.source);
        agrees(database, &tables(names, &NAMES), &draft.source).await;
        let next: i32 = one(&client, &format!("INSERT INTO {} (n) VALUES (9) RETURNING id", names[2])).await;
        assert_eq!(next, 2, "its numbers go on");
    }
}

thread_local! {
    static FORMER: Cell<Option<&'static Table>> = const { Cell::new(None) };
}

fn former_target() -> &'static Table {
    FORMER.get().expect("set")
}

async fn swap(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("things").rename_column("a", "aside").rename_column("b", "a").rename_column("aside", "b").await?;
    m.execute("ALTER INDEX things_a_key RENAME TO things_b_key").await?;
    m.execute("ALTER INDEX things_b_idx RENAME TO things_a_idx").await
}

/// The models still say what was renamed, and both names exist: only the history shows that the rename was made.
#[tokio::test]
async fn a_swap_that_is_made_is_not_made_again() {
    let (before, after) =
        (things(&["a", "b", "c", "d"], &["a", "b", "c", "d"]), things(&["b", "a", "c", "d"], &["a", "b", "c", "d"]));
    let parent = <Parent as TableModel>::TABLE;
    MODELS.set(leak([parent, before]));
    let database = fresh_database().await;
    let swapped = shop::set(&[START, shop::entry("0002_swap", |m| Box::pin(swap(m)))]);
    let again = Migrator::new(swapped).draft(database.url(), &[parent, after], "again").await.expect("drafts");
    assert!(again.is_none(), "{}", again.expect("some").source);
}

/// Returns the squash of migrations that rename the columns of `things`, or the tables, by these steps.
async fn squashed(models: &[&'static Table], renames: MigrationEntry) -> String {
    MODELS.set(leak(models.iter().copied()));
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[START, renames]));
    migrator.squash(database.url(), "squashed", None).await.expect("squashes").source
}

async fn rename_columns(m: &mut Migration<'_>) -> MigrationResult {
    let step = m.alter_table("things").rename_column("a", "aside").rename_column("b", "a").rename_column("c", "b");
    step.rename_column("aside", "c").rename_column("d", "e").await
}

async fn rename_tables(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("x").rename_to("aside").await?;
    m.alter_table("y").rename_to("x").await?;
    m.alter_table("aside").rename_to("y").await
}

#[tokio::test]
async fn a_squash_states_the_names_that_were_exchanged() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let models = [<Parent as TableModel>::TABLE, things(&NAMES, &NAMES)];
    let columns = shop::entry("0002_renames", |m| Box::pin(rename_columns(m)));
    let source = squashed(&models, columns).await;
    for call in [
        "m.column_was(\"things\", \"a\", \"b\");",
        "m.column_was(\"things\", \"b\", \"c\");",
        "m.column_was(\"things\", \"c\", \"a\");",
    ] {
        assert!(source.contains(call), "{call} is not in\n{source}");
    }
    // No other column is called `d`, so that nothing has to be stated; nor does a temporary name count.
    assert_eq!((source.matches("column_was").count(), source.matches("table_was").count()), (3, 0), "{source}");

    let tables = shop::entry("0002_renames", |m| Box::pin(rename_tables(m)));
    let source = squashed(&self::tables(&["x", "y", "z"], &["x", "y", "z"]), tables).await;
    assert!(source.contains("m.table_was(\"x\", \"y\");\n    m.table_was(\"y\", \"x\");\n"), "{source}");
    assert_eq!((source.matches("column_was").count(), source.matches("table_was").count()), (0, 2), "{source}");
}

thread_local! {
    /// The calls of a squash: the table, the column if any, and the former name.
    static STATED: Cell<&'static [(&'static str, Option<&'static str>, &'static str)]> = const { Cell::new(&[]) };
}

async fn start_as_squash(m: &mut Migration<'_>) -> MigrationResult {
    for (table, column, old) in STATED.get() {
        match column {
            Some(column) => m.column_was(table, column, old),
            None => m.table_was(table, old),
        }
    }
    bootstrap(m).await
}

/// Drafts from a squash that created `now` and states these former names.
async fn after_squash(
    stated: impl IntoIterator<Item = (&'static str, Option<&'static str>, &'static str)>,
    (now, models): (&[&'static Table], &[&'static Table]),
) -> Option<Draft> {
    MODELS.set(leak(now.iter().copied()));
    STATED.set(leak(stated));
    let squash = shop::entry("0002_squashed", |m| Box::pin(start_as_squash(m)));
    let database = fresh_database().await;
    Migrator::new(shop::set(&[squash])).draft(database.url(), models, "next").await.expect("drafts")
}

/// Every permutation is generated once, whether it came before a squash or comes after one.
#[tokio::test]
async fn renames_before_a_squash_are_not_made_again_and_those_after_it_are() {
    const NAMES: [&str; 4] = ["a", "b", "c", "d"];
    let parent = <Parent as TableModel>::TABLE;
    let chosen = cases(permutations(&NAMES), &["bacd", "badc", "bcad", "bcda"]);
    for names in chosen.into_iter().filter(|names| **names != NAMES) {
        let models = [parent, things(&names, &NAMES)];
        let pairs = || names.iter().zip(NAMES).filter(|(name, old)| *name != old);
        let stated = pairs().map(|(name, old)| ("things", Some(*name), old));
        let again = after_squash(stated, (&models, &models)).await;
        assert!(again.is_none(), "{names:?}: {}", again.expect("some").source);
        let new = after_squash([], (&[parent, things(&NAMES, &NAMES)], &models)).await.expect("renames");
        assert!(new.source.matches("rename_column").count() > pairs().count(), "{}", new.source);
        assert!(new.undecided.is_empty(), "{}", new.source);
    }
    let models = tables(&["y", "x", "z"], &["x", "y", "z"]);
    let again = after_squash([("x", None, "y"), ("y", None, "x")], (&models, &models)).await;
    assert!(again.is_none(), "{}", again.expect("some").source);
}

async fn says(before: &'static Table, after: &'static Table) -> String {
    MODELS.set(leak([<Parent as TableModel>::TABLE, before]));
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[START]));
    let drafted = migrator.draft(database.url(), &[<Parent as TableModel>::TABLE, after], "wrong").await;
    drafted.expect_err("a wrong name").to_string()
}

#[tokio::test]
async fn an_impossible_former_name_is_reported() {
    let before = things(&["a", "b", "c", "d"], &["a", "b", "c", "d"]);
    assert_eq!(
        says(before, things(&["amount", "b", "c", "d"], &["aa", "b", "c", "d"])).await,
        "things.amount says `renamed_from = \"aa\"`: the migrations have no column of either name (they have a, b, c, d, id): \
         correct it, or remove it from a new column"
    );
    let mut other = *before;
    (other.name, other.renamed_from) = ("stuff", Some("thing"));
    assert_eq!(
        says(before, leak([other]).first().expect("one")).await,
        "stuff says `renamed_from = \"thing\"`: the migrations have no table of either name (they have parents, things): \
         correct it, or remove it from a new table"
    );
    // The existing column keeps its name, so no other column can take it.
    let mut columns = before.columns.to_vec();
    columns[1] = columns[1].renamed_from("b");
    columns.remove(2);
    let mut other = *before;
    other.columns = leak(columns);
    other.indexes = &[];
    let told = says(before, leak([other]).first().expect("one")).await;
    assert!(told.starts_with("things.a says `renamed_from = \"b\"`: the migrations have both columns"), "{told}");
}
