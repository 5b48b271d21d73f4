//! Each fragment of SQL in a model has to be complete in itself: text that continues after its end is refused before
//! anything runs.

use std::cell::Cell;

use schemata::migrate::{MigrateError, Migration, MigrationResult, Migrator};
use schemata::schema::{Check, Column, Index, IndexPart, Table};
use schemata_tests::catalog::{connect, one};
use schemata_tests::{fresh_database, shop};

const ID: Column = Column::of::<i64>("id");

static TYPE: Table = Table::new("t", &[ID.sql_type("bigint); DROP TABLE kept; --")], &["id"]);
static DEFAULT: Table = Table::new("t", &[ID.default_sql("1, z int")], &["id"]);
static GENERATED: Table =
    Table::new("t", &[ID, Column::of::<Option<i64>>("n").generated("id) STORED, z int DEFAULT (1")], &["id"]);
static ON_UPDATE: Table = Table::new("t", &[ID, Column::of::<i64>("n").on_update("1, id = 2")], &["id"]);
static CHECK: Table = Table::new("t", &[ID], &["id"]).checks(&[Check::new("c", "true), z int, CHECK (true")]);
static EXPRESSION: Table = Table::new("t", &[ID], &["id"])
    .indexes(&[Index::new(&[IndexPart::expression("id); DROP TABLE kept; SELECT (1")]).name("i")]);
static OPCLASS: Table = Table::new("t", &[ID], &["id"])
    .indexes(&[
        Index::new(&[IndexPart::column("id").opclass("int8_ops(a = 1)); DROP TABLE kept; SELECT (1")]).name("i")
    ]);
static PREDICATE: Table = Table::new("t", &[ID], &["id"])
    .indexes(&[Index::new(&[IndexPart::column("id")]).predicate("id > 0; DROP TABLE kept")]);

thread_local! {
    static MODEL: Cell<&'static Table> = const { Cell::new(&TYPE) };
}

async fn bootstrap(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap([MODEL.get()]).await
}

#[tokio::test]
async fn a_fragment_that_continues_after_its_end_is_refused_by_its_place() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE kept (id int)").await.expect("creates");
    for (table, words) in [
        (&TYPE, "the sql_type of t.id: `bigint); DROP TABLE kept; --` is not one type"),
        (&DEFAULT, "the default_sql of t.id: `1, z int` is not one expression"),
        (&GENERATED, "the generated of t.n: `id) STORED, z int DEFAULT (1` is not one expression"),
        (&ON_UPDATE, "the on_update of t.n: `1, id = 2` is not one expression"),
        (&CHECK, "check c of t: `true), z int, CHECK (true` is not one expression"),
        (&EXPRESSION, "an index expression of t: `id); DROP TABLE kept; SELECT (1` is not one expression"),
        (&OPCLASS, "an opclass of t: `(a = 1)); DROP TABLE kept; SELECT (1` is not one expression"),
        (&PREDICATE, "the `where` of an index of t: `id > 0; DROP TABLE kept` is not one expression"),
    ] {
        MODEL.set(table);
        let set = shop::set(&[shop::entry("1", |m| Box::pin(bootstrap(m)))]);
        let error = Migrator::new(set).run(database.url()).await.expect_err(words);
        let MigrateError::Record { source, .. } = &error else { panic!("{words}: {error:?}") };
        assert!(source.to_string().starts_with(words), "{source}\nshould begin with: {words}");
        let tables = "SELECT string_agg(relname::text, ' ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
        assert_eq!(one::<String>(&client, tables).await, "kept", "{words}");
    }
}
