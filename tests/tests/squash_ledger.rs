//! Databases in every state, and programs with and without a squash: all of them end up equal, or are refused by name.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use schemata::migrate::{Event, MigrateError, MigrationEntry, MigrationState, Migrator};
use schemata::prove::VerifyError;
use schemata::tenants::{Outcome, Rollout, TenantState, Tenants};
use schemata::testing::check_set;
use schemata::{Db, Ident};
use schemata_tests::catalog::{connect, describe};
use schemata_tests::fresh_database;
use schemata_tests::migration;
use schemata_tests::shop;

fn first() -> MigrationEntry {
    migration!("0001_first", |m| {
        m.execute("CREATE TABLE notes (id int PRIMARY KEY, body varchar(100))").await?;
    })
}

fn second() -> MigrationEntry {
    migration!("0002_second", |m| {
        m.alter_table("notes").add_column("at", "timestamptz NOT NULL DEFAULT now()").await?;
    })
}

fn third() -> MigrationEntry {
    migration!("0003_third", |m| {
        m.execute("CREATE INDEX notes_at ON notes (at)").await?;
    })
}

const MADE: &str = "CREATE TABLE notes (id int PRIMARY KEY, body varchar(100), at timestamptz NOT NULL DEFAULT now());
                    CREATE INDEX notes_at ON notes (at)";

fn squash() -> MigrationEntry {
    let squash = migration!("0003_squashed", |m| {
        m.execute(MADE).await?;
    });
    squash.replacing(&["0001_first", "0002_second", "0003_third"])
}

fn fourth() -> MigrationEntry {
    migration!("0004_fourth", |m| {
        m.alter_table("notes").add_column("author", "text").await?;
    })
}

/// The releases: before the squash, with the squash and the migrations it replaces, and with the squash alone.
fn before() -> Migrator {
    Migrator::new(shop::set(&[first(), second(), third()])).application("shop 1")
}

fn both() -> Migrator {
    Migrator::new(shop::set(&[first(), second(), third(), squash(), fourth()])).application("shop 2")
}

fn alone() -> Migrator {
    Migrator::new(shop::set(&[squash(), fourth()])).application("shop 3")
}

async fn rows(url: &str) -> Vec<String> {
    let sql = "SELECT migration_id FROM schemata_migrations ORDER BY finished_at";
    connect(url).await.query(sql, &[]).await.expect("a ledger").iter().map(|row| row.get(0)).collect()
}

async fn contents(url: &str) -> BTreeSet<String> {
    describe(&connect(url).await, "public").await
}

#[tokio::test]
async fn old_and_new_databases_end_as_one() {
    let (new, old, newest) = (fresh_database().await, fresh_database().await, fresh_database().await);
    before().run(old.url()).await.expect("the old way");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ear = Arc::clone(&heard);
    let observed = both().observe(move |event| {
        if let Event::Marked { id } = event {
            ear.lock().expect("no panic").push(*id);
        }
    });

    let planned = both().plan(old.url()).await.expect("plans");
    assert_eq!(planned.iter().map(|one| one.id).collect::<Vec<_>>(), ["0004_fourth"]);
    let report = observed.run(old.url()).await.expect("it continues");
    assert_eq!((report.applied, report.marked), (vec!["0004_fourth".to_owned()], vec!["0003_squashed".to_owned()]));
    assert_eq!(*heard.lock().expect("no panic"), ["0003_squashed"]);
    assert_eq!(rows(old.url()).await, ["0001_first", "0002_second", "0003_third", "0003_squashed", "0004_fourth"]);

    assert_eq!(both().run(new.url()).await.expect("the short way").applied, ["0003_squashed", "0004_fourth"]);
    assert_eq!(alone().run(newest.url()).await.expect("the only way").applied, ["0003_squashed", "0004_fourth"]);
    assert_eq!(rows(new.url()).await, ["0003_squashed", "0004_fourth"]);

    let one = contents(old.url()).await;
    for database in [&new, &newest] {
        assert_eq!(contents(database.url()).await, one);
    }
    for database in [&old, &new, &newest] {
        for release in [both(), alone()] {
            assert!(release.run(database.url()).await.expect("up to date").is_empty());
            assert!(release.plan(database.url()).await.expect("plans").is_empty());
            let report = release.check(database.url(), &[]).await.expect("checks");
            assert_eq!((report.database, report.squashes, report.pending), (vec![], vec![], vec![]));
        }
    }
}

#[tokio::test]
async fn the_ledger_says_what_a_squash_stands_for_and_why_it_is_there() {
    let (new, old) = (fresh_database().await, fresh_database().await);
    before().run(old.url()).await.expect("the old way");
    both().run(old.url()).await.expect("marks");
    alone().run(new.url()).await.expect("runs");
    let ran = alone().history(new.url(), "0003_squashed").await.expect("reads").remove(0);
    let marked = alone().history(old.url(), "0003_squashed").await.expect("reads").remove(0);
    assert_eq!(
        (&ran.checksum, &ran.statements, &ran.replaces),
        (&marked.checksum, &marked.statements, &marked.replaces)
    );
    assert_eq!(ran.replaces, ["0001_first", "0002_second", "0003_third"]);
    assert_eq!(ran.note, None);
    let note = "squash: marked as applied, not run; the migrations that it replaces are applied";
    assert_eq!(marked.note.as_deref(), Some(note));
    assert_eq!(alone().history(old.url(), "0001_first").await.expect("reads")[0].replaces, Vec::<String>::new());

    // Another list makes another squash, unless a person accepts it; then the ledger records that.
    let other = || Migrator::new(shop::set(&[squash().replacing(&["0001_first", "0002_second"]), third(), fourth()]));
    assert!(matches!(other().run(new.url()).await, Err(MigrateError::Edited { .. })));
    other().repair(new.url(), "0003_squashed", "0003_third was never part of it").await.expect("repairs");
    let repaired = other().history(new.url(), "0003_squashed").await.expect("reads").remove(0);
    assert_eq!(repaired.replaces, ["0001_first", "0002_second"]);
}

#[tokio::test]
async fn a_squash_is_noted_later_where_the_server_takes_no_writes() {
    let database = fresh_database().await;
    before().run(database.url()).await.expect("the old way");
    let noting = || Migrator::new(shop::set(&[first(), second(), third(), squash()]));
    let reading = format!("{}?options=-c%20default_transaction_read_only%3Don", database.url());
    assert!(noting().run(&reading).await.expect("nothing is pending").is_empty());
    assert!(matches!(both().run(&reading).await, Err(MigrateError::ReadOnly { pending: 1, .. })));
    assert_eq!(noting().run(database.url()).await.expect("writes").marked, ["0003_squashed"]);
}

#[tokio::test]
async fn half_a_prefix_runs_to_its_end_or_is_refused() {
    let database = fresh_database().await;
    before().to("0002_second").run(database.url()).await.expect("two of three");
    let error = alone().run(database.url()).await.expect_err("0003_third is gone");
    assert!(matches!(&error, MigrateError::Squash(_)), "{error:?}");
    let words = "the database has 2 of the 3 migrations that shop:0003_squashed replaces, and this program lacks the others: \
                 0003_third; run `migrate` with a release that still has them, then this one";
    assert_eq!(error.to_string(), words);
    let status = alone().status(database.url()).await.expect("reads");
    assert_eq!(status[0].state, MigrationState::Stuck { why: words.to_owned() });
    let db = Db::connect(database.url()).await.expect("connects");
    let verified = db.verify_with(&shop::set(&[squash(), fourth()])).await.expect_err("nothing to start on");
    assert!(matches!(&verified, VerifyError::Migrate(MigrateError::Squash(_))), "{verified:?}");

    let verified = db.verify_with(&shop::set(&[first(), second(), third(), squash()])).await.expect_err("older");
    assert!(matches!(&verified, VerifyError::Older { pending, .. } if *pending == ["shop:0003_third"]), "{verified:?}");
    let report = both().to("0003_squashed").run(database.url()).await.expect("to its end");
    assert_eq!((report.applied, report.marked), (vec!["0003_third".to_owned()], vec!["0003_squashed".to_owned()]));
    assert_eq!(alone().run(database.url()).await.expect("goes on").applied, ["0004_fourth"]);
}

#[tokio::test]
async fn a_run_may_stop_inside_of_what_is_replaced() {
    let database = fresh_database().await;
    assert_eq!(
        both().to("0002_second").run(database.url()).await.expect("stops").applied,
        ["0001_first", "0002_second"]
    );
    let report = both().run(database.url()).await.expect("goes on");
    assert_eq!(report.applied, ["0003_third", "0004_fourth"]);
    assert_eq!(rows(database.url()).await[2..], ["0003_third", "0003_squashed", "0004_fourth"]);
    let error = alone().to("0002_second").plan(database.url()).await.expect_err("it is gone");
    assert!(error.to_string().contains("since 0003_squashed replaces it: name \"0003_squashed\""), "{error}");
}

#[tokio::test]
async fn a_release_from_before_the_squash_may_work_on_but_not_migrate() {
    let database = fresh_database().await;
    alone().run(database.url()).await.expect("the new way");
    let made = contents(database.url()).await;
    let error = before().run(database.url()).await.expect_err("older than the database");
    assert!(matches!(&error, MigrateError::Unlinked { .. }), "{error:?}");
    assert!(
        error.to_string().contains("shop:0003_squashed (a squash of 0001_first and 2 more), shop:0004_fourth"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .ends_with("; if a newer release applied them, run that one; if their files were removed, restore them"),
        "{error}"
    );
    assert_eq!(contents(database.url()).await, made);
    let status = before().status(database.url()).await.expect("reads");
    assert_eq!(status[0].state, MigrationState::Replaced { by: "0003_squashed".to_owned() });

    let db = Db::connect(database.url()).await.expect("connects");
    let verified = db.verify_with(&shop::set(&[first(), second(), third()])).await.expect("it is newer, which is fine");
    assert_eq!(verified.ahead, ["shop:0003_squashed", "shop:0004_fourth"]);
}

#[tokio::test]
async fn what_replaced_ones_did_is_verified_as_before() {
    let database = fresh_database().await;
    before().run(database.url()).await.expect("the old way");
    let db = Db::connect(database.url()).await.expect("connects");
    // The squash is not recorded yet, but counts as applied.
    for set in [shop::set(&[squash()]), shop::set(&[first(), second(), third(), squash()])] {
        assert!(db.verify_with(&set).await.expect("up to date").ahead.is_empty());
        assert!(Migrator::new(set).plan(database.url()).await.expect("plans").is_empty());
    }
    let edited = migration!("0002_second", |m| {
        m.execute("SELECT 'something else'").await?;
    });
    let edited = shop::set(&[first(), edited, third(), squash()]);
    assert!(matches!(db.verify_with(&edited).await, Err(VerifyError::Incompatible { .. })));
    assert!(matches!(Migrator::new(edited).run(database.url()).await, Err(MigrateError::Edited { .. })));
}

#[tokio::test]
async fn a_squash_is_noted_whole_or_not_at_all() {
    let database = fresh_database().await;
    before().run(database.url()).await.expect("the old way");
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON schemata_migrations FOR EACH ROW
             WHEN (NEW.migration_id = '0003_squashed') EXECUTE FUNCTION refuse();
             ALTER TABLE schemata_migrations DROP COLUMN replaces",
        )
        .await
        .expect("a ledger of the shape before, which refuses");
    let error = both().run(database.url()).await.expect_err("cannot be noted");
    assert!(matches!(&error, MigrateError::Failed { id: "0003_squashed", .. }), "{error:?}");
    assert_eq!(rows(database.url()).await, ["0001_first", "0002_second", "0003_third"]);
    let columns =
        "SELECT 1 FROM pg_attribute WHERE attrelid = 'schemata_migrations'::regclass AND attname = 'replaces'";
    assert!(client.query(columns, &[]).await.expect("reads").is_empty(), "the upgrade was rolled back with it");
    // Every command that only reads accepts a ledger of the earlier format.
    assert_eq!(both().status(database.url()).await.expect("reads")[1].state, MigrationState::Replacing { left: 0 });
    assert_eq!(both().history(database.url(), "0001_first").await.expect("reads").len(), 1);
    let db = Db::connect(database.url()).await.expect("connects");
    db.verify_with(&shop::set(&[squash()])).await.expect("counts");

    client.batch_execute("DROP TRIGGER refuse ON schemata_migrations").await.expect("drops");
    assert_eq!(both().run(database.url()).await.expect("notes it").marked, ["0003_squashed"]);
}

#[tokio::test]
async fn a_connection_that_is_lost_while_it_is_noted_leaves_nothing() {
    let database = fresh_database().await;
    before().run(database.url()).await.expect("the old way");
    let client = connect(database.url()).await;
    client
        .batch_execute(
            "CREATE FUNCTION linger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
             CREATE TRIGGER linger AFTER INSERT ON schemata_migrations FOR EACH ROW EXECUTE FUNCTION linger()",
        )
        .await
        .expect("a slow ledger");
    let url = database.url().to_owned();
    let run = tokio::spawn(async move { both().run(&url).await });
    let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'shop 2' AND wait_event = 'PgSleep' \
                AND datname = current_database()";
    while client.query(kill, &[]).await.expect("looks").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    run.await.expect("no panic").expect_err("the connection was cut");
    assert_eq!(rows(database.url()).await, ["0001_first", "0002_second", "0003_third"]);
    client.batch_execute("DROP TRIGGER linger ON schemata_migrations").await.expect("drops");
    let report = both().run(database.url()).await.expect("it continues");
    assert_eq!((report.marked.len(), report.applied.len()), (1, 1));
}

#[tokio::test]
async fn a_squash_of_several_steps_can_be_continued() {
    let database = fresh_database().await;
    let stepwise = migration!("0003_squashed", |m| {
        m.execute("CREATE TABLE notes (id int PRIMARY KEY, body varchar(100), at timestamptz NOT NULL DEFAULT now())")
            .await?;
        m.create_index("notes_at", "notes (at)").concurrently().await?;
        m.execute("SELECT 1 / (count(*) - 1) FROM pg_class WHERE relname = 'go_on'").await?;
    });
    let stepwise = stepwise.replacing(&["0001_first", "0002_second", "0003_third"]);
    let release = || Migrator::new(shop::set(&[first(), second(), third(), stepwise]));
    let client = connect(database.url()).await;
    client.batch_execute("CREATE TABLE go_on ()").await.expect("creates");
    release().run(database.url()).await.expect_err("its last step fails");
    let status = release().status(database.url()).await.expect("reads");
    assert_eq!(status[0].state, MigrationState::Replaced { by: "0003_squashed".to_owned() });
    assert!(matches!(status[1].state, MigrationState::Unfinished { done: 2, of: 3 }), "{:?}", status[1]);
    client.batch_execute("DROP TABLE go_on").await.expect("drops");
    assert_eq!(release().run(database.url()).await.expect("it continues").applied, ["0003_squashed"]);
    assert_eq!(rows(database.url()).await, ["0003_squashed"]);
}

#[tokio::test]
async fn a_mistake_in_the_list_is_reported() {
    let database = fresh_database().await;
    let slip = squash().replacing(&["0001_first", "0002_secnd", "0003_third"]);
    let migrator = Migrator::new(shop::set(&[first(), third(), slip]));
    let report = migrator.check(database.url(), &[]).await.expect("checks");
    let said: Vec<String> = report.squashes[0].differences.iter().map(ToString::to_string).collect();
    let words = "migration 0002_secnd: it is not in this program, while others that the squash replaces are: nothing was compared";
    assert_eq!(said, [words]);
    assert!(!report.is_clean());
    // Measuring runs the pending squash, and none of the migrations that it replaces.
    let measured = both().measure(database.url()).await.expect("measures");
    assert_eq!(measured.migrations.iter().map(|one| one.id).collect::<Vec<_>>(), ["0003_squashed", "0004_fourth"]);
}

#[tokio::test]
async fn two_releases_at_once_never_do_both() {
    for _ in 0..6 {
        let database = fresh_database().await;
        let tasks = [before(), both(), before(), both(), alone()].map(|release| {
            let url = database.url().to_owned();
            tokio::spawn(async move { release.run(&url).await.map_err(|error| error.to_string()) })
        });
        for task in tasks {
            if let Err(error) = task.await.expect("no panic") {
                assert!(error.starts_with("applied, but not linked into this program: shop:"), "{error}");
            }
        }
        both().run(database.url()).await.expect("whoever was first");
        let rows = rows(database.url()).await;
        let ran = rows.iter().filter(|id| *id != "0003_squashed" && *id != "0004_fourth").count();
        assert!(rows.contains(&"0003_squashed".to_owned()) && (ran == 0 || ran == 3), "{rows:?}");
    }
}

#[tokio::test]
async fn a_database_from_elsewhere_is_adopted_by_way_of_the_squash() {
    let (empty, half) = (fresh_database().await, fresh_database().await);
    let marked = both().to("0003_squashed").baseline(empty.url()).await.expect("marks");
    assert_eq!(marked.applied, ["0003_squashed"]);
    before().to("0001_first").run(half.url()).await.expect("one of three");
    let marked = both().to("0003_squashed").baseline(half.url()).await.expect("marks");
    assert_eq!(marked.applied, ["0002_second", "0003_third"]);
    assert_eq!(marked.marked, ["0003_squashed"]);
    assert_eq!(rows(half.url()).await.len(), 4);
}

#[tokio::test]
async fn an_unequal_squash_is_reported_while_its_migrations_exist() {
    let database = fresh_database().await;
    let wrong = migration!("0003_squashed", |m| {
        m.execute("CREATE TABLE notes (id int PRIMARY KEY, body varchar(90), at timestamptz NOT NULL DEFAULT now())")
            .await?;
        m.execute("CREATE VIEW recent AS SELECT id FROM notes").await?;
    });
    let wrong = wrong.replacing(&["0001_first", "0002_second", "0003_third"]);
    let set = || shop::set(&[first(), second(), third(), wrong]);
    before().run(database.url()).await.expect("the old way");
    let report = Migrator::new(set()).check(database.url(), &[]).await.expect("checks");
    assert!(!report.is_clean());
    assert_eq!(report.database, [], "what really ran is replayed");
    let [squash] = report.squashes.as_slice() else { panic!("{:?}", report.squashes) };
    let said: Vec<String> = squash.differences.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "notes.body: the replaced migrations say varchar(100), the squash varchar(90)",
            "index notes_at on notes, btree (at): the replaced migrations have it, the squash does not",
            "view recent: the squash has it, the replaced migrations do not",
        ]
    );
}

/// The table `notes` as the squash creates it.
#[derive(schemata::TableModel)]
#[table(name = "notes", index(at, name = "notes_at"))]
#[expect(dead_code, reason = "only its metadata are looked at")]
struct Note {
    #[column(primary_key)]
    id: i32,
    #[column(sql_type = "varchar(100)")]
    body: Option<String>,
    #[column(default_sql = "now()")]
    at: chrono::DateTime<chrono::Utc>,
}

#[tokio::test]
async fn a_test_suite_reports_an_unequal_squash() {
    let models = schemata::tables![Note];
    let pieces = [first(), second(), third()];
    check_set(shop::set(&[pieces[0], pieces[1], pieces[2], squash()]), &models).await.expect("equal");
    let more = migration!("0003_squashed", |m| {
        m.execute(MADE).await?;
        m.execute("CREATE VIEW recent AS SELECT id FROM notes").await?;
    });
    let more = more.replacing(&["0001_first", "0002_second", "0003_third"]);
    let error = check_set(shop::set(&[pieces[0], pieces[1], pieces[2], more]), &models).await.expect_err("a view more");
    assert_eq!(
        error.to_string(),
        "0003_squashed differs from the migrations it replaces; change it:\n\
         - view recent: the squash has it, the replaced migrations do not\n"
    );
}

fn ident(name: &str) -> Ident {
    Ident::new(name).expect("a name")
}

#[tokio::test]
async fn tenants_in_every_state_end_as_one() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute("CREATE SCHEMA t_new; CREATE SCHEMA t_half").await.expect("creates");
    for name in ["t_old", "t_older", "t_done"] {
        before().schema(ident(name)).run(database.url()).await.expect("the old way");
    }
    before().schema(ident("t_half")).to("0001_first").run(database.url()).await.expect("half");
    both().to("0003_squashed").schema(ident("t_done")).run(database.url()).await.expect("marks");
    client
        .batch_execute("ALTER TABLE t_older.schemata_migrations DROP COLUMN replaces")
        .await
        .expect("an older ledger");
    let tenants = Tenants::matching(database.url(), "t_*").await.expect("five");
    let only = |entries: &[MigrationEntry]| Rollout::new(Migrator::new(shop::set(entries)));

    // Schemas whose ledger does not record the squash yet count as up to date, and the next run records it.
    let status = only(&[squash()]).status(database.url(), &tenants).await.expect("reads");
    let told: BTreeSet<String> = status
        .groups
        .iter()
        .map(|group| match &group.common {
            TenantState::UpToDate { last, unmarked } => format!("{}: at {last:?}, notes {unmarked:?}", group.label()),
            TenantState::Behind { pending, .. } => format!("{}: lacks {pending:?}", group.label()),
            other => format!("{}: {}", group.label(), matches!(other, TenantState::Refused { .. })),
        })
        .collect();
    let expected = [
        "t_done: at Some(\"0003_squashed\"), notes []",
        "t_half: true",
        "t_new: lacks [\"0003_squashed\"]",
        "t_old, t_older: at Some(\"0003_squashed\"), notes [\"0003_squashed\"]",
    ];
    assert_eq!(told, expected.map(str::to_owned).into());

    // This happens even if there is nothing else to do.
    let one = Tenants::matching(database.url(), "t_older").await.expect("one");
    let report = only(&[squash()]).run(database.url(), &one).await.expect("runs");
    let [(_, Outcome::Applied { migrations, marked })] = report.schemas.as_slice() else { panic!("{report:?}") };
    assert_eq!((migrations.len(), marked.as_slice()), (0, ["0003_squashed".to_owned()].as_slice()));

    let report =
        only(&[first(), second(), third(), squash(), fourth()]).run(database.url(), &tenants).await.expect("runs");
    assert!(report.is_complete(), "{report:?}");
    for (schema, outcome) in &report.schemas {
        let Outcome::Applied { migrations, marked } = outcome else { panic!("{schema}: {outcome:?}") };
        let (ran, noted) = match schema.as_str() {
            "t_new" => (&["0003_squashed", "0004_fourth"][..], 0),
            "t_half" => (&["0002_second", "0003_third", "0004_fourth"][..], 1),
            "t_done" | "t_older" => (&["0004_fourth"][..], 0),
            _ => (&["0004_fourth"][..], 1),
        };
        assert_eq!(
            (migrations.as_slice(), marked.len()),
            (ran.iter().map(ToString::to_string).collect::<Vec<_>>().as_slice(), noted),
            "{schema}"
        );
    }
    let one = describe(&client, "t_new").await;
    for schema in ["t_old", "t_older", "t_done", "t_half"] {
        assert_eq!(describe(&client, schema).await, one);
    }
    let status = only(&[squash(), fourth()]).status(database.url(), &tenants).await.expect("reads");
    assert_eq!(status.groups.len(), 1, "{status:?}");
    assert!(status.is_up_to_date());
    let provisioned = alone().schema(ident("t_next")).provision(database.url()).await.expect("a new tenant");
    assert_eq!(provisioned.applied, ["0003_squashed", "0004_fourth"]);
}
