//! Measures `check`: `cargo run --release -p schemata-tests --example check_speed`. 100 migrations create 50 tables:
//! the first fifty create one each, the others add a column, an index and a foreign key.

#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::time::Instant;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationEntry, MigrationFn, MigrationResult, MigrationSet, Migrator};
use schemata::schema::{Column, ForeignKey, Index, IndexPart, Table};

const TABLES: usize = 50;
const ROUNDS: usize = 5;

/// Migration number `N`.
async fn nth<const N: usize>(m: &mut Migration<'_>) -> MigrationResult {
    if N < TABLES {
        let columns = "id bigint PRIMARY KEY, name varchar(80) NOT NULL, note text, made timestamptz NOT NULL DEFAULT now(), \
                       worth numeric(12,2) NOT NULL DEFAULT 0";
        m.execute(&format!("CREATE TABLE table_{N} ({columns})")).await?;
        return Ok(());
    }
    let table = N - TABLES;
    m.alter_table(&format!("table_{table}"))
        .add_column("parent_id", "bigint")
        .add_constraint(&format!("table_{table}_parent_id_fkey"), "FOREIGN KEY (parent_id) REFERENCES table_0 (id)")
        .await?;
    m.create_index(&format!("table_{table}_name_idx"), &format!("table_{table} (name)")).await
}

macro_rules! ten {
    ($($tens:literal)*) => {
        [$(ten!(@ $tens 0 1 2 3 4 5 6 7 8 9)),*].concat()
    };
    (@ $tens:literal $($units:literal)*) => {
        [$((|m| Box::pin(nth::<{ $tens * 10 + $units }>(m))) as MigrationFn),*]
    };
}

fn migrator() -> Migrator {
    let functions: Vec<MigrationFn> = ten!(0 1 2 3 4 5 6 7 8 9);
    let entry = |(number, run)| MigrationEntry::new("shop", kept(format!("{number:04}_step")).as_str(), run, "", 0);
    Migrator::new(MigrationSet::new(functions.into_iter().enumerate().map(entry)).expect("distinct ids"))
}

/// Leaked, to live as long as the constants of a derive.
fn kept<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

const fn model(name: &'static str) -> Table {
    let columns = const {
        &[
            Column::of::<i64>("id"),
            Column::of::<String>("name").sql_type("varchar(80)"),
            Column::of::<Option<String>>("note"),
            Column::of::<DateTime<Utc>>("made").default_sql("now()"),
            Column::of::<Decimal>("worth").sql_type("numeric(12,2)").default_sql("0"),
            Column::of::<Option<i64>>("parent_id"),
        ]
    };
    let indexes = const { &[Index::new(const { &[IndexPart::column("name")] })] };
    let foreign_keys = const { &[ForeignKey::new(&["parent_id"], root, &["id"])] };
    Table::new(name, columns, &["id"]).indexes(indexes).foreign_keys(foreign_keys)
}

static ROOT: Table = model("table_0");

fn root() -> &'static Table {
    &ROOT
}

/// The models that the migrations lead to.
fn models() -> Vec<&'static Table> {
    let further = (1..TABLES).map(|number| kept(model(kept(format!("table_{number}")))));
    std::iter::once(root()).chain(further).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (models, migrator) = (models(), migrator());
    let database = schemata_tests::fresh_database().await;
    let started = Instant::now();
    let report = migrator.run(database.url()).await.expect("applies");
    println!("{} migrations applied: {:.2?}", report.applied.len(), started.elapsed());
    for _ in 0..ROUNDS {
        let started = Instant::now();
        let report = migrator.check(database.url(), &models).await.expect("checks");
        let took = started.elapsed();
        println!("check: {took:.2?} ({} and {} differences)", report.models.len(), report.database.len());
    }
}
