//! The tables: made, filled again before a turn that needs them as they were, and read after a turn that wrote.

use tokio_postgres::Client;
use tokio_postgres::types::Type;

use crate::contender::Failure;
use crate::contenders::raw;
use crate::data::{AUTHORS, EACH, USERS, User, WideUser, author, books, chapters, users, wide_users};

/// The content of the tables of users when a turn begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// 10,000 users and 10,000 wide users.
    Full,
    /// No user.
    NoUsers,
    /// No wide user.
    NoWideUsers,
}

pub(crate) struct Tables {
    client: Client,
    /// Whether `users` and `wide_users` are full; `None` when a turn has written since.
    users: Option<bool>,
    wide_users: Option<bool>,
}

impl Tables {
    /// Connects to a database that has the tables.
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        Ok(Self { client: raw::connect(url).await?, users: None, wide_users: None })
    }

    /// Makes and fills the tables in an empty database.
    pub(crate) async fn create(url: &str) -> Result<(), Failure> {
        let client = raw::connect(url).await?;
        client.batch_execute(include_str!("schema.sql")).await?;
        let (keyed, child) = ([Type::INT8, Type::TEXT, Type::TEXT], [Type::INT8, Type::INT8, Type::TEXT]);
        let authors = (1..=AUTHORS).map(author);
        raw::copy(&client, "authors", &keyed, authors, |row| [&row.id, &row.name, &row.country]).await?;
        let books = (1..=AUTHORS).flat_map(books);
        raw::copy(&client, "books", &child, books, |row| [&row.id, &row.author_id, &row.title]).await?;
        let chapters = (1..=AUTHORS * EACH).flat_map(chapters);
        raw::copy(&client, "chapters", &child, chapters, |row| [&row.id, &row.book_id, &row.heading]).await?;
        let users = users(1..=USERS).into_iter();
        raw::copy(&client, "users_full", &keyed, users, |row| [&row.id, &row.name, &row.hair_color]).await?;
        raw::copy_wide(&client, "wide_users_full", &wide_users()).await?;
        client.batch_execute("VACUUM ANALYZE").await?;
        Ok(())
    }

    /// Brings the tables into a state, unless they are in it.
    pub(crate) async fn bring(&mut self, state: State) -> Result<(), Failure> {
        let users = state == State::Full;
        if state != State::NoWideUsers && self.users != Some(users) {
            self.client.batch_execute("TRUNCATE users RESTART IDENTITY").await?;
            if users {
                self.client.batch_execute("INSERT INTO users SELECT * FROM users_full ORDER BY id").await?;
                self.client.batch_execute(&format!("SELECT setval('users_id_seq', {USERS})")).await?;
            }
            self.client.batch_execute("VACUUM (ANALYZE) users").await?;
            self.users = Some(users);
        }
        let wide_users = state == State::Full;
        if state != State::NoUsers && self.wide_users != Some(wide_users) {
            self.client.batch_execute("TRUNCATE wide_users").await?;
            if wide_users {
                self.client.batch_execute("INSERT INTO wide_users SELECT * FROM wide_users_full ORDER BY id").await?;
            }
            self.client.batch_execute("VACUUM (ANALYZE) wide_users").await?;
            self.wide_users = Some(wide_users);
        }
        Ok(())
    }

    /// To be called when a turn has written to the tables as they were in a state.
    pub(crate) fn written(&mut self, state: State) {
        if state == State::NoWideUsers {
            self.wide_users = None;
        } else {
            self.users = None;
        }
    }

    /// Returns the users by key.
    pub(crate) async fn users(&self) -> Result<Vec<User>, Failure> {
        let rows = self.client.query("SELECT id, name, hair_color FROM users ORDER BY id", &[]).await?;
        Ok(rows.iter().map(|row| User { id: row.get(0), name: row.get(1), hair_color: row.get(2) }).collect())
    }

    /// Returns how many users there are.
    pub(crate) async fn count(&self) -> Result<i64, Failure> {
        Ok(self.client.query_one("SELECT count(*) FROM users", &[]).await?.get(0))
    }

    /// Returns the wide users by key.
    pub(crate) async fn wide_users(&self) -> Result<Vec<WideUser>, Failure> {
        let rows = self.client.query(&format!("SELECT {} FROM wide_users ORDER BY id", raw::WIDE), &[]).await?;
        Ok(rows.iter().map(raw::wide_user).collect())
    }
}
