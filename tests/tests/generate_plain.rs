//! What `generate` writes where the forms for busy tables do not work: partitioned tables, tables without a key, other
//! schemas.

use schemata::generate::Draft;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::{Check, Column, Literal, SqlType, Table};
use schemata_tests::{fresh_database, shapes, shop};

async fn draft(first: MigrationEntry, model: &'static Table) -> Draft {
    let database = fresh_database().await;
    let draft = Migrator::new(shop::set(&[first])).draft(database.url(), &[model], "x").await.expect("drafts");
    let draft = draft.expect("a difference");
    assert_eq!(draft.left, [], "{}", draft.source);
    draft
}

/// Returns the body of the function.
fn body(draft: &Draft) -> &str {
    draft.source.split_once("MigrationResult {\n").expect("a function").1
}

#[tokio::test]
async fn a_partitioned_table_and_one_without_a_key_get_the_plain_forms() {
    async fn parted(m: &mut Migration<'_>) -> MigrationResult {
        m.execute(
            "CREATE TABLE customers (id int PRIMARY KEY, email text); \
             CREATE TABLE orders (id int NOT NULL, customer_id int, total bigint, \
               CONSTRAINT orders_pkey PRIMARY KEY (id)) PARTITION BY RANGE (id); \
             CREATE TABLE logged (id int NOT NULL, note text)",
        )
        .await?;
        Ok(())
    }
    let database = fresh_database().await;
    let first = shop::entry("0001_parted", |m| Box::pin(parted(m)));
    let models = tables![grown::Customer, grown::Order, grown::Logged];
    let draft = Migrator::new(shop::set(&[first])).draft(database.url(), &models, "x").await.expect("drafts");
    let source = draft.expect("a difference").source;
    for line in [
        "CREATE INDEX by_total ON orders (total)",
        r#".add_constraint("orders_customer_id_fkey", "FOREIGN KEY (customer_id) REFERENCES customers(id)")"#,
        "    // m.execute(\"UPDATE logged SET note = … WHERE note IS NULL\").await?;\n    // m.alter_table(\"logged\").set_not_null(\"note\").await?;\n",
    ] {
        assert!(source.contains(line), "missing: {line}\nin: {source}");
    }
    assert!(!source.contains("\"orders (") && !source.contains("NOT VALID"), "{source}");
}

#[allow(dead_code)]
mod grown {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(name = "customers")]
    pub struct Customer {
        #[column(primary_key)]
        pub id: i32,
        pub email: Option<String>,
    }

    #[derive(TableModel)]
    #[table(name = "orders", index(total, name = "by_total"))]
    pub struct Order {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = Customer::id)]
        pub customer_id: Option<i32>,
        pub total: Option<i64>,
    }

    #[derive(TableModel)]
    #[table(name = "logged")]
    pub struct Logged {
        #[column(primary_key)]
        pub id: i32,
        pub note: String,
    }
}

/// A table and its enum type in another schema than the migrated one.
fn moody(labels: &'static [&'static str], default: &'static str) -> &'static Table {
    let mut mood = Column::of::<Option<shapes::Mood>>("mood").default(Literal::Text(default));
    mood.sql_type = SqlType::enumeration(Some("sales"), "mood", labels);
    Box::leak(Box::new(Table::new("moody", vec![Column::of::<i64>("id"), mood].leak(), &["id"]).schema("sales")))
}

async fn be_moody(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap([moody(&["sad"], "sad")]).await
}

#[tokio::test]
async fn a_table_whose_partitioning_is_left_to_the_database_gets_the_plain_forms() {
    async fn plain(m: &mut Migration<'_>) -> MigrationResult {
        m.execute("CREATE TABLE streams (id int NOT NULL, name text, CONSTRAINT streams_pkey PRIMARY KEY (id))")
            .await?;
        Ok(())
    }
    #[derive(TableModel)]
    #[table(name = "streams", index(name, name = "by_name"), unique(id, name), unmanaged(partitioning))]
    #[allow(dead_code)]
    struct Stream {
        #[column(primary_key)]
        id: i32,
        name: Option<String>,
    }
    let draft = draft(shop::entry("0001_plain", |m| Box::pin(plain(m))), Stream::TABLE).await;
    assert!(draft.source.contains("CREATE INDEX by_name ON streams (name)"), "{}", draft.source);
    assert!(draft.source.contains("\"UNIQUE (id, name)\""), "{}", draft.source);
}

#[tokio::test]
async fn the_operator_classes_of_an_exclusion_constraint_need_their_extension() {
    #[derive(TableModel)]
    #[table(
        name = "bookings",
        exclude(using = "gist", room with("="), expression("int8range(begins, ends)") with("&&"))
    )]
    #[allow(dead_code)]
    struct Booking {
        #[column(primary_key)]
        id: i32,
        room: i64,
        begins: i64,
        ends: i64,
    }
    let database = fresh_database().await;
    let client = schemata_tests::catalog::connect(database.url()).await;
    client.batch_execute("CREATE EXTENSION btree_gist; CREATE EXTENSION citext").await.expect("creates");
    let draft = Migrator::new(shop::set(&[])).draft(database.url(), &[Booking::TABLE], "x").await.expect("drafts");
    let source = draft.expect("a difference").source;
    assert!(source.contains("CREATE EXTENSION IF NOT EXISTS btree_gist"), "{source}");
    assert!(!source.contains("citext"), "{source}");
}

#[tokio::test]
async fn a_label_of_another_schema_is_committed_before_it_is_used() {
    let first = shop::entry("0001_moody", |m| Box::pin(be_moody(m)));
    let used = draft(first, moody(&["sad", "so \"so\""], "so \"so\"")).await;
    assert_eq!(
        body(&used),
        r##"    m.execute(r#"ALTER TYPE sales.mood ADD VALUE 'so "so"'"#)
        .await?;
    m.commit().await?;
    m.execute(r#"ALTER TABLE sales.moody ALTER COLUMN mood SET DEFAULT 'so "so"'"#)
        .await?;
    Ok(())
}
"##
    );
    let unused = draft(first, moody(&["sad", "calm"], "sad")).await;
    assert_eq!(body(&unused), "    m.execute(\"ALTER TYPE sales.mood ADD VALUE 'calm'\").await?;\n    Ok(())\n}\n");
}

/// A check on an enum, whose labels may come in another order.
fn picky(labels: &'static [&'static str], check: &'static str) -> &'static Table {
    let mut mood = Column::of::<Option<shapes::Mood>>("mood");
    mood.sql_type = SqlType::enumeration(None, "mood", labels);
    let table = Table::new("picky", vec![Column::of::<i64>("id"), mood].leak(), &["id"]);
    Box::leak(Box::new(table.checks(vec![Check::new("picked", check)].leak())))
}

async fn be_picky(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap([picky(&["sad", "happy"], "mood <> 'sad'")]).await
}

#[tokio::test]
async fn what_uses_a_rebuilt_enum_is_dropped_before() {
    let first = shop::entry("0001_picky", |m| Box::pin(be_picky(m)));
    let draft = draft(first, picky(&["happy", "sad"], "mood <> 'happy'")).await;
    assert_eq!(draft.undecided, Vec::<String>::new(), "{}", draft.source);
    let at = |words: &str| draft.source.find(words).unwrap_or_else(|| panic!("{words}: {}", draft.source));
    assert!(at("drop_constraint") < at("RENAME TO mood_before"), "{}", draft.source);
    assert!(at("NOT VALID") < at("m.commit()") && at("m.commit()") < at("validate_constraint"), "{}", draft.source);
}

/// A role may have put them there, as hosts of databases do.
#[tokio::test]
async fn extensions_in_a_schema_of_their_own_come_with_it_and_only_those_that_are_needed() {
    #[derive(TableModel)]
    #[table(name = "notes", index(body opclass("extensions.gin_trgm_ops"), using = "gin"))]
    #[allow(dead_code)]
    struct Note {
        #[column(primary_key)]
        id: i32,
        body: String,
    }
    let database = fresh_database().await;
    let sql = "CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions; CREATE EXTENSION pg_trgm SCHEMA extensions";
    schemata_tests::catalog::connect(database.url()).await.batch_execute(sql).await.expect("creates");
    let draft = Migrator::new(shop::set(&[])).draft(database.url(), &tables![Note], "x").await.expect("drafts");
    let draft = draft.expect("a table");
    assert_eq!((draft.undecided.len(), draft.left.len()), (0, 0), "{}", draft.source);
    let lines = "    m.execute(\"CREATE SCHEMA IF NOT EXISTS extensions\").await?;\n    \
                 m.execute(\"CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA extensions\")";
    assert!(draft.source.contains(lines), "{}", draft.source);
    assert!(!draft.source.contains("citext") && draft.source.contains("frozen::Note"), "{}", draft.source);
}

/// A type that loses a label is rebuilt: everything that compares with it is dropped before and created again, although
/// it does not change.
#[tokio::test]
async fn what_compares_with_a_rebuilt_enum_is_created_again() {
    async fn shops(m: &mut Migration<'_>) -> MigrationResult {
        m.execute(
            "CREATE TYPE mood AS ENUM ('sad', 'happy', 'calm');
             CREATE TABLE orders (id int PRIMARY KEY, mood mood NOT NULL, glad boolean GENERATED ALWAYS AS (mood = 'happy') STORED,
                 CONSTRAINT not_calm CHECK (mood <> 'calm'));
             CREATE INDEX orders_mood_idx ON orders (mood); CREATE INDEX orders_id_idx ON orders (id) WHERE mood = 'happy'",
        )
        .await?;
        Ok(())
    }
    #[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
    #[column(name = "mood")]
    #[allow(dead_code)]
    enum Mood {
        Happy,
        Calm,
    }
    #[derive(TableModel)]
    #[table(name = "orders", index(mood), index(id, where = "mood = 'happy'"), check("not_calm", "mood <> 'calm'"))]
    #[allow(dead_code)]
    struct Order {
        #[column(primary_key)]
        id: i32,
        mood: Mood,
        #[column(generated = "mood = 'happy'")]
        glad: Option<bool>,
    }
    let draft = draft(shop::entry("0001_shops", |m| Box::pin(shops(m))), Order::TABLE).await;
    let lost = "type mood loses \"sad\": give rows that hold it another value first";
    assert_eq!(draft.undecided, [lost], "{}", draft.source);
    assert!(draft.source.contains("DROP INDEX orders_id_idx"), "{}", draft.source);
    assert!(!draft.source.contains("orders_mood_idx"), "{}", draft.source);
}
