//! The driver alone, on a connection of its own: statements prepared once, rows decoded by position as they arrive, and for
//! each case the form that is fastest where most people would look for it: VALUES for small batches, COPY for large ones,
//! arrays where rows come back or exist.

use std::collections::HashMap;
use std::fmt::Write;
use std::pin::pin;

use deadpool_postgres::{Manager, Pool};
use futures_util::TryStreamExt;
use tokio_postgres::binary_copy::BinaryCopyInWriter;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, Row, Statement};

use crate::contender::{Contender, Failure, Work, in_tasks, same, work};
use crate::data::{Author, Book, Chapter, Heading, NewUser, PAGE, Tree, User, WideUser};

pub(crate) type Parameter<'p> = &'p (dyn ToSql + Sync);

const FIND: &str = "SELECT id, name, hair_color FROM users WHERE id = $1";
pub(crate) const WIDE: &str = "id, external_id, parent_id, name, email, city, street, nickname, phone, company, note, visits, \
    balance, score, level, rank, longitude, latitude, weight, height, active, verified, created_at, updated_at, deleted_at";
pub(crate) const WIDE_TYPES: [Type; 25] = [
    Type::INT8,
    Type::UUID,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT4,
    Type::INT4,
    Type::INT4,
    Type::FLOAT8,
    Type::FLOAT8,
    Type::FLOAT8,
    Type::FLOAT8,
    Type::BOOL,
    Type::BOOL,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
    Type::TIMESTAMPTZ,
];

/// Connects, with a task that drives the connection.
pub(crate) async fn connect(url: &str) -> Result<Client, Failure> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub(crate) struct Raw {
    client: Client,
    pool: Pool,
    read: Statement,
    read_wide: Statement,
    find: Statement,
    update: Statement,
    rename: Statement,
    insert: Statement,
    insert_back: Statement,
    update_many: Statement,
    upsert_many: Statement,
    authors: Statement,
    books: Statement,
    chapters: Statement,
    first_page: Statement,
    page: Statement,
    joined: Statement,
    /// INSERT … VALUES, by the number of rows.
    values: HashMap<usize, Statement>,
}

impl Raw {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let client = connect(url).await?;
        let manager = Manager::new(url.parse()?, NoTls);
        let pool = Pool::builder(manager).max_size(8).build()?;
        let prepare = |sql: &'static str| client.prepare(sql);
        Ok(Self {
            pool,
            read: prepare("SELECT id, name, hair_color FROM users").await?,
            read_wide: client.prepare(&format!("SELECT {WIDE} FROM wide_users")).await?,
            find: prepare(FIND).await?,
            update: prepare("UPDATE users SET name = $2 WHERE id = $1 RETURNING id, name, hair_color").await?,
            rename: prepare("UPDATE users SET name = $2 WHERE id = $1").await?,
            insert: prepare("INSERT INTO users (name, hair_color) VALUES ($1, $2) RETURNING id, name, hair_color")
                .await?,
            insert_back: prepare(include_str!("sql/insert_back.sql")).await?,
            update_many: prepare(include_str!("sql/update_many.sql")).await?,
            upsert_many: prepare(include_str!("sql/upsert_many.sql")).await?,
            authors: prepare("SELECT id, name, country FROM authors ORDER BY id").await?,
            books: prepare("SELECT id, author_id, title FROM books WHERE author_id = ANY($1) ORDER BY author_id, id")
                .await?,
            chapters: prepare("SELECT id, book_id, heading FROM chapters WHERE book_id = ANY($1) ORDER BY book_id, id")
                .await?,
            first_page: prepare("SELECT id, book_id, heading FROM chapters ORDER BY heading, id LIMIT 26").await?,
            page: prepare(include_str!("sql/page.sql")).await?,
            joined: prepare(include_str!("sql/joined.sql")).await?,
            values: HashMap::new(),
            client,
        })
    }

    /// Returns the statement that inserts a number of rows, prepared when it is first asked for.
    async fn values(&mut self, rows: usize) -> Result<Statement, Failure> {
        if let Some(statement) = self.values.get(&rows) {
            return Ok(statement.clone());
        }
        let mut sql = "INSERT INTO users (name, hair_color) VALUES ".to_owned();
        for n in 0..rows {
            write!(sql, "{}(${}, ${})", if n == 0 { "" } else { ", " }, n * 2 + 1, n * 2 + 2)?;
        }
        let statement = self.client.prepare(&sql).await?;
        self.values.insert(rows, statement.clone());
        Ok(statement)
    }
}

/// Runs a query and decodes each row as it arrives.
async fn all<T>(
    client: &Client,
    statement: &Statement,
    values: &[Parameter<'_>],
    decode: fn(&Row) -> T,
) -> Result<Vec<T>, Failure> {
    let rows = client.query_raw(statement, values.iter().copied()).await?;
    let (mut rows, mut all) = (pin!(rows), Vec::new());
    while let Some(row) = rows.try_next().await? {
        all.push(decode(&row));
    }
    Ok(all)
}

fn user(row: &Row) -> User {
    User { id: row.get(0), name: row.get(1), hair_color: row.get(2) }
}

fn chapter(row: &Row) -> Chapter {
    Chapter { id: row.get(0), book_id: row.get(1), heading: row.get(2) }
}

pub(crate) fn wide_user(row: &Row) -> WideUser {
    WideUser {
        id: row.get(0),
        external_id: row.get(1),
        parent_id: row.get(2),
        name: row.get(3),
        email: row.get(4),
        city: row.get(5),
        street: row.get(6),
        nickname: row.get(7),
        phone: row.get(8),
        company: row.get(9),
        note: row.get(10),
        visits: row.get(11),
        balance: row.get(12),
        score: row.get(13),
        level: row.get(14),
        rank: row.get(15),
        longitude: row.get(16),
        latitude: row.get(17),
        weight: row.get(18),
        height: row.get(19),
        active: row.get(20),
        verified: row.get(21),
        created_at: row.get(22),
        updated_at: row.get(23),
        deleted_at: row.get(24),
    }
}

fn wide_values(row: &WideUser) -> [Parameter<'_>; 25] {
    [
        &row.id,
        &row.external_id,
        &row.parent_id,
        &row.name,
        &row.email,
        &row.city,
        &row.street,
        &row.nickname,
        &row.phone,
        &row.company,
        &row.note,
        &row.visits,
        &row.balance,
        &row.score,
        &row.level,
        &row.rank,
        &row.longitude,
        &row.latitude,
        &row.weight,
        &row.height,
        &row.active,
        &row.verified,
        &row.created_at,
        &row.updated_at,
        &row.deleted_at,
    ]
}

/// Copies rows into columns of these types.
pub(crate) async fn copy<R, const N: usize>(
    client: &Client,
    table: &str,
    types: &[Type; N],
    rows: impl Iterator<Item = R>,
    values: for<'r> fn(&'r R) -> [Parameter<'r>; N],
) -> Result<u64, Failure> {
    let sink = client.copy_in(&format!("COPY {table} FROM STDIN (FORMAT binary)")).await?;
    let mut writer = pin!(BinaryCopyInWriter::new(sink, types));
    for row in rows {
        writer.as_mut().write(&values(&row)).await?;
    }
    Ok(writer.finish().await?)
}

async fn copy_users(client: &Client, rows: impl Iterator<Item = NewUser>) -> Result<u64, Failure> {
    let types = [Type::TEXT, Type::TEXT];
    copy(client, "users (name, hair_color)", &types, rows, |row| [&row.name, &row.hair_color]).await
}

/// Copies rows into a table with the columns of `wide_users`.
pub(crate) async fn copy_wide(client: &Client, table: &str, rows: &[WideUser]) -> Result<u64, Failure> {
    copy(client, &format!("{table} ({WIDE})"), &WIDE_TYPES, rows.iter(), |row| wide_values(row)).await
}

/// The columns of users as arrays.
pub(crate) fn columns(rows: &[User]) -> (Vec<i64>, Vec<&str>, Vec<Option<&str>>) {
    let ids = rows.iter().map(|row| row.id).collect();
    let names = rows.iter().map(|row| row.name.as_str()).collect();
    (ids, names, rows.iter().map(|row| row.hair_color.as_deref()).collect())
}

/// Puts rows that are ordered by their owner's key below their owners, which are ordered by key as well.
pub(crate) fn grouped<P, C, T>(
    owners: Vec<P>,
    rows: Vec<T>,
    owns: fn(&P, &T) -> bool,
    child: fn(T) -> C,
) -> Vec<(P, Vec<C>)> {
    let mut rows = rows.into_iter().peekable();
    let mut of = |owner: &P| std::iter::from_fn(|| rows.next_if(|row| owns(owner, row)).map(child)).collect();
    owners.into_iter().map(|owner| (of(&owner), owner)).map(|(children, owner)| (owner, children)).collect()
}

impl Contender for Raw {
    fn read(&mut self) -> Work<'_, Vec<User>> {
        work(all(&self.client, &self.read, &[], user), same)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<WideUser>> {
        work(all(&self.client, &self.read_wide, &[], wide_user), same)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<User>> {
        let task = |keys: Vec<i64>| {
            let pool = self.pool.clone();
            async move {
                let mut found = Vec::with_capacity(keys.len());
                for id in keys {
                    let client = pool.get().await?;
                    let find = client.prepare_cached(FIND).await?;
                    found.push(user(&client.query_one(&find, &[&id]).await?));
                }
                Ok(found)
            }
        };
        work(in_tasks(keys, task), same)
    }

    fn find(&mut self, id: i64) -> Work<'_, User> {
        work(async move { Ok(user(&self.client.query_one(&self.find, &[&id]).await?)) }, same)
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, User> {
        work(async move { Ok(user(&self.client.query_one(&self.update, &[&id, &name]).await?)) }, same)
    }

    fn transaction(&mut self, id: i64, name: String, new: NewUser) -> Work<'_, (User, User)> {
        let future = async move {
            let transaction = self.client.transaction().await?;
            let found = user(&transaction.query_one(&self.find, &[&id]).await?);
            transaction.execute(&self.rename, &[&id, &name]).await?;
            let inserted = user(&transaction.query_one(&self.insert, &[&new.name, &new.hair_color]).await?);
            transaction.commit().await?;
            Ok((found, inserted))
        };
        work(future, same)
    }

    fn insert(&mut self, new: NewUser) -> Work<'_, User> {
        let future = async move {
            let values: [Parameter<'_>; 2] = [&new.name, &new.hair_color];
            Ok(user(&self.client.query_one(&self.insert, &values).await?))
        };
        work(future, same)
    }

    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        let future = async move {
            if new.len() > 1_000 {
                return copy_users(&self.client, new.into_iter()).await;
            }
            let statement = self.values(new.len()).await?;
            let values: Vec<Parameter<'_>> =
                new.iter().flat_map(|row| [&row.name as Parameter<'_>, &row.hair_color]).collect();
            Ok(self.client.execute(&statement, &values).await?)
        };
        work(future, same)
    }

    fn insert_many_back(&mut self, new: Vec<NewUser>) -> Work<'_, Vec<User>> {
        let future = async move {
            let names: Vec<&str> = new.iter().map(|row| row.name.as_str()).collect();
            let colors: Vec<Option<&str>> = new.iter().map(|row| row.hair_color.as_deref()).collect();
            all(&self.client, &self.insert_back, &[&names, &colors], user).await
        };
        work(future, same)
    }

    fn insert_wide(&mut self, new: Vec<WideUser>) -> Work<'_, u64> {
        work(async move { copy_wide(&self.client, "wide_users", &new).await }, same)
    }

    fn update_many(&mut self, changed: Vec<User>) -> Work<'_, u64> {
        let future = async move {
            let (ids, names, colors) = columns(&changed);
            Ok(self.client.execute(&self.update_many, &[&ids, &names, &colors]).await?)
        };
        work(future, same)
    }

    fn upsert_many(&mut self, rows: Vec<User>) -> Work<'_, u64> {
        let future = async move {
            let (ids, names, colors) = columns(&rows);
            Ok(self.client.execute(&self.upsert_many, &[&ids, &names, &colors]).await?)
        };
        work(future, same)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async move {
            let author = |row: &Row| Author { id: row.get(0), name: row.get(1), country: row.get(2) };
            let authors = all(&self.client, &self.authors, &[], author).await?;
            let keys: Vec<i64> = authors.iter().map(|author| author.id).collect();
            let book = |row: &Row| Book { id: row.get(0), author_id: row.get(1), title: row.get(2) };
            let books = all(&self.client, &self.books, &[&keys], book).await?;
            let keys: Vec<i64> = books.iter().map(|book| book.id).collect();
            let chapters = all(&self.client, &self.chapters, &[&keys], chapter).await?;
            let books = grouped(books, chapters, |book, chapter| chapter.book_id == book.id, same);
            Ok(grouped(authors, books, |author, (book, _)| book.author_id == author.id, same))
        };
        work(future, same)
    }

    fn pages(&mut self, pages: usize) -> Work<'_, Vec<Chapter>> {
        let future = async move {
            let mut read: Vec<Chapter> = Vec::new();
            for _ in 0..pages {
                let mut page = match read.last() {
                    None => all(&self.client, &self.first_page, &[], chapter).await?,
                    Some(last) => all(&self.client, &self.page, &[&last.heading, &last.id], chapter).await?,
                };
                let more = page.len() > PAGE;
                page.truncate(PAGE);
                read.extend(page);
                if !more {
                    break;
                }
            }
            Ok(read)
        };
        work(future, same)
    }

    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        let decode = |row: &Row| (row.get(0), row.get(1), row.get(2));
        work(async move { all(&self.client, &self.joined, &[&author_id], decode).await }, same)
    }

    fn insert_from(&mut self, new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        work(copy_users(&self.client, new), same)
    }
}
