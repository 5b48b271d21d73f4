//! New tables in generated migrations: frozen models where models can express them, SQL text where they cannot.

use schemata::Ident;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::prelude::*;
use schemata::schema::{ColumnType, SqlType};
use schemata::types::{FromSql, ToSql, Type, private::BytesMut, to_sql_checked};
use schemata_tests::catalog::connect;
use schemata_tests::corpus::{Constrained, Everything, Left, LongName, Right};
use schemata_tests::{fresh_database, shop};

/// A type that the application defines itself, which frozen models cannot name.
#[derive(Debug)]
#[allow(dead_code)]
struct Span(i64);

impl ToSql for Span {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<schemata::types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        self.0.to_sql(ty, out)
    }
    fn accepts(ty: &Type) -> bool {
        *ty == Type::XID
    }
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Span {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        i64::from_sql(ty, raw).map(Span)
    }
    fn accepts(ty: &Type) -> bool {
        *ty == Type::XID
    }
}

impl ColumnType for Span {
    type Inner = Self;
    const SQL_TYPE: SqlType = SqlType::new("xid");
    schemata::driver_conversions!();
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(name = "mood")]
enum Mood {
    Sad,
    Happy,
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
#[column(name = "mood")]
enum Sadder {
    Happy,
    Sad,
}

#[derive(Debug, Clone, Copy, PartialEq, TextEnum)]
enum Level {
    Low,
    High,
}

#[derive(Debug, Clone, Copy, PartialEq, Newtype)]
struct DriverId(i64);

#[derive(TableModel)]
#[table(name = "drivers")]
#[allow(dead_code)]
struct Driver {
    #[column(primary_key, identity)]
    id: DriverId,
    mood: Option<Mood>,
}

#[derive(TableModel)]
#[table(name = "trips")]
#[allow(dead_code)]
struct Trip {
    #[column(primary_key, identity)]
    id: i64,
    took: Span,
    mood: Mood,
}

#[derive(TableModel)]
#[table(
    name = "stops",
    schema = "travel",
    unique(trip_id, place),
    index(expression = "lower(place)", where = "Level = 'high'"),
    check("place_given", "place <> ''")
)]
#[allow(dead_code)]
struct Stop {
    #[column(primary_key)]
    id: i32,
    #[column(references = Trip::id, on_delete = cascade)]
    trip_id: i64,
    #[column(references = Driver::id)]
    driver_id: Option<DriverId>,
    #[column(references = Stop::id)]
    before: Option<i32>,
    place: String,
    #[column(default = "low")]
    level: Level,
    #[column(generated = "id * 2")]
    r#type: Option<i32>,
    #[column(flatten)]
    removal: SoftDelete,
}

#[derive(TableModel)]
#[table(name = "moods")]
#[allow(dead_code)]
struct Moods {
    #[column(primary_key)]
    id: i32,
    mood: Sadder,
}

/// The SQL of a model names a type of the model's schema.
#[derive(TableModel)]
#[table(
    name = "feelings",
    index(id, where = "now = 'sad'::feeling"),
    check("one", "cardinality(past) < 9 OR now = 'sad'::feeling")
)]
#[allow(dead_code)]
struct Feelings {
    #[column(primary_key)]
    id: i32,
    now: Option<Feeling>,
    #[column(default_sql = "ARRAY['sad'::feeling]")]
    past: Vec<Feeling>,
}

#[derive(Debug, Clone, Copy, PartialEq, PgEnum)]
enum Feeling {
    Sad,
    Happy,
}

async fn start(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Driver]).await
}

async fn again(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Trip]).await
}

async fn otherwise(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Moods]).await
}

#[tokio::test]
async fn new_tables_are_frozen_and_those_of_a_type_of_ones_own_are_text() {
    let database = fresh_database().await;
    let migrator = Migrator::new(shop::set(&[shop::entry("0001_start", |m| Box::pin(start(m)))]));
    let models = tables![Driver, Trip, Stop];
    let draft = migrator.draft(database.url(), &models, "trips").await.expect("drafts").expect("a difference");
    assert_eq!((draft.left, draft.undecided), (vec![], vec![]), "{}", draft.source);
    assert_eq!(
        draft.source,
        r#"//! Trips.

use schemata::prelude::*;

/// The models as they were the day this was written.
#[allow(dead_code)]
mod frozen {
    use chrono::{DateTime, Utc};
    use schemata::prelude::*;

    #[derive(TableModel)]
    #[table(
        name = "stops",
        schema = "travel",
        unique(trip_id, place),
        index(expression("lower(place)"), where = "Level = 'high'"),
        check("place_given", "place <> ''"),
        check("stops_level_check", "level IN ('low', 'high')")
    )]
    pub(super) struct Stop {
        #[column(primary_key)]
        id: i32,
        trip_id: i64,
        driver_id: Option<i64>,
        #[column(references = Stop::id)]
        before: Option<i32>,
        place: String,
        #[column(default = "low")]
        level: String,
        #[column(generated = "id * 2")]
        r#type: Option<i32>,
        deactivated_at: Option<DateTime<Utc>>,
    }
}

#[migration("0002_trips")]
async fn trips(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![frozen::Stop]).await?;
    m.execute("CREATE TABLE trips (
    id bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    took xid NOT NULL,
    mood mood NOT NULL,
    CONSTRAINT trips_pkey PRIMARY KEY (id)
)")
        .await?;
    m.execute("ALTER TABLE travel.stops ADD CONSTRAINT stops_driver_id_fkey FOREIGN KEY (driver_id) REFERENCES drivers(id)")
        .await?;
    m.execute("ALTER TABLE travel.stops ADD CONSTRAINT stops_trip_id_fkey FOREIGN KEY (trip_id) REFERENCES trips(id) ON DELETE CASCADE")
        .await?;
    Ok(())
}
"#
    );
}

#[tokio::test]
async fn an_enum_type_that_is_there_is_taken_with_its_own_labels_only() {
    let database = fresh_database().await;
    let entries = [
        shop::entry("0001_start", |m| Box::pin(start(m))),
        shop::entry("0002_again", |m| Box::pin(again(m))),
        shop::entry("0003_otherwise", |m| Box::pin(otherwise(m))),
    ];
    let report = Migrator::new(shop::set(&entries[..2])).run(database.url()).await.expect("takes it as it is");
    assert_eq!(report.applied.len(), 2);
    let error = Migrator::new(shop::set(&entries)).run(database.url()).await.expect_err("other labels");
    let error = format!("{error:?}");
    assert!(error.contains("type \\\"mood\\\" already exists"), "{error}");
    let client = connect(database.url()).await;
    let none = client.query_one("SELECT to_regclass('moods') IS NULL", &[]).await.expect("one row");
    assert!(none.get::<_, bool>(0));
}

#[tokio::test]
async fn the_same_is_written_for_every_schema() {
    let models = tables![LongName, Right, Left, Constrained, Everything, Feelings];
    let mut sources = Vec::new();
    for schema in ["public", "Some \"Tenant\""] {
        let database = fresh_database().await;
        let migrator = Migrator::new(shop::set(&[])).schema(Ident::new(schema).expect("short"));
        let draft = migrator.draft(database.url(), &models, "all").await.expect("drafts").expect("a difference");
        assert_eq!((draft.left, draft.undecided), (vec![], vec![]), "{}", draft.source);
        assert!(!draft.source.contains("m.execute("), "{}", draft.source);
        sources.push(draft.source);
    }
    assert_eq!(sources[0], sources[1]);
}
