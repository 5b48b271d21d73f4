//! `sql_migrations!`: the files of other tools as migrations, in one history with those in Rust.

use schemata::__private::SqlFile;
use schemata::migrate::{MigrateError, MigrationEntry, MigrationSet, MigrationState, Migrator};
use schemata_tests::catalog::{connect, one};
use schemata_tests::shop::migrator;
use schemata_tests::{fresh_database, migration};

schemata::sql_migrations!("migration_files/diesel", module = "diesel");
schemata::sql_migrations!("migration_files/sqlx", module = "sqlx");
schemata::sql_migrations!("migration_files/golang", module = "golang");
schemata::sql_migrations!("migration_files/dbmate/", module = "dbmate");
schemata::sql_migrations!("migration_files/refinery", module = "refinery");
schemata::sql_migrations!("migration_files/numbered", module = "shop");
schemata::sql_migrations!("migration_files/dump", module = "dump");

/// The linked migrations of a module.
fn of(module: &str) -> Vec<MigrationEntry> {
    let linked = MigrationSet::linked().expect("valid");
    linked.entries().iter().filter(|entry| entry.module == module).copied().collect()
}

/// A migration of the shop that is a file with this text.
macro_rules! file {
    ($id:literal, $text:expr) => {{
        const FILE: SqlFile = SqlFile::new(concat!("migrations/", $id, ".sql"), $text, true);
        MigrationEntry::of_file("shop", $id, &FILE)
    }};
}

#[tokio::test]
async fn files_of_each_tool_are_migrations() {
    for (module, ids) in [
        (
            "diesel",
            &["00000000000000_diesel_initial_setup", "20240102030405_create_users", "20240203040506_index_users"][..],
        ),
        ("sqlx", &["20240102030405_create_users", "20240203040506_index_users"]),
        ("golang", &["000001_create_users", "000010_add_email"]),
        ("dbmate", &["20240102030405_create_users", "20240203040506_index_users"]),
        ("refinery", &["1_create_users", "1.2_add_email", "1.10_rename_email"]),
        ("dump", &["0001_structure"]),
    ] {
        let database = fresh_database().await;
        let migrator = migrator(&of(module));
        let applied = migrator.run(database.url()).await.unwrap_or_else(|error| panic!("{module}: {error:?}")).applied;
        assert_eq!(applied, ids, "{module}");
        assert!(migrator.run(database.url()).await.expect("up to date").applied.is_empty());
        let report = migrator.check(database.url(), &[]).await.expect("replays");
        assert!(report.pending.is_empty() && report.database.is_empty(), "{module}: {report:?}");
    }
}

#[tokio::test]
async fn statements_that_cannot_share_a_transaction_are_steps() {
    let database = fresh_database().await;
    let all = [of("sqlx"), of("diesel")];
    for (entries, id, steps) in [(&all[0], "20240203040506_index_users", 3), (&all[1], "20240203040506_index_users", 1)]
    {
        let migrator = migrator(entries).schema(schemata::Ident::new(entries[0].module).expect("short"));
        let planned = migrator.plan(database.url()).await.expect("plans");
        assert!(planned.last().expect("the last").stepwise);
        migrator.run(database.url()).await.expect("applies");
        let history = migrator.history(database.url(), id).await.expect("reads").remove(0);
        assert_eq!(history.steps.map(|steps| (steps.done, steps.of)), Some((steps, steps)), "{history:?}");
    }
    let client = connect(database.url()).await;
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'users_email%'").await, 2);
}

#[tokio::test]
async fn files_and_rust_are_one_history() {
    let database = fresh_database().await;
    let between = migration!("0002_name_users", |m| {
        m.alter_table("users").add_column("name", "text").await?;
    });
    let mut entries = of("shop");
    entries.push(between);
    let applied = migrator(&entries).run(database.url()).await.expect("applies").applied;
    assert_eq!(applied, ["0001_create_users", "0002_name_users", "0003_add_notes"]);
    let plan = migrator(&of("shop")).plan(database.url()).await;
    assert!(matches!(plan, Err(MigrateError::Unlinked { .. })), "a program without the one in Rust");
}

#[tokio::test]
async fn an_edited_file_is_told_and_comments_are_no_edit() {
    let database = fresh_database().await;
    migrator(&[file!("0001_a", "CREATE TABLE a (b int);")]).run(database.url()).await.expect("applies");
    let same = migrator(&[file!("0001_a", "-- better\nCREATE  TABLE a (\n  b int\n);\n")]);
    assert!(same.run(database.url()).await.expect("the same").applied.is_empty());
    let edited = migrator(&[file!("0001_a", "CREATE TABLE a (b bigint);")]);
    let error = edited.run(database.url()).await.expect_err("edited");
    assert!(matches!(&error, MigrateError::Edited { edits } if edits[0].file == "migrations/0001_a.sql"), "{error:?}");
    assert!(error.to_string().contains("in migrations/0001_a.sql"), "{error}");
    let status = edited.status(database.url()).await.expect("reads");
    assert!(matches!(status[0].state, MigrationState::Edited { .. }));
}

#[tokio::test]
async fn a_refused_statement_is_told_with_its_line() {
    let database = fresh_database().await;
    let failing = migrator(&[file!("0001_a", "CREATE TABLE a (b int);\n\nINSERT INTO a\nVALUES ('x');\n")]);
    let error = failing.run(database.url()).await.expect_err("refused");
    let MigrateError::Failed { statement, source, .. } = &error else { panic!("{error:?}") };
    assert_eq!(statement.as_deref(), Some("INSERT INTO a\nVALUES ('x')"));
    assert_eq!(source.to_string(), "migrations/0001_a.sql, line 3");
    let client = connect(database.url()).await;
    assert!(one::<bool>(&client, "SELECT to_regclass('a') IS NULL").await, "rolled back");
}

#[tokio::test]
async fn a_file_continues_at_the_statement_that_failed() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let broken = migrator(&[file!(
        "0001_a",
        "CREATE TABLE a (b int); INSERT INTO a VALUES (1), (1);
         COMMIT;
         CREATE UNIQUE INDEX CONCURRENTLY a_b_key ON a (b);
         INSERT INTO a VALUES (2);"
    )]);
    let error = broken.run(database.url()).await.expect_err("not unique");
    assert!(matches!(error, MigrateError::Stopped { done: 3, of: 5, .. }), "{error:?}");
    client.batch_execute("DELETE FROM a WHERE ctid = '(0,1)'").await.expect("deletes");
    assert_eq!(broken.run(database.url()).await.expect("continues").applied, ["0001_a"]);
    assert_eq!(one::<i64>(&client, "SELECT sum(b) FROM a").await, 3);
    assert!(one::<bool>(&client, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'a_b_key'::regclass").await);
}

#[tokio::test]
async fn dangerous_statements_are_refused_or_allowed_by_a_comment() {
    let database = fresh_database().await;
    let first = || file!("0001_a", "CREATE TABLE a (b int); INSERT INTO a SELECT generate_series(1, 1000); ANALYZE a;");
    migrator(&[first()]).run(database.url()).await.expect("applies");
    let refused = migrator(&[first(), file!("0002_b", "\nALTER TABLE a ALTER COLUMN b TYPE text;")]).large(100);
    let error = refused.run(database.url()).await.expect_err("dangerous");
    let MigrateError::Hazardous(hazardous) = &error else { panic!("{error:?}") };
    assert_eq!(hazardous.steps[0].sql_file, Some("migrations/0002_b.sql"));
    assert!(error.to_string().contains("`-- schemata:allow reason` in the line above it"), "{error}");
    let allowed = file!("0002_b", "-- schemata:allow nobody reads it\nALTER TABLE a ALTER COLUMN b TYPE text;");
    let allowed = migrator(&[first(), allowed]).large(100);
    let measured = allowed.measure(database.url()).await.expect("measures");
    assert_eq!(measured.migrations[0].statements.len(), 1);
    allowed.run(database.url()).await.expect("allowed");
    let history = allowed.history(database.url(), "0002_b").await.expect("reads").remove(0);
    assert_eq!(history.allowed, ["nobody reads it"]);
}

#[tokio::test]
async fn each_statement_is_measured() {
    let database = fresh_database().await;
    let measured = migrator(&of("sqlx")).measure(database.url()).await.expect("measures");
    let statements: Vec<usize> = measured.migrations.iter().map(|migration| migration.statements.len()).collect();
    assert_eq!(statements, [1, 3]);
}

#[tokio::test]
async fn a_dump_has_the_rows_that_copy_would_have_written() {
    let database = fresh_database().await;
    migrator(&of("dump")).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    let rows = "SELECT string_agg(concat_ws('|', id, name, mood, tags, born, photo), '/' ORDER BY id) FROM people";
    let found: String = one(&client, rows).await;
    assert_eq!(
        found,
        "1|it's; a\tname|happy|{a,\"b c\"}|1815-12-10|\\x0102/2|{}/3|back\\slash\nline|sad|0044-03-15 BC|\\x"
    );
    assert_eq!(one::<i64>(&client, "SELECT nextval('people_id_seq')").await, 4);
}

#[tokio::test]
async fn what_a_run_cannot_do_is_told_before_anything_runs() {
    let database = fresh_database().await;
    let connects = migrator(&[file!("0001_a", "CREATE TABLE a ();"), file!("0002_b", "SELECT 1;\n\\connect other\n")]);
    let error = connects.run(database.url()).await.expect_err("refused");
    let MigrateError::Record { id: "0002_b", source } = &error else { panic!("{error:?}") };
    assert!(
        source.to_string().starts_with("migrations/0002_b.sql, line 2: \\connect is a command of psql"),
        "{source}"
    );
    assert!(Migrator::new(MigrationSet::default()).status(database.url()).await.expect("reads").is_empty());
}
