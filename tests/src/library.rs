//! A library: models with NULLs, soft delete, composite keys, and foreign keys of every shape.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::prelude::*;
use schemata::tables;
use schemata::testing::TestDatabase;
use uuid::Uuid;

/// An author.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "authors")]
pub struct Author {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The name.
    #[column(sql_type = "varchar(100)", unique)]
    pub name: String,
    /// The date of birth.
    pub born: Option<NaiveDate>,
    /// The author's teacher.
    #[column(references = Self::id)]
    pub mentor_id: Option<i32>,
}

/// A book.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "books")]
pub struct Book {
    /// The key.
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    pub id: Uuid,
    /// The author.
    #[column(references = Author::id)]
    pub author_id: i32,
    /// The title.
    pub title: String,
    /// The genre.
    #[column(sql_type = "varchar(20)")]
    pub genre: Option<String>,
    /// The number of pages.
    pub pages: i32,
    /// The former number of pages.
    pub first_pages: Option<i32>,
    /// The price.
    #[column(sql_type = "numeric(8,2)")]
    pub price: Option<Decimal>,
    /// The rating.
    pub rating: Option<f64>,
    /// The subjects.
    #[column(sql_type = "varchar(20)[]")]
    pub tags: Vec<String>,
    /// Further data.
    pub details: Option<serde_json::Value>,
    /// The time.
    pub published_at: Option<DateTime<Utc>>,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

/// A chapter of a book.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "chapters")]
pub struct Chapter {
    /// The book.
    #[column(primary_key, references = Book::id)]
    pub book_id: Uuid,
    /// Its number.
    #[column(primary_key)]
    pub number: i32,
    /// The title.
    pub heading: String,
}

/// A note in a chapter.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "notes", foreign_key(columns(book_id, chapter), references(Chapter::book_id, Chapter::number)))]
pub struct Note {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// The book.
    pub book_id: Uuid,
    /// The chapter.
    pub chapter: Option<i32>,
    /// The content.
    pub words: String,
}

async fn all(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Author, Book, Chapter, Note]).await
}

/// An empty library, and the pool to it.
///
/// # Panics
/// When it cannot be made.
pub async fn library() -> (TestDatabase, Db) {
    let database = crate::fresh_database().await;
    let entry = MigrationEntry::new("library", "0001", |m| Box::pin(all(m)), file!(), line!());
    let set = MigrationSet::new([entry]).expect("one migration");
    Migrator::new(set).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db)
}

/// Adds an author.
///
/// # Panics
/// When the database refuses.
pub async fn author(db: &Db, id: i32, name: &str) -> Author {
    Author::insert().id(id).name(name).exec(db).await.expect("inserts an author")
}

/// Adds a book with a title and a number of pages.
///
/// # Panics
/// When the database refuses.
pub async fn book(db: &Db, author_id: i32, title: &str, pages: i32) -> Book {
    let insert = Book::insert().author_id(author_id).title(title).pages(pages).tags(Vec::<String>::new());
    insert.exec(db).await.expect("inserts a book")
}
