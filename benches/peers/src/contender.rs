//! The trait of contenders: the work that each can be asked to do, and the form of its answers.

use std::error::Error;
use std::pin::Pin;

use crate::data::{Chapter, Heading, NewUser, Tree, User, WideUser};

pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// The rows that a contender returned, in its own types until they are asked for: turning them into those of `data` is
/// no part of the work.
pub(crate) struct Answer<T>(Box<dyn FnOnce() -> T>);

impl<T> Answer<T> {
    pub(crate) fn rows(self) -> T {
        (self.0)()
    }
}

/// The answer to a case: a future that does it, or the reason why the contender does not offer it.
pub(crate) type Work<'c, T> = Result<Pin<Box<dyn Future<Output = Result<Answer<T>, Failure>> + 'c>>, &'static str>;

/// Makes the work of a future and of what turns its output into the rows of `data`.
pub(crate) fn work<'c, R: 'static, T: 'static>(
    future: impl Future<Output = Result<R, Failure>> + 'c,
    rows: fn(R) -> T,
) -> Work<'c, T> {
    Ok(Box::pin(async move {
        let answer = future.await?;
        Ok(Answer(Box::new(move || rows(answer))))
    }))
}

/// For answers that are rows of `data` already.
pub(crate) fn same<T>(rows: T) -> T {
    rows
}

/// For answers whose rows are turned one by one.
pub(crate) fn each<R: Into<T>, T>(rows: Vec<R>) -> Vec<T> {
    rows.into_iter().map(Into::into).collect()
}

/// Runs a task for each list of keys, at the same time, and returns the rows of all of them.
pub(crate) async fn in_tasks<R, F>(keys: Vec<Vec<i64>>, task: impl Fn(Vec<i64>) -> F) -> Result<Vec<R>, Failure>
where
    R: Send + 'static,
    F: Future<Output = Result<Vec<R>, Failure>> + Send + 'static,
{
    let tasks: Vec<_> = keys.into_iter().map(|keys| tokio::spawn(task(keys))).collect();
    let mut rows = Vec::new();
    for task in tasks {
        rows.extend(task.await??);
    }
    Ok(rows)
}

const MISSING: &str = "not offered";

/// A way to use the database. The methods are the cases; a contender leaves out what it does not offer.
#[expect(unused_variables, reason = "parameters are named for those who implement them")]
pub(crate) trait Contender {
    /// Reads all users.
    fn read(&mut self) -> Work<'_, Vec<User>> {
        Err(MISSING)
    }

    /// Reads all wide users.
    fn read_wide(&mut self) -> Work<'_, Vec<WideUser>> {
        Err(MISSING)
    }

    /// Finds users by key, one after the other in each of the tasks, which share a pool of 8 connections.
    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<User>> {
        Err(MISSING)
    }

    /// Finds a user by key.
    fn find(&mut self, id: i64) -> Work<'_, User> {
        Err(MISSING)
    }

    /// Renames a user and returns the row.
    fn update(&mut self, id: i64, name: String) -> Work<'_, User> {
        Err(MISSING)
    }

    /// In a transaction: finds a user by key, renames it, inserts another user. Returns the row found and the inserted one.
    fn transaction(&mut self, id: i64, name: String, new: NewUser) -> Work<'_, (User, User)> {
        Err(MISSING)
    }

    /// Inserts a user and returns the row.
    fn insert(&mut self, new: NewUser) -> Work<'_, User> {
        Err(MISSING)
    }

    /// Inserts users, all or none, and returns how many.
    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        Err(MISSING)
    }

    /// Inserts users, all or none, and returns the rows in the order in which they were given.
    fn insert_many_back(&mut self, new: Vec<NewUser>) -> Work<'_, Vec<User>> {
        Err(MISSING)
    }

    /// Inserts wide users, all or none, and returns how many.
    fn insert_wide(&mut self, new: Vec<WideUser>) -> Work<'_, u64> {
        Err(MISSING)
    }

    /// Gives each user its own new name and color, all or none, and returns how many.
    fn update_many(&mut self, changed: Vec<User>) -> Work<'_, u64> {
        Err(MISSING)
    }

    /// Inserts users or, where the key exists, updates them, all or none. Returns how many.
    fn upsert_many(&mut self, rows: Vec<User>) -> Work<'_, u64> {
        Err(MISSING)
    }

    /// Loads all authors with their books with their chapters, each ordered by key.
    fn children(&mut self) -> Work<'_, Tree> {
        Err(MISSING)
    }

    /// Reads pages of 25 chapters by heading and key, each after the last row of the one before. A page also says whether
    /// there is a next one.
    fn pages(&mut self, pages: usize) -> Work<'_, Vec<Chapter>> {
        Err(MISSING)
    }

    /// Joins the chapters of an author with their books and the author, ordered by the chapter's key.
    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        Err(MISSING)
    }

    /// Inserts the users that an iterator yields, all or none, and returns how many.
    fn insert_from(&mut self, new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        Err(MISSING)
    }
}
