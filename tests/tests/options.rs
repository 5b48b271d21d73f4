//! Every option of tables, columns and constraints that models express: inspected, created, checked, and changed.

use chrono::{DateTime, Utc};
use schemata::migrate::Migrator;
use schemata::prelude::*;
use schemata::schema::Table;
use schemata_tests::catalog::{connect, major};
use schemata_tests::options::{dumped, every_option, options_of};
use schemata_tests::project::{Project, decided};
use schemata_tests::written_migrations::WrittenMigrations;
use schemata_tests::{fresh_database, migration, shop};

const MAIN: &str = r#"//! Tickets.
#![allow(dead_code)]

mod models;

use schemata::prelude::*;

#[migration("0001_initial")]
async fn initial(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE COLLATION german (provider = icu, locale = 'de-DE')").await?;
    m.bootstrap(TABLES).extensions(["btree_gist"]).await
}

fn main() -> std::process::ExitCode {
    schemata::cli::App::new("options").tables(TABLES).main()
}
"#;

/// `inspect` writes models that create the same database again, and `check` finds no difference.
#[tokio::test]
async fn inspected_models_create_the_same_database() {
    let (database, other) = (fresh_database().await, fresh_database().await);
    let client = connect(database.url()).await;
    let major = major(&client).await;
    client.batch_execute(&every_option(major)).await.unwrap_or_else(|error| panic!("{error:?}"));
    let project = Project::create("options");
    let found = Migrator::new(shop::set(&[])).inspect(database.url(), &[]).await.expect("inspects");
    let left: Vec<String> = found.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(
        left,
        [
            "collation german: migrations create it, models do not",
            "extension btree_gist: migrations create it, models do not"
        ]
    );
    std::fs::create_dir_all(project.folder().join("src/models")).expect("a folder");
    found.write(&project.folder().join("src/models")).expect("writes");
    let models: Vec<String> =
        found.items.iter().filter(|item| item.is_model).map(|item| format!("models::{}", item.name)).collect();
    project.write("src/main.rs", &MAIN.replace("TABLES", &format!("tables![{}]", models.join(", "))));

    let (text, code) = project.says(database.url(), &["migrate", "baseline", "--to", "0001_initial"]);
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = project.says(database.url(), &["check"]);
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = project.says(other.url(), &["plan", "--measure"]);
    assert_ne!(code, Some(1), "{text}");
    let (text, code) = project.says(other.url(), &["migrate"]);
    assert_eq!(code, Some(0), "{text}");
    let (text, code) = project.says(other.url(), &["check"]);
    assert_eq!(code, Some(0), "{text}");
    assert_same(&options_of(database.url()).await, &options_of(other.url()).await, "inspected");
    assert_eq!(dumped(other.url()).await, dumped(database.url()).await);
}

fn assert_same(expected: &std::collections::BTreeSet<String>, found: &std::collections::BTreeSet<String>, what: &str) {
    let lacks: Vec<_> = expected.difference(found).collect();
    let more: Vec<_> = found.difference(expected).collect();
    assert!(lacks.is_empty() && more.is_empty(), "{what}: lacks {lacks:#?}, has {more:#?}");
}

#[allow(dead_code)]
mod plain {
    use super::*;

    #[derive(TableModel)]
    #[table(name = "guests", unique(name))]
    pub struct Guest {
        #[column(primary_key, identity)]
        pub id: i32,
        pub name: String,
    }

    #[derive(TableModel)]
    #[table(
        name = "bookings",
        unique(code),
        unique(room, night, name = "one_guest"),
        index(night),
        check("in_order", "begins < ends"),
        check("paid", "price >= 0"),
        foreign_key(columns(guest, name), references(Pair::guest, Pair::name), on_delete = set_null, name = "pairs")
    )]
    pub struct Booking {
        #[column(primary_key, serial)]
        pub id: i32,
        pub code: String,
        pub room: i32,
        pub night: i32,
        #[column(references = Guest::id)]
        pub guest: Option<i32>,
        pub name: Option<String>,
        pub begins: DateTime<Utc>,
        pub ends: DateTime<Utc>,
        pub price: i32,
        pub note: Option<String>,
        pub text: String,
    }

    #[derive(TableModel)]
    #[table(name = "pairs", unique(guest, name))]
    pub struct Pair {
        #[column(primary_key)]
        pub id: i32,
        pub guest: Option<i32>,
        pub name: Option<String>,
    }
}

#[allow(dead_code)]
mod rich {
    use super::*;

    #[derive(TableModel)]
    #[table(
        name = "guests",
        primary_key(comment = "numbered"),
        unique(name, include(id), comment = "one of each"),
        with(fillfactor = 70, autovacuum_enabled = off),
        toast(autovacuum_enabled = off)
    )]
    pub struct Guest {
        #[column(primary_key, identity(start = 100, increment = 10, min = -5, max = 5000, cache = 3, cycle))]
        pub id: i32,
        #[column(collation = "C", statistics = 400, storage = external, with(n_distinct = "-0.5"))]
        pub name: String,
    }

    #[derive(TableModel)]
    #[table(
        name = "bookings",
        unlogged,
        primary_key(deferrable),
        unique(code, deferrable = initially_deferred),
        unique(room, night, name = "one_guest", comment = "not two"),
        index(night, with(fillfactor = 50), comment = "by night"),
        check(name = "in_order", sql = "begins < ends", no_inherit, comment = "time goes forward"),
        check(name = "paid", sql = "price >= 0", not_valid),
        check(name = "named", sql = "text <> ''", not_valid),
        foreign_key(
            columns(guest, name),
            references(Pair::guest, Pair::name),
            on_delete = set_null,
            match_full,
            deferrable,
            comment = "two of them",
            name = "pairs"
        ),
        exclude(using = "gist", expression("tstzrange(begins, ends)") with("&&"), where = "price > 0", comment = "one at a time")
    )]
    pub struct Booking {
        #[column(primary_key, serial(start = 50, cache = 2, sql_type = "bigint"))]
        pub id: i32,
        pub code: String,
        pub room: i32,
        pub night: i32,
        #[column(references = Guest::id, deferrable = initially_deferred)]
        pub guest: Option<i32>,
        pub name: Option<String>,
        pub begins: DateTime<Utc>,
        pub ends: DateTime<Utc>,
        pub price: i32,
        #[column(storage = main)]
        pub note: Option<String>,
        #[column(collation = "POSIX")]
        pub text: String,
    }

    pub use super::plain::Pair;
}

#[allow(dead_code)]
mod other {
    use super::*;

    #[derive(TableModel)]
    #[table(
        name = "guests",
        primary_key(comment = "numbered by hand"),
        unique(name, deferrable, comment = "one of each"),
        with(fillfactor = 80, autovacuum_vacuum_threshold = 500)
    )]
    pub struct Guest {
        #[column(primary_key, identity(by_default, increment = 5))]
        pub id: i32,
        #[column(collation = "POSIX", statistics = 0, with(n_distinct_inherited = 7))]
        pub name: String,
    }

    #[derive(TableModel)]
    #[table(
        name = "bookings",
        with(autovacuum_enabled = false),
        unique(code, deferrable),
        unique(room, night, deferrable, name = "one_guest", comment = "still not two"),
        index(night desc, comment = "last night first"),
        check(name = "in_order", sql = "begins <= ends", comment = "time goes on"),
        check(name = "paid", sql = "price >= 0", comment = "nothing is free"),
        check(name = "named", sql = "text <> ''"),
        foreign_key(columns(guest, name), references(Pair::guest, Pair::name), deferrable = initially_deferred, name = "pairs"),
        exclude(using = "gist", expression("tstzrange(begins, ends)") with("&&"), deferrable)
    )]
    pub struct Booking {
        #[column(primary_key, serial(increment = 2))]
        pub id: i32,
        pub code: String,
        pub room: i32,
        pub night: i32,
        #[column(references = Guest::id, deferrable)]
        pub guest: Option<i32>,
        pub name: Option<String>,
        pub begins: DateTime<Utc>,
        pub ends: DateTime<Utc>,
        pub price: i32,
        #[column(storage = external)]
        pub note: Option<String>,
        #[column(statistics = 5)]
        pub text: String,
    }

    pub use super::plain::Pair;
}

/// What PostgreSQL 18 has.
#[allow(dead_code)]
mod modern {
    use super::*;

    pub mod plain {
        use super::*;

        #[derive(TableModel)]
        #[table(name = "sums", check("free", "number > 0"))]
        pub struct Sum {
            #[column(primary_key)]
            pub id: i32,
            pub net: i32,
            #[column(generated = "net * 2")]
            pub gross: Option<i32>,
            #[column(references = Sum::id)]
            pub number: Option<i32>,
            pub early: i32,
        }
    }

    pub mod rich {
        use super::*;

        #[derive(TableModel)]
        #[table(
            name = "sums",
            check(name = "free", sql = "number > 0", not_enforced),
            foreign_key(columns(number), references(Sum::id), not_enforced)
        )]
        pub struct Sum {
            #[column(primary_key)]
            pub id: i32,
            #[column(not_null(name = "net_is_given", comment = "never without"))]
            pub net: i32,
            #[column(generated_virtual = "net * 2")]
            pub gross: Option<i32>,
            #[column(not_null(name = "number_is_given", not_valid))]
            pub number: Option<i32>,
            #[column(not_null(no_inherit))]
            pub early: i32,
        }
    }

    pub mod other {
        use super::*;

        #[derive(TableModel)]
        #[table(
            name = "sums",
            check(name = "free", sql = "number > 0", not_valid),
            foreign_key(columns(number), references(Sum::id), not_valid)
        )]
        pub struct Sum {
            #[column(primary_key)]
            pub id: i32,
            #[column(not_null(name = "net_given", comment = "never ever without"))]
            pub net: i32,
            #[column(generated_virtual = "net * 3")]
            pub gross: Option<i32>,
            #[column(not_null(name = "number_is_given"))]
            pub number: i32,
            pub early: i32,
        }
    }
}

/// A state of the models, and the migration that creates their tables.
struct State {
    name: &'static str,
    tables: Vec<&'static Table>,
    migrator: Migrator,
}

macro_rules! state {
    ($name:literal, $($model:path),+) => {
        State {
            name: $name,
            tables: tables![$($model),+].to_vec(),
            migrator: Migrator::new(shop::set(&[migration!("0001_create", |m| {
                m.bootstrap(tables![$($model),+]).extensions(["btree_gist"]).await?;
            })])),
        }
    };
}

/// Each change of an option is generated, in a form that is not refused without need, and leads to the database that the
/// models would create.
#[tokio::test]
async fn changed_options_are_generated() {
    let major = major(&connect(fresh_database().await.url()).await).await;
    let mut states = vec![vec![
        state!("plain", plain::Pair, plain::Guest, plain::Booking),
        state!("rich", rich::Pair, rich::Guest, rich::Booking),
        state!("other", other::Pair, other::Guest, other::Booking),
    ]];
    if major >= 18 {
        states.push(vec![
            state!("modern_plain", modern::plain::Sum),
            state!("modern_rich", modern::rich::Sum),
            state!("modern_other", modern::other::Sum),
        ]);
    }
    let mut migrations = WrittenMigrations::create("options_changed");
    let mut databases = Vec::new();
    for group in &states {
        for (at, from) in group.iter().enumerate() {
            let to = &group[(at + 1) % group.len()];
            let (changed, fresh) = (fresh_database().await, fresh_database().await);
            from.migrator.run(changed.url()).await.expect("applies");
            to.migrator.run(fresh.url()).await.expect("applies");
            let report = from.migrator.check(changed.url(), &from.tables).await.expect("checks");
            assert!(report.is_clean(), "{}: {report:#?}", from.name);
            let report = from.migrator.check(changed.url(), &to.tables).await.expect("checks");
            println!("{} to {}:", from.name, to.name);
            report.models.iter().for_each(|difference| println!("- {difference}"));
            let name = format!("{}_to_{}", from.name, to.name);
            let draft = from.migrator.draft(changed.url(), &to.tables, &name).await.expect("drafts").expect("a change");
            println!("{}", draft.source);
            assert!(draft.left.is_empty(), "{:#?}", draft.left);
            migrations.add(&draft.id, &decided(&draft.source), changed.url());
            // The written migration runs alone, as the first of its program.
            let forget = "DROP TABLE schemata_migrations";
            connect(changed.url()).await.batch_execute(forget).await.expect("drops");
            databases.push((name, changed, fresh));
        }
    }
    migrations.apply();
    for (name, changed, fresh) in databases {
        assert_same(&options_of(fresh.url()).await, &options_of(changed.url()).await, &name);
    }
}
