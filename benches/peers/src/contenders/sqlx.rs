//! Sqlx, on a connection of its own, and on its pool where there are tasks. Batches are sent as arrays, as sqlx's own
//! answers to frequent questions say.

use chrono::{DateTime, Utc};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, FromRow, PgConnection, PgPool};
use uuid::Uuid;

use super::raw::{columns, grouped};
use super::wide_columns::WideColumns;
use crate::contender::{Contender, Failure, Work, each, in_tasks, same, work};
use crate::data::{self, Heading, NewUser, PAGE, Tree, same_fields, same_wide_fields};

/// The number of rows of an iterator per statement.
const CHUNK: usize = 10_000;

const FIND: &str = "SELECT id, name, hair_color FROM users WHERE id = $1";
const INSERT: &str = "INSERT INTO users (name, hair_color) VALUES ($1, $2) RETURNING id, name, hair_color";

#[derive(FromRow)]
struct User {
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(FromRow)]
struct WideUser {
    id: i64,
    external_id: Uuid,
    parent_id: Option<i64>,
    name: String,
    email: String,
    city: String,
    street: String,
    nickname: Option<String>,
    phone: Option<String>,
    company: Option<String>,
    note: Option<String>,
    visits: i64,
    balance: i64,
    score: i32,
    level: i32,
    rank: Option<i32>,
    longitude: f64,
    latitude: f64,
    weight: f64,
    height: Option<f64>,
    active: bool,
    verified: bool,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    deleted_at: Option<DateTime<Utc>>,
}

#[derive(FromRow)]
struct Author {
    id: i64,
    name: String,
    country: Option<String>,
}

#[derive(FromRow)]
struct Book {
    id: i64,
    author_id: i64,
    title: String,
}

#[derive(FromRow)]
struct Chapter {
    id: i64,
    book_id: i64,
    heading: String,
}

same_fields!(User, data::User: id name hair_color);
same_wide_fields!(WideUser, data::WideUser);
same_fields!(Author, data::Author: id name country);
same_fields!(Book, data::Book: id author_id title);
same_fields!(Chapter, data::Chapter: id book_id heading);

pub(crate) struct Sqlx {
    connection: PgConnection,
    pool: PgPool,
}

impl Sqlx {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let connection = PgConnection::connect(url).await?;
        let pool = PgPoolOptions::new().max_connections(8).test_before_acquire(false).connect_lazy(url)?;
        Ok(Self { connection, pool })
    }
}

async fn insert_many(connection: &mut PgConnection, new: &[NewUser]) -> Result<u64, Failure> {
    let names: Vec<&str> = new.iter().map(|row| row.name.as_str()).collect();
    let colors: Vec<Option<&str>> = new.iter().map(|row| row.hair_color.as_deref()).collect();
    let insert = sqlx::query(include_str!("sql/insert.sql")).bind(names).bind(colors);
    Ok(insert.execute(connection).await?.rows_affected())
}

impl Contender for Sqlx {
    fn read(&mut self) -> Work<'_, Vec<data::User>> {
        let future = async {
            let select = sqlx::query_as::<_, User>("SELECT id, name, hair_color FROM users");
            Ok(select.fetch_all(&mut self.connection).await?)
        };
        work(future, each)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<data::WideUser>> {
        let future = async {
            let select = sqlx::query_as::<_, WideUser>(include_str!("sql/read_wide.sql"));
            Ok(select.fetch_all(&mut self.connection).await?)
        };
        work(future, each)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<data::User>> {
        let task = |keys: Vec<i64>| {
            let pool = self.pool.clone();
            async move {
                let mut found = Vec::with_capacity(keys.len());
                for id in keys {
                    found.push(sqlx::query_as::<_, User>(FIND).bind(id).fetch_one(&pool).await?);
                }
                Ok(found)
            }
        };
        work(in_tasks(keys, task), each)
    }

    fn find(&mut self, id: i64) -> Work<'_, data::User> {
        let find = sqlx::query_as::<_, User>(FIND).bind(id);
        work(async move { Ok(find.fetch_one(&mut self.connection).await?) }, Into::into)
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, data::User> {
        let update = "UPDATE users SET name = $2 WHERE id = $1 RETURNING id, name, hair_color";
        let update = sqlx::query_as::<_, User>(update).bind(id).bind(name);
        work(async move { Ok(update.fetch_one(&mut self.connection).await?) }, Into::into)
    }

    fn transaction(&mut self, id: i64, name: String, new: NewUser) -> Work<'_, (data::User, data::User)> {
        let future = async move {
            let mut transaction = self.connection.begin().await?;
            let found = sqlx::query_as::<_, User>(FIND).bind(id).fetch_one(&mut *transaction).await?;
            let rename = sqlx::query("UPDATE users SET name = $2 WHERE id = $1").bind(id).bind(name);
            rename.execute(&mut *transaction).await?;
            let insert = sqlx::query_as::<_, User>(INSERT).bind(new.name).bind(new.hair_color);
            let inserted = insert.fetch_one(&mut *transaction).await?;
            transaction.commit().await?;
            Ok((found, inserted))
        };
        work(future, |(found, inserted)| (found.into(), inserted.into()))
    }

    fn insert(&mut self, new: NewUser) -> Work<'_, data::User> {
        let insert = sqlx::query_as::<_, User>(INSERT).bind(new.name).bind(new.hair_color);
        work(async move { Ok(insert.fetch_one(&mut self.connection).await?) }, Into::into)
    }

    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        work(async move { insert_many(&mut self.connection, &new).await }, same)
    }

    fn insert_many_back(&mut self, new: Vec<NewUser>) -> Work<'_, Vec<data::User>> {
        let future = async move {
            let names: Vec<&str> = new.iter().map(|row| row.name.as_str()).collect();
            let colors: Vec<Option<&str>> = new.iter().map(|row| row.hair_color.as_deref()).collect();
            let insert = sqlx::query_as::<_, User>(include_str!("sql/insert_back.sql")).bind(names).bind(colors);
            Ok(insert.fetch_all(&mut self.connection).await?)
        };
        work(future, each)
    }

    fn insert_wide(&mut self, new: Vec<data::WideUser>) -> Work<'_, u64> {
        let future = async move {
            let of = WideColumns::of(&new);
            let insert = sqlx::query(include_str!("sql/insert_wide.sql"))
                .bind(of.id)
                .bind(of.external_id)
                .bind(of.parent_id)
                .bind(of.name)
                .bind(of.email)
                .bind(of.city)
                .bind(of.street)
                .bind(of.nickname)
                .bind(of.phone)
                .bind(of.company)
                .bind(of.note)
                .bind(of.visits)
                .bind(of.balance)
                .bind(of.score)
                .bind(of.level)
                .bind(of.rank)
                .bind(of.longitude)
                .bind(of.latitude)
                .bind(of.weight)
                .bind(of.height)
                .bind(of.active)
                .bind(of.verified)
                .bind(of.created_at)
                .bind(of.updated_at)
                .bind(of.deleted_at);
            Ok(insert.execute(&mut self.connection).await?.rows_affected())
        };
        work(future, same)
    }

    fn update_many(&mut self, changed: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let (ids, names, colors) = columns(&changed);
            let update = sqlx::query(include_str!("sql/update_many.sql")).bind(ids).bind(names).bind(colors);
            Ok(update.execute(&mut self.connection).await?.rows_affected())
        };
        work(future, same)
    }

    fn upsert_many(&mut self, rows: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let (ids, names, colors) = columns(&rows);
            let upsert = sqlx::query(include_str!("sql/upsert_many.sql")).bind(ids).bind(names).bind(colors);
            Ok(upsert.execute(&mut self.connection).await?.rows_affected())
        };
        work(future, same)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async {
            let connection = &mut self.connection;
            let authors = sqlx::query_as::<_, Author>("SELECT id, name, country FROM authors ORDER BY id");
            let authors = authors.fetch_all(&mut *connection).await?;
            let keys: Vec<i64> = authors.iter().map(|author| author.id).collect();
            let books = "SELECT id, author_id, title FROM books WHERE author_id = ANY($1) ORDER BY author_id, id";
            let books = sqlx::query_as::<_, Book>(books).bind(keys).fetch_all(&mut *connection).await?;
            let keys: Vec<i64> = books.iter().map(|book| book.id).collect();
            let chapters = "SELECT id, book_id, heading FROM chapters WHERE book_id = ANY($1) ORDER BY book_id, id";
            let chapters = sqlx::query_as::<_, Chapter>(chapters).bind(keys).fetch_all(connection).await?;
            let books = grouped(books, chapters, |book, chapter| chapter.book_id == book.id, same);
            Ok(grouped(authors, books, |author, (book, _)| book.author_id == author.id, same))
        };
        work(future, |rows| {
            let books = |books: Vec<(Book, Vec<Chapter>)>| {
                books.into_iter().map(|(book, chapters)| (book.into(), each(chapters))).collect()
            };
            rows.into_iter().map(|(author, of)| (author.into(), books(of))).collect()
        })
    }

    fn pages(&mut self, pages: usize) -> Work<'_, Vec<data::Chapter>> {
        let future = async move {
            let first = "SELECT id, book_id, heading FROM chapters ORDER BY heading, id LIMIT 26";
            let mut read: Vec<Chapter> = Vec::new();
            for _ in 0..pages {
                let select = match read.last() {
                    None => sqlx::query_as::<_, Chapter>(first),
                    Some(last) => {
                        let next = sqlx::query_as::<_, Chapter>(include_str!("sql/page.sql"));
                        next.bind(last.heading.as_str()).bind(last.id)
                    }
                };
                let mut page = select.fetch_all(&mut self.connection).await?;
                let more = page.len() > PAGE;
                page.truncate(PAGE);
                read.extend(page);
                if !more {
                    break;
                }
            }
            Ok(read)
        };
        work(future, each)
    }

    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        let select = sqlx::query_as::<_, Heading>(include_str!("sql/joined.sql")).bind(author_id);
        work(async move { Ok(select.fetch_all(&mut self.connection).await?) }, same)
    }

    fn insert_from(&mut self, mut new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            let mut transaction = self.connection.begin().await?;
            let mut inserted = 0;
            loop {
                let chunk: Vec<NewUser> = new.by_ref().take(CHUNK).collect();
                if chunk.is_empty() {
                    break;
                }
                inserted += insert_many(&mut transaction, &chunk).await?;
            }
            transaction.commit().await?;
            Ok(inserted)
        };
        work(future, same)
    }
}
