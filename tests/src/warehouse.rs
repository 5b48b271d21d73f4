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
    /// An e-mail address for questions.
    #[column(sql_type = "varchar(40)")]
    pub email: Option<String>,
    /// Its price.
    #[column(sql_type = "numeric(6,2)", default = 0)]
    pub price: Decimal,
    /// The stock.
    #[column(default = 1)]
    pub stock: i32,
    /// Search terms.
    #[column(sql_type = "text[]", default_sql = "'{}'")]
    pub tags: Vec<String>,
    /// Never changes.
    #[column(immutable, default = "here")]
    pub origin: String,
    /// Audit columns.
    #[column(flatten)]
    pub audit: Audit,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
    /// The version.
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
    /// The place.
    pub source: String,
    /// Its number there.
    pub number: i32,
    /// The description.
    pub note: Option<String>,
    /// The time.
    #[column(default_sql = "now()")]
    pub happened_at: DateTime<Utc>,
    /// Computed.
    #[column(generated = "number * 2")]
    pub doubled: Option<i32>,
    /// Figures about the event.
    #[column(default_sql = "'{}'")]
    pub readings: Vec<i32>,
}

/// A shelf with a quantity of an article: a key of two columns, and no column groups.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "shelves")]
pub struct Shelf {
    /// The row of shelves.
    #[column(primary_key)]
    pub aisle: i32,
    /// The height in the row.
    #[column(primary_key, sql_type = "varchar(5)")]
    pub level: String,
    /// The quantity.
    #[column(default = 0)]
    pub amount: i32,
    /// The article.
    pub label: Option<String>,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Article, Event, Shelf]).await
}

/// Creates a database with the three tables.
///
/// # Panics
/// When it cannot be created.
pub async fn warehouse() -> (TestDatabase, Db) {
    let database = crate::fresh_database().await;
    let set = crate::shop::set(&[crate::shop::entry("1", |m| Box::pin(create(m)))]);
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}
