//! What pending migrations would do to a busy database: locks, rewrites and scans, compared with PostgreSQL's
//! documented behaviour.

use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prove::{Measured, MeasuredStatement, TableLock, TableWork};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::shop::{self, entry};

/// A migration of some SQL.
macro_rules! sql {
    ($id:literal, $sql:literal) => {
        entry($id, |m| {
            Box::pin(async move {
                m.execute($sql).await?;
                Ok(())
            })
        })
    };
}

const BASE: MigrationEntry = sql!(
    "0000_base",
    "CREATE TABLE parent (id int PRIMARY KEY, code text NOT NULL);
     CREATE TABLE t (id int PRIMARY KEY, short varchar(10), n int, note text, parent_id int, more text);
     CREATE INDEX t_short ON t (short);
     CREATE INDEX t_n ON t (n);
     CREATE TABLE checked (id int PRIMARY KEY, x int, CONSTRAINT has_x CHECK (x IS NOT NULL));
     CREATE TABLE loose (id int PRIMARY KEY, parent_id int, x int);
     ALTER TABLE loose ADD CONSTRAINT loose_parent FOREIGN KEY (parent_id) REFERENCES parent NOT VALID;
     ALTER TABLE loose ADD CONSTRAINT loose_x CHECK (x > 0) NOT VALID;
     CREATE UNIQUE INDEX parent_code ON parent (code);
     CREATE TABLE parted (id int NOT NULL, n int) PARTITION BY LIST (id);
     CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
     CREATE MATERIALIZED VIEW seen AS SELECT id FROM t"
);

/// The expected result per statement: what it does to which tables, and whether that is dangerous.
const TRUTH: [(MigrationEntry, &[&str], bool); 34] = [
    (sql!("01", "ALTER TABLE t ADD COLUMN c1 int DEFAULT 5"), &["t: ACCESS EXCLUSIVE"], false),
    (sql!("02", "ALTER TABLE t ADD COLUMN c2 timestamptz NOT NULL DEFAULT now()"), &["t: ACCESS EXCLUSIVE"], false),
    (
        sql!("03", "ALTER TABLE t ADD COLUMN c3 uuid DEFAULT gen_random_uuid()"),
        &["t: ACCESS EXCLUSIVE rewritten scanned rebuilt t_n t_pkey t_short"],
        true,
    ),
    (sql!("04", "ALTER TABLE t ALTER short TYPE varchar(20)"), &["t: ACCESS EXCLUSIVE"], false),
    (
        sql!("05", "ALTER TABLE t ALTER short TYPE varchar(5)"),
        &["t: ACCESS EXCLUSIVE rewritten scanned rebuilt t_n t_pkey t_short"],
        true,
    ),
    (sql!("06", "ALTER TABLE t ALTER short TYPE text"), &["t: ACCESS EXCLUSIVE"], false),
    (
        sql!("07", "ALTER TABLE t ALTER n TYPE bigint"),
        &["t: ACCESS EXCLUSIVE rewritten scanned rebuilt t_n t_pkey t_short"],
        true,
    ),
    (sql!("08", "ALTER TABLE t ALTER note SET NOT NULL"), &["t: ACCESS EXCLUSIVE scanned"], true),
    (sql!("09", "ALTER TABLE checked ALTER x SET NOT NULL"), &["checked: ACCESS EXCLUSIVE"], false),
    (
        sql!("10", "ALTER TABLE t ADD FOREIGN KEY (parent_id) REFERENCES parent"),
        &["parent: SHARE ROW EXCLUSIVE", "t: SHARE ROW EXCLUSIVE scanned"],
        true,
    ),
    (
        sql!("11", "ALTER TABLE t ADD CONSTRAINT late FOREIGN KEY (parent_id) REFERENCES parent NOT VALID"),
        &["parent: SHARE ROW EXCLUSIVE", "t: SHARE ROW EXCLUSIVE"],
        false,
    ),
    (
        sql!("12", "ALTER TABLE loose VALIDATE CONSTRAINT loose_parent"),
        &["loose: SHARE UPDATE EXCLUSIVE scanned"],
        false,
    ),
    (sql!("13", "ALTER TABLE loose VALIDATE CONSTRAINT loose_x"), &["loose: SHARE UPDATE EXCLUSIVE scanned"], false),
    (sql!("14", "ALTER TABLE t ADD CHECK (n > 0)"), &["t: ACCESS EXCLUSIVE scanned"], true),
    (sql!("15", "ALTER TABLE t ADD CHECK (n > 1) NOT VALID"), &["t: ACCESS EXCLUSIVE"], false),
    (sql!("16", "CREATE INDEX ON t (note)"), &["t: SHARE scanned"], true),
    (sql!("17", "CREATE UNIQUE INDEX ON t (note)"), &["t: SHARE scanned"], true),
    (sql!("18", "ALTER TABLE t ADD UNIQUE (more)"), &["t: ACCESS EXCLUSIVE scanned"], true),
    (sql!("19", "ALTER TABLE parent ADD UNIQUE USING INDEX parent_code"), &["parent: ACCESS EXCLUSIVE"], false),
    (sql!("20", "UPDATE t SET n = 2"), &["t: scanned"], false),
    (
        sql!("21", "ALTER TABLE t ADD COLUMN c4 int GENERATED ALWAYS AS (id * 2) STORED"),
        &["t: ACCESS EXCLUSIVE rewritten scanned rebuilt t_more_key t_n t_note_idx t_note_idx1 t_pkey t_short"],
        true,
    ),
    (sql!("22", "ALTER TABLE t ADD COLUMN c5 int NOT NULL"), &["t: ACCESS EXCLUSIVE scanned"], true),
    (
        sql!(
            "23",
            "CREATE TABLE child (id int PRIMARY KEY, t_id int REFERENCES t); INSERT INTO child VALUES (1, NULL); CREATE INDEX ON child (t_id)"
        ),
        &["t: SHARE ROW EXCLUSIVE"],
        false,
    ),
    (sql!("24", "ALTER TABLE t DROP COLUMN c1"), &["t: ACCESS EXCLUSIVE"], false),
    (sql!("25", "TRUNCATE t CASCADE"), &["child: ACCESS EXCLUSIVE", "t: ACCESS EXCLUSIVE"], false),
    (sql!("26", "ALTER TABLE t ADD COLUMN c6 int; UPDATE t SET c6 = n"), &["t: ACCESS EXCLUSIVE", "t: scanned"], true),
    (sql!("27", "REINDEX INDEX t_n"), &["t: SHARE scanned rebuilt t_n"], true),
    (sql!("28", "DROP INDEX t_short"), &["t: ACCESS EXCLUSIVE"], false),
    (sql!("29", "ALTER TABLE t RENAME TO tt"), &["t: ACCESS EXCLUSIVE"], false),
    (
        sql!("30", "ALTER TABLE parted ADD CONSTRAINT positive CHECK (n > 0)"),
        &["parted: ACCESS EXCLUSIVE", "parted_1: ACCESS EXCLUSIVE scanned"],
        true,
    ),
    (sql!("31", "REFRESH MATERIALIZED VIEW seen"), &["seen: ACCESS EXCLUSIVE rewritten", "tt: scanned"], true),
    (sql!("32", "DROP TABLE loose"), &["loose: ACCESS EXCLUSIVE dropped", "parent: ACCESS EXCLUSIVE"], false),
    (
        sql!("33", "DO $$ BEGIN EXECUTE 'ALTER TABLE checked ALTER x TYPE bigint'; END $$"),
        &["checked: ACCESS EXCLUSIVE rewritten scanned rebuilt checked_pkey"],
        true,
    ),
    (sql!("34", "COMMENT ON TABLE checked IS 'x'"), &["checked: SHARE UPDATE EXCLUSIVE"], false),
];

fn effects(statement: &MeasuredStatement) -> Vec<String> {
    let words = |effect: &schemata::prove::Effect| {
        let lock = effect.lock.map(|lock| lock.to_string()).filter(|_| effect.lock > Some(TableLock::RowExclusive));
        let rebuilt = (!effect.rebuilt.is_empty()).then(|| format!("rebuilt {}", effect.rebuilt.join(" ")));
        let flag = |on: bool, word: &str| on.then(|| word.to_owned());
        let words = [
            lock,
            flag(effect.rewritten, "rewritten"),
            flag(effect.scanned, "scanned"),
            rebuilt,
            flag(effect.dropped, "dropped"),
        ];
        format!("{}: {}", effect.table, words.into_iter().flatten().collect::<Vec<_>>().join(" "))
    };
    statement.effects.iter().map(words).collect()
}

async fn measure(url: &str, entries: &[MigrationEntry]) -> Measured {
    Migrator::new(shop::set(entries)).measure(url).await.unwrap_or_else(|error| panic!("{error:?}"))
}

#[tokio::test]
async fn what_is_measured_is_what_is_known_of_postgresql() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[BASE])).run(database.url()).await.expect("applies");
    let entries: Vec<MigrationEntry> = [BASE].into_iter().chain(TRUTH.iter().map(|(entry, ..)| *entry)).collect();
    let measured = measure(database.url(), &entries).await;
    assert_eq!(measured.migrations.len(), TRUTH.len());
    let mut wrong = Vec::new();
    for (migration, (entry, expected, dangerous)) in measured.migrations.iter().zip(&TRUTH) {
        let mut found: Vec<String> = migration.statements.iter().flat_map(effects).collect();
        found.sort();
        let danger = migration.statements.iter().any(|statement| statement.danger.is_some());
        if found != *expected || danger != *dangerous {
            wrong.push(format!("{}: {found:?}, dangerous: {danger}\n  expected {expected:?}, {dangerous}", entry.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(!measured.is_safe());
}

#[tokio::test]
async fn dangerous_statements_are_reported_with_a_remedy() {
    let database = fresh_database().await;
    Migrator::new(shop::set(&[BASE])).run(database.url()).await.expect("applies");
    let client = connect(database.url()).await;
    client
        .batch_execute("INSERT INTO t (id) SELECT generate_series(1, 5000); ANALYZE t")
        .await
        .unwrap_or_else(|error| panic!("{error:?}"));
    let entries = [
        BASE,
        sql!("1", "ALTER TABLE t ALTER n TYPE bigint"),
        sql!("2", "ALTER TABLE t ADD FOREIGN KEY (parent_id) REFERENCES parent"),
        sql!(
            "3",
            "ALTER TABLE parent ADD COLUMN note text; ALTER TABLE t VALIDATE CONSTRAINT t_parent_id_fkey; SELECT 1 FROM t"
        ),
    ];
    let measured = measure(database.url(), &entries).await;
    let statements: Vec<&MeasuredStatement> =
        measured.migrations.iter().flat_map(|migration| &migration.statements).collect();
    let danger = |at: usize| statements[at].danger.as_ref().unwrap_or_else(|| panic!("{at}: {:?}", statements[at]));
    assert_eq!(danger(0).to_string(), "rewrites all of t while nobody can read or write t");
    assert_eq!(danger(0).work, [("t".to_owned(), TableWork::Rewrite)]);
    assert!(danger(0).instead.contains("backfill"), "{}", danger(0).instead);
    assert_eq!(danger(1).to_string(), "reads all of t while nobody can write to parent and t");
    assert!(danger(1).instead.contains("VALID"), "{}", danger(1).instead);
    assert_eq!(statements[2].danger, None);
    assert_eq!(danger(4).to_string(), "reads all of t while nobody can read or write parent");
    assert!(danger(4).inherited && danger(4).instead.contains("m.commit()"), "{:?}", danger(4));

    let live = statements[0].effects[0].live.expect("t is there");
    assert_eq!(live.rows, Some(5000));
    assert!(live.bytes > 5000 * 24, "{live:?}");
    assert_eq!(statements[1].effects[0].live.map(|live| live.rows), Some(None), "parent was never analyzed");

    let moved = client.query_one("SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'n'", &[]).await;
    assert_eq!(moved.expect("one row").get::<_, String>(0), "integer", "the live table was only read");
}

async fn reads(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("ALTER TABLE t ADD COLUMN z int").await?;
    m.query("SELECT count(*) FROM t", &[]).await?;
    m.execute("ALTER TABLE t DROP COLUMN z").await?;
    Ok(())
}

#[tokio::test]
async fn what_goes_past_the_migrator_is_measured_too() {
    let database = fresh_database().await;
    let entries = [BASE, entry("1", |m| Box::pin(reads(m)))];
    Migrator::new(shop::set(&[BASE])).run(database.url()).await.expect("applies");
    let measured = measure(database.url(), &entries).await;
    let [add, count, drop] = &measured.migrations[0].statements[..] else { panic!("{measured:#?}") };
    assert!(add.danger.is_none() && drop.danger.is_none());
    assert_eq!((count.sql.as_deref(), effects(count)), (None, vec!["t: scanned".to_owned()]));
    assert!(count.danger.is_some(), "all of t is read under ACCESS EXCLUSIVE");
}

async fn allowed(m: &mut Migration<'_>) -> MigrationResult {
    m.allow("t is archived").alter_table("t").set_type("n", "bigint").await?;
    m.execute("ALTER TABLE t ALTER note SET NOT NULL").await?;
    Ok(())
}

#[tokio::test]
async fn a_reason_allows_one_step_and_no_more() {
    let database = fresh_database().await;
    let entries = [BASE, entry("1", |m| Box::pin(allowed(m)))];
    Migrator::new(shop::set(&[BASE])).run(database.url()).await.expect("applies");
    let measured = measure(database.url(), &entries).await;
    let dangers: Vec<_> =
        measured.migrations[0].statements.iter().filter_map(|statement| statement.danger.as_ref()).collect();
    let [rewrite, scan] = dangers[..] else { panic!("{measured:#?}") };
    assert_eq!((rewrite.allowed.as_deref(), scan.allowed.as_deref()), (Some("t is archived"), None));
    assert!(!measured.is_safe());
    assert!(
        scan.instead.contains("CHECK") && scan.instead.contains("validate"),
        "the safe form of this very statement: {}",
        scan.instead
    );
}

#[tokio::test]
async fn nothing_pending_needs_no_scratch_database() {
    let database = fresh_database().await;
    let migrator = || Migrator::new(shop::set(&[BASE]));
    let measured = migrator().measure(database.url()).await.expect("measures");
    assert!(measured.is_safe(), "tables of the same migration are exempt: {measured:#?}");
    migrator().run(database.url()).await.expect("applies");
    let nothing = migrator().measure(database.url()).await.expect("measures");
    assert!(nothing.migrations.is_empty() && nothing.is_safe());
}
