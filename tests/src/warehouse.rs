//! A warehouse: models that show every way of writing.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{Audit, Findings, Incoming, RowVersion, SoftDelete};
use schemata::testing::TestDatabase;
use schemata::{Db, TableModel, tables};

/// A thing that can be stored. Its key has no default, is called `sku`, and its e-mail is unique among live rows.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "articles", validate = check_article, index(email, unique, where = "deactivated_at IS NULL"))]
pub struct Article {
    /// The key.
    #[column(primary_key, sql_type = "varchar(20)")]
    pub sku: String,
    /// Its name.
    #[column(sql_type = "varchar(10)")]
    pub name: String,
    /// Whom to ask.
    #[column(sql_type = "varchar(40)")]
    pub email: Option<String>,
    /// Its price.
    #[column(sql_type = "numeric(6,2)", default = 0)]
    pub price: Decimal,
    /// How many there are.
    #[column(default = 1)]
    pub stock: i32,
    /// Words to find it by.
    #[column(sql_type = "text[]", default_sql = "'{}'")]
    pub tags: Vec<String>,
    /// Never changes.
    #[column(immutable, default = "here")]
    pub origin: String,
    /// Who and when.
    #[column(flatten)]
    pub audit: Audit,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
    /// How often written.
    #[column(flatten)]
    pub revision: RowVersion,
}

fn check_article(row: &Incoming<'_>, found: &mut Findings<'_>) {
    if row.get(Article::stock).is_some_and(|stock| *stock < 0) {
        found.refuse(Article::stock, "stock", "is negative");
    }
    if row.is_insert() && row.get(Article::sku).is_some_and(String::is_empty) {
        found.refuse_row("sku", "has no article number");
    }
}

/// An event, numbered by PostgreSQL.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "events", unique(source, number))]
pub struct Event {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// Where it happened.
    pub source: String,
    /// Its number there.
    pub number: i32,
    /// What happened.
    pub note: Option<String>,
    /// When.
    #[column(default_sql = "now()")]
    pub happened_at: DateTime<Utc>,
    /// Computed.
    #[column(generated = "number * 2")]
    pub doubled: Option<i32>,
    /// In numbers.
    #[column(default_sql = "'{}'")]
    pub readings: Vec<i32>,
}

/// How much of an article is where: a key of two columns, and neither audit nor anything else.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "shelves")]
pub struct Shelf {
    /// In which row.
    #[column(primary_key)]
    pub aisle: i32,
    /// At which height.
    #[column(primary_key, sql_type = "varchar(5)")]
    pub level: String,
    /// How many.
    #[column(default = 0)]
    pub amount: i32,
    /// Of what.
    pub label: Option<String>,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Article, Event, Shelf]).await
}

/// A database with the three tables.
///
/// # Panics
/// When it cannot be had.
pub async fn warehouse() -> (TestDatabase, Db) {
    let database = crate::fresh_database().await;
    let set = crate::shop::set(&[crate::shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}
