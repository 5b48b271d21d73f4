//! A fragment of SQL given to a helper cannot end the statement that it becomes part of, and the message after a
//! failure says what happened.

use schemata::migrate::{MigrateError, Migration, MigrationEntry, MigrationResult, Migrator};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

/// Makes a migration of one call.
macro_rules! call {
    ($($call:tt)*) => {
        entry("2", |m| Box::pin(async move { m.$($call)*.await }))
    };
}

async fn kept(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE kept (id int)").await
}

const BASE: MigrationEntry = entry("1", |m| Box::pin(kept(m)));

/// Each call with text that continues after its fragment, and the message of the refusal.
fn escapes() -> Vec<(MigrationEntry, &'static str)> {
    vec![
        (
            call!(alter_table("t").add_column("z", "int; COMMIT; DROP TABLE kept; BEGIN")),
            "`int; COMMIT; DROP TABLE kept; BEGIN` is not one column definition: it has a `;`",
        ),
        (call!(alter_table("t").add_column("z", "int, DROP COLUMN n")), "a `,` outside parentheses begins another one"),
        (call!(alter_table("t").add_column("z", "int DEFAULT 'x")), "a string in it does not end"),
        (call!(alter_table("t").add_column("z", "int /* x")), "a comment in it does not end"),
        (call!(alter_table("t").add_column("z", "text DEFAULT $a$ x")), "a string in it does not end"),
        (call!(alter_table("t").add_column("z", "int CHECK (z > 0")), "a `(` in it is not closed"),
        (call!(alter_table("t").add_column("z", "  -- nothing")), "it is empty"),
        (call!(alter_table("t").set_default("n", "0); DROP TABLE kept; SELECT (1")), "a `)` in it closes nothing"),
        (call!(alter_table("t").set_default("n", "0, DROP COLUMN id")), "is not one expression"),
        (call!(alter_table("t").set_type("n", "int, DROP COLUMN id")), "is not one type"),
        (
            call!(alter_table("t").set_type("n", "bigint USING 1")),
            "`USING` begins another clause; write `set_type_using`",
        ),
        (call!(alter_table("t").set_type_using("n", "bigint; DROP TABLE kept", "n")), "is not one type"),
        (call!(alter_table("t").set_type_using("n", "bigint", "n, DROP COLUMN id")), "is not one expression"),
        (call!(alter_table("t").add_constraint("c", "CHECK (n > 0), DROP COLUMN id")), "is not one constraint"),
        (call!(create_index("i", "t (n); DROP TABLE kept")), "is not one table with the columns of an index"),
        (call!(create_index("i", "t (n); DROP TABLE kept").concurrently()), "it has a `;`"),
        (call!(backfill("t").set("n = 1; DROP TABLE kept")), "is not one SET list"),
        (call!(backfill("t").set("n = 1 WHERE id = 2")), "`WHERE` begins another clause; write `filter`"),
        (call!(backfill("t").set("n = $1")), "`$1` is a parameter, but nothing is bound here"),
        (call!(backfill("t").set("n = 1").filter("true) OR (true")), "a `)` in it closes nothing"),
    ]
}

#[tokio::test]
async fn a_fragment_that_continues_after_its_end_is_refused_before_anything_runs() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[BASE])).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    for (escape, words) in escapes() {
        let error = Migrator::new(shop::set(&[BASE, escape])).run(database.url()).await.expect_err(words);
        let MigrateError::Record { source, .. } = &error else { panic!("{words}: {error:?}") };
        assert!(source.to_string().contains(words), "{source}\nshould say: {words}");
        let row = client
            .query_one("SELECT to_regclass('kept') IS NOT NULL, count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0", &[])
            .await
            .expect("one row");
        assert_eq!((row.get::<_, bool>(0), row.get::<_, i64>(1)), (true, 2), "{words}");
    }
}

async fn commented(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("t")
        .add_column("a", "int DEFAULT 1 -- one")
        .add_column("b", "text DEFAULT 'x;y,z' /* ; */")
        .add_column("c", "numeric(12, 2) CHECK (c > 0 AND c <> ALL (ARRAY[1, 2]))")
        .add_column("d", "text DEFAULT $$a;b$$")
        .set_type_using("n", "bigint -- wide", "n::bigint -- as it is")
        .await?;
    m.create_index("t_n", "t (n, id) WHERE n > 0 -- some").await?;
    m.backfill("t").set("n = coalesce(n, 0) -- none").filter("n IS NULL -- those").await
}

#[tokio::test]
async fn comments_and_quoted_punctuation_are_part_of_a_fragment() {
    let database = fresh_database().await;
    let second = entry("2", |m| Box::pin(commented(m)));
    Migrator::new(shop::set(&[BASE, second])).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    let columns = client
        .query_one("SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0", &[])
        .await
        .expect("one row");
    assert_eq!(columns.get::<_, Vec<String>>(0), ["id", "n", "a", "b", "c", "d"]);
}
