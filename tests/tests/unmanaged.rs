//! Objects that models cannot express are declared as left to the database: `inspect` writes the declaration, `check`
//! lists them, `generate` does not touch them. Undeclared objects are dropped only after a decision.

use schemata::generate::Draft;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::Table;
use schemata::testing::check_with;
use schemata_tests::catalog::{connect, describe, one};
use schemata_tests::project::Project;
use schemata_tests::{fresh_database, shop};

/// A database in which nearly everything is beyond models, or depends on something that is.
const BEYOND: &str = r#"
    CREATE EXTENSION btree_gist;
    CREATE SCHEMA auth;
    CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE AS 'SELECT gen_random_uuid()';
    CREATE FUNCTION auth.is_clean(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> ''''';
    CREATE FUNCTION ticket_code() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'T-' || floor(random() * 1e9)::text $$;
    -- An overload of a built-in function, which the built-in's users have nothing to do with.
    CREATE FUNCTION lower(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 - 1';
    CREATE COLLATION german (provider = icu, locale = 'de-DE');
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    COMMENT ON TYPE mood IS 'how they are';
    CREATE TYPE unused AS ENUM ('x');
    CREATE TABLE customers (
        id serial PRIMARY KEY,
        email varchar(255) NOT NULL,
        name text COLLATE "C" NOT NULL,
        mood mood NOT NULL DEFAULT 'sad',
        CONSTRAINT customers_email_key UNIQUE (email) DEFERRABLE
    );
    CREATE UNIQUE INDEX customers_lower_email ON customers (lower(email));
    CREATE UNIQUE INDEX customers_german ON customers (lower(name) COLLATE german);
    CREATE DOMAIN slot AS tstzrange DEFAULT 'empty';
    CREATE TABLE tickets (
        id uuid PRIMARY KEY DEFAULT auth.uid(),
        code text NOT NULL DEFAULT ticket_code(),
        customer_id integer NOT NULL REFERENCES customers DEFERRABLE INITIALLY DEFERRED,
        wide_id bigint CONSTRAINT tickets_wide_fkey REFERENCES customers,
        note text CHECK (auth.is_clean(note)),
        slug text GENERATED ALWAYS AS (lower(note) || auth.is_clean(note)::text) STORED,
        during slot,
        room integer NOT NULL DEFAULT 0,
        opened_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tickets_room EXCLUDE USING gist (room WITH =, during WITH &&)
    );
    CREATE INDEX tickets_clean ON tickets (code) WHERE auth.is_clean(code);
    CREATE INDEX tickets_lower ON tickets (lower(room));
    COMMENT ON INDEX tickets_clean IS 'only clean ones';
    ALTER TABLE tickets ADD CONSTRAINT tickets_room_check CHECK (room >= 0) NOT VALID;
    ALTER TABLE tickets ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON tickets USING (id = auth.uid());
    CREATE TABLE log (at timestamptz, line text);
    CREATE UNLOGGED TABLE hot (id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100) PRIMARY KEY);
    CREATE TABLE measured (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE measured_2020 PARTITION OF measured FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    CREATE VIEW open_tickets AS SELECT id, code FROM tickets;
    INSERT INTO customers (email, name) VALUES ('ada@example.com', 'Ada');
"#;

const MAIN: &str = r#"//! A help desk.
#![allow(dead_code)]

mod models;

use std::process::ExitCode;

use schemata::cli::App;
use schemata::prelude::*;

/// Compiles, because an insert may leave out columns whose default is the database's.
async fn opens(db: &Db) -> schemata::Result<models::Ticket> {
    models::Ticket::insert().customer_id(1).exec(db).await
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("open") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        return runtime.block_on(async {
            let db = Db::connect(&std::env::var("DATABASE_URL").expect("set")).await.expect("connects");
            let ticket = opens(&db).await.expect("opens");
            println!("{}", &ticket.code[..2]);
            ExitCode::SUCCESS
        });
    }
    App::new("desk").tables(TABLES).unmanaged(models::UNMANAGED).main()
}
"#;

/// Returns everything in a database, as PostgreSQL prints it.
async fn everything(url: &str) -> Vec<String> {
    let client = connect(url).await;
    let mut found: Vec<String> = describe(&client, "public").await.into_iter().collect();
    let more = "SELECT 'relation ' || relname || relkind::text || relpersistence::text || relrowsecurity FROM pg_class
                WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schemata_migrations%'
                UNION ALL SELECT 'policy ' || polname FROM pg_policy
                UNION ALL SELECT 'collation ' || attname || attcollation::regcollation::text FROM pg_attribute
                WHERE attrelid = 'customers'::regclass AND attcollation <> 0
                UNION ALL SELECT 'comment ' || description FROM pg_description WHERE objoid >= 16384";
    found.extend(client.query(more, &[]).await.expect("reads").iter().map(|row| row.get::<_, String>(0)));
    found.sort();
    found
}

/// Models declare the objects that they cannot express, each in its place.
fn models_declare(project: &Project) {
    let module = project.read("src/models/mod.rs");
    assert!(module.contains("pub const UNMANAGED: &[&str] = &[\"log\", \"comment of mood\", \"unused\"];"), "{module}");
    let customer = project.read("src/models/customer.rs");
    for line in [
        // The built-in function needs no declaration.
        "index(expression(\"lower(email)\"), unique, name = \"customers_lower_email\"),",
        "unique(email, deferrable),",
        "unmanaged(index = \"customers_german\")",
        "#[column(collation = \"C\")]",
    ] {
        assert!(customer.contains(line), "missing: {line}\n{customer}");
    }
    let ticket = project.read("src/models/ticket.rs");
    for line in [
        "#[column(primary_key, unmanaged(default))]",
        "#[column(unmanaged(default))]\n    pub code: String,",
        "// Left out: tickets.slug (text GENERATED): it is computed with the function auth.is_clean, which no model creates",
        "column = \"slug\"",
        "column = \"during\"",
        "row_security",
        "policy = \"mine\"",
        "#[column(references = Customer::id, deferrable = initially_deferred)]",
        "foreign_key(columns(wide_id), references(Customer::id), name = \"tickets_wide_fkey\")",
        "check(name = \"tickets_room_check\", sql = \"room >= 0\", not_valid)",
        "constraint = \"tickets_note_check\"",
        "constraint = \"tickets_room\"",
        "index = \"tickets_clean\"",
        // This index uses the application's overload.
        "index = \"tickets_lower\"",
    ] {
        assert!(ticket.contains(line), "missing: {line}\n{ticket}");
    }
    for (file, line) in [("hot", "unlogged"), ("hot", "identity(start = 100)"), ("measured", "unmanaged(partitioning)")]
    {
        let text = project.read(&format!("src/models/{file}.rs"));
        assert!(text.contains(line), "missing: {line}\n{text}");
    }
}

#[tokio::test]
async fn a_database_beyond_models_is_adopted_and_nothing_of_it_is_lost() {
    let database = fresh_database().await;
    connect(database.url()).await.batch_execute(BEYOND).await.unwrap_or_else(|error| panic!("{error:?}"));
    let before = everything(database.url()).await;
    let project = Project::create("desk");
    let says = |arguments: &[&str]| project.says(database.url(), arguments);
    project.write("src/main.rs", "fn main() -> std::process::ExitCode { schemata::cli::App::new(\"desk\").main() }\n");
    let output = project.run(database.url(), &["inspect", "--dir", "src/models"]);
    let notes = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{notes}");
    let tables = "tables![Customer, Hot, Measured, Ticket]";
    assert!(notes.contains(&format!(".tables({tables}).unmanaged(models::UNMANAGED)")), "{notes}");

    models_declare(&project);
    let list = tables.replace("![", "![models::").replace(", ", ", models::");
    let main = MAIN.replace("TABLES", &list);
    project.write("src/main.rs", &main);
    let wrote = |id: &str| (format!("Wrote …/src/migrations/m{id}.rs\n"), Some(0));
    assert_eq!(says(&["generate", "initial"]), wrote("0001_initial"));
    project.write("src/main.rs", &main.replace("mod models;", "mod migrations;\nmod models;"));
    assert_eq!(says(&["migrate", "baseline", "--to", "0001_initial"]).1, Some(0));
    assert_eq!(says(&["open"]), ("T-\n".to_owned(), Some(0)));

    // `check` passes on the unchanged database, and lists what is not compared.
    let (text, code) = says(&["check"]);
    assert_eq!(code, Some(0), "{text}");
    let (_, left) = text.split_once("Left to the database, as declared: ").expect("a list");
    let left = left.lines().next().expect("a line");
    for object in [
        "table log",
        "enum unused",
        "index customers_german on customers",
        "default of tickets.code",
        "default of tickets.id",
        "column tickets.slug",
        "policy mine on tickets",
        "row security of tickets",
        "constraint tickets_room on tickets",
        "partitioning of measured",
    ] {
        assert!(left.split(", ").any(|one| one == object), "{object} is not in {left}");
    }
    assert!(text.contains("Ignored, because models cannot express it: "), "{text}");
    let alone = text.lines().last().expect("a line");
    assert!(alone.contains("view open_tickets") && !alone.contains("tickets_room"), "{alone}");
    let nothing = ("Models and migrations agree; nothing to generate.\n".to_owned(), Some(0));
    assert_eq!(says(&["generate", "nothing"]), nothing);
    assert_eq!(everything(database.url()).await, before);

    // When a model grows, only that change is generated.
    project.write(
        "src/models/ticket.rs",
        &project
            .read("src/models/ticket.rs")
            .replace("    pub room: i32,\n", "    pub room: i32,\n    pub floor: Option<i32>,\n"),
    );
    assert_eq!(says(&["generate", "add_floor"]), wrote("0002_add_floor"));
    let source = project.read("src/migrations/m0002_add_floor.rs");
    let body = source.split_once("{\n").expect("a body").1;
    assert_eq!(
        body.split_whitespace().collect::<String>(),
        "m.alter_table(\"tickets\").add_column(\"floor\",\"integer\").await}"
    );
    assert_eq!(says(&["migrate"]), ("Applied 1 migration(s):\n- 0002_add_floor\n".to_owned(), Some(0)));
    assert_eq!(says(&["check"]).1, Some(0));
    let mut after = everything(database.url()).await;
    after.retain(|one| !one.contains("tickets.floor"));
    assert_eq!(after, before, "nothing else has changed");

    // An object that would be dropped is reported.
    connect(database.url()).await.batch_execute("DROP INDEX customers_german").await.expect("drops");
    let (text, code) = says(&["check"]);
    assert!(
        code == Some(0) && text.contains("\nLeft to the database, but missing: index customers_german on customers\n"),
        "{text}"
    );
}

#[derive(TableModel)]
#[table(name = "notes")]
#[allow(dead_code)]
struct Note {
    #[column(primary_key)]
    id: i32,
    title: String,
}

#[derive(TableModel)]
#[table(
    name = "notes",
    unmanaged(
        index = "notes_by_hand",
        constraint = "notes_by_hand_check",
        column = "search",
        trigger = "notes_trigger"
    )
)]
#[allow(dead_code)]
struct Declared {
    #[column(primary_key)]
    id: i32,
    #[column(unmanaged(default))]
    title: String,
}

/// Runs the SQL that the documented adoption writes by hand, since no model can express it.
async fn by_hand(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Note]).await?;
    for sql in [
        "CREATE TYPE color AS ENUM ('red')",
        "CREATE TABLE others (id int PRIMARY KEY)",
        "ALTER TABLE notes ADD COLUMN search tsvector",
        "CREATE UNIQUE INDEX notes_by_hand ON notes (lower(title))",
        "ALTER TABLE notes ADD CONSTRAINT notes_by_hand_check CHECK (title <> '')",
        "ALTER TABLE notes ALTER COLUMN title SET DEFAULT 'none'",
        "COMMENT ON COLUMN notes.title IS 'a title'",
        "COMMENT ON INDEX notes_by_hand IS 'by hand'",
        "CREATE INDEX notes_search ON notes USING gin (search)",
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER notes_trigger BEFORE UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION touch()",
    ] {
        m.execute(sql).await?;
    }
    Ok(())
}

const BY_HAND: MigrationEntry = shop::entry("0001_by_hand", |m| Box::pin(by_hand(m)));

async fn draft(entries: &[MigrationEntry], models: &[&'static Table], names: &[&str]) -> Option<Draft> {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(entries)).unmanaged(names);
    migrator.draft(database.url(), models, "next").await.expect("drafts")
}

#[tokio::test]
async fn what_nobody_declared_is_asked_about_before_it_is_dropped() {
    let draft = draft(&[BY_HAND], &tables![Note], &[]).await.expect("a difference");
    assert_eq!(
        draft.undecided,
        [
            "index notes_by_hand on notes is dropped: UNIQUE btree (lower(title)) (to keep it, write `unmanaged(index = \
             \"notes_by_hand\")` on the model)",
            "constraint notes_by_hand_check on notes is dropped: CHECK ((title <> ''::text)) (to keep it, write \
             `unmanaged(constraint = \"notes_by_hand_check\")` on the model)",
            "default of notes.title is dropped: 'none'::text (to keep it, write `default_sql` or `unmanaged(default)` on the field)",
            "comment on column notes.title is dropped: \"a title\"",
            "notes.search is dropped: its values are lost (to keep it, write `unmanaged(column = \"search\")` on the model); lost \
             with it: index notes_search on notes",
            "table others is dropped: its rows are lost (to keep it, name it in `App::unmanaged`)",
            "type color is dropped: its labels are red (to keep it, name it in `App::unmanaged`)",
        ]
    );
    // Every step waits for a decision: the only lines that are not comments are the one that stops, and the end.
    let code = draft.source.split_once("{\n").expect("a body").1.lines().map(str::trim_start);
    let code: Vec<&str> = code.filter(|line| !line.starts_with("//") && !line.is_empty()).collect();
    let undecided = code.iter().filter(|line| line.starts_with("m.undecided(")).count();
    assert_eq!((undecided, code.len()), (7, 9), "{}", draft.source);
    assert_eq!(draft.left, []);
}

#[tokio::test]
async fn what_is_declared_is_not_touched() {
    let names = ["others", "public.col*"];
    let draft = draft(&[BY_HAND], &tables![Declared], &names).await.expect("a difference");
    assert_eq!(
        draft.undecided,
        [
            "index notes_search on notes is dropped: gin (search) (to keep it, write `unmanaged(index = \"notes_search\")` on the \
             model)",
            "comment on column notes.title is dropped: \"a title\""
        ],
        "{}",
        draft.source
    );
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[BY_HAND])).unmanaged(names);
    migrator.run(database.url()).await.expect("applies");
    let report = migrator.check(database.url(), &tables![Declared]).await.expect("checks");
    let said: Vec<String> = report.models.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "notes.title: the model says no comment, the migrations comment \"a title\"",
            "index notes_search on notes, gin (search): the migrations have it, the model does not",
        ]
    );
    assert_eq!(report.database, []);
    assert_eq!(
        report.unmanaged,
        [
            "table others",
            "enum color",
            "index notes_by_hand on notes",
            "constraint notes_by_hand_check on notes",
            "column notes.search",
            "trigger notes_trigger on notes",
            "default of notes.title"
        ]
    );
    assert_eq!((report.absent.len(), report.others), (0, vec!["function touch".to_owned()]));
    // A test that compares models and migrations takes the same names.
    let error = check_with(&migrator, &tables![Declared]).await.expect_err("two differences").to_string();
    assert!(error.lines().count() == 3 && !error.contains("others") && !error.contains("color"), "{error}");
    let absent =
        "ALTER TABLE notes ALTER COLUMN title DROP DEFAULT; DROP TRIGGER notes_trigger ON notes; DROP TABLE others;
                  ALTER TABLE notes DROP COLUMN search";
    connect(database.url()).await.batch_execute(absent).await.expect("drops");
    let report = migrator.check(database.url(), &tables![Declared]).await.expect("checks");
    let expected = ["column search", "trigger notes_trigger", "default of notes.title", "others"].map(|one| match one
        .split_once(' ')
    {
        Some(("column", name)) => format!("column notes.{name}"),
        Some(("trigger", _)) => format!("{one} on notes"),
        _ => one.to_owned(),
    });
    assert_eq!(report.absent, expected);
    // A pattern that matches nothing is stale too: it would hide a later object.
    connect(database.url()).await.batch_execute("DROP TYPE color").await.expect("drops");
    let report = migrator.check(database.url(), &tables![Declared]).await.expect("checks");
    assert_eq!(report.absent.last().map(String::as_str), Some("col*"));
    // A missing object is a note: migrations alone, on a new database, do not create what was made by hand.
    assert!(report.absent.len() == 5 && !report.database.is_empty());
}

#[derive(TableModel)]
#[table(
    name = "notes",
    unmanaged(
        index = "notes_by_hand",
        constraint = "notes_by_hand_check",
        column = "search",
        trigger = "notes_trigger"
    )
)]
#[allow(dead_code)]
struct Renamed {
    #[column(primary_key)]
    id: i32,
    #[column(renamed_from = "title", unmanaged(default), comment = "a title")]
    heading: String,
}

/// References to a renamed column in objects that are left to the database follow the rename.
#[tokio::test]
async fn a_column_whose_default_is_left_to_the_database_is_renamed_and_nothing_else() {
    let bare = shop::entry("0002_less", |m| {
        Box::pin(async move {
            m.execute("DROP INDEX notes_search").await?;
            m.execute("DROP TABLE others").await?;
            m.execute("DROP TYPE color").await
        })
    });
    let draft = draft(&[BY_HAND, bare], &tables![Renamed], &[]).await.expect("a difference");
    let body = draft.source.split_once("{\n").expect("a body").1.split_whitespace().collect::<String>();
    assert_eq!(body, "m.alter_table(\"notes\").rename_column(\"title\",\"heading\").await}", "{}", draft.source);
    assert_eq!((draft.undecided, draft.left), (vec![], vec![]));
}

/// A squash creates everything that its migrations created, whether or not models leave it to the database.
#[tokio::test]
async fn a_squash_keeps_what_is_left_to_the_database() {
    let database = fresh_database().await;
    let more = shop::entry("0002_more", |m| {
        Box::pin(async move {
            m.execute(
                "ALTER TABLE others ADD COLUMN note_id int CONSTRAINT others_note_fkey REFERENCES notes DEFERRABLE",
            )
            .await
        })
    });
    let migrator = Migrator::new(shop::set(&[BY_HAND, more])).unmanaged(["others", "col*"]);
    let squash = migrator.squash(database.url(), "squashed", None).await.expect("squashes");
    assert_eq!(squash.undecided, Vec::<String>::new(), "{}", squash.source);
    for object in
        ["notes_trigger", "notes_by_hand_check", "notes_by_hand", "TsVector", "others_note_fkey", "deferrable", "color"]
    {
        assert!(squash.source.contains(object), "{object} is not in\n{}", squash.source);
    }
}

mod beyond {
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(name = "parents")]
    #[allow(dead_code)]
    pub struct Parent {
        #[column(primary_key)]
        pub id: i32,
    }

    #[derive(TableModel)]
    #[table(name = "children", index(name))]
    #[allow(dead_code)]
    pub struct Before {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = Parent::id)]
        pub parent_id: i32,
        pub name: String,
        #[column(generated = "id * 2")]
        pub twice: Option<i32>,
    }

    #[derive(TableModel)]
    #[table(name = "children", index(name desc))]
    #[allow(dead_code)]
    pub struct After {
        #[column(primary_key)]
        pub id: i32,
        #[column(references = Parent::id, on_delete = cascade)]
        pub parent_id: i32,
        pub name: String,
        #[column(generated = "id * 3")]
        pub twice: Option<i32>,
    }
}

async fn decorated(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![beyond::Parent, beyond::Before]).await?;
    m.execute("ALTER TABLE children DROP CONSTRAINT children_parent_id_fkey").await?;
    m.execute("ALTER TABLE children ADD CONSTRAINT children_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES parents (id) DEFERRABLE")
        .await?;
    m.execute("COMMENT ON INDEX children_name_idx IS 'for the list'").await?;
    m.execute("COMMENT ON COLUMN children.twice IS 'computed'").await?;
    m.execute("CREATE STATISTICS children_both ON twice, name FROM children").await
}

/// Steps that drop another object only as a side effect wait for a decision too.
#[tokio::test]
async fn what_a_step_takes_along_is_a_loss() {
    let first = shop::entry("0001_decorated", |m| Box::pin(decorated(m)));
    let draft = draft(&[first], &tables![beyond::Parent, beyond::After], &[]).await.expect("a difference");
    assert_eq!(
        draft.undecided,
        [
            "lost by this: comment on column children.twice, statistics children_both on children",
            "lost by this: comment on index children_name_idx",
        ],
        "{}",
        draft.source
    );
    assert_eq!(draft.left, []);
}

/// A default that only the database knows: the insert leaves the column out, for one row or many.
#[tokio::test]
async fn a_default_of_the_databases_own_is_used_by_every_insert() {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client
        .batch_execute("CREATE TABLE notes (id int PRIMARY KEY, title text NOT NULL DEFAULT 'none')")
        .await
        .expect("creates");
    let db = Db::connect(database.url()).await.expect("connects");
    assert_eq!(Declared::insert().id(1).exec(&db).await.expect("inserts").title, "none");
    let many = (2..400).map(|id| Declared::insert().id(id));
    let rows = Declared::insert_many(many).exec(&db).await.expect("inserts");
    assert_eq!(rows, 398);
    Declared::insert().id(500).title("mine").exec(&db).await.expect("inserts");
    assert_eq!(one::<i64>(&client, "SELECT count(*) FROM notes WHERE title = 'none'").await, 399);
}
