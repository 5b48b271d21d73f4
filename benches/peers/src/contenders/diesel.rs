//! Diesel, whose calls block: on a connection of its own, and with r2d2's pool in as many threads as there are tasks.

use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::upsert::excluded;

use super::diesel_models::{
    Author, Book, Chapter, KeyedUser, NewUser, User, WideUser, authors, books, chapters, keyed_users, levels,
    new_users, tree, users, wide_users,
};
use super::raw::columns;
use crate::contender::{Contender, Failure, Work, each, same, work};
use crate::data::{self, Heading, PAGE, Tree};

/// The number of rows of an iterator per COPY: `from_insertable` takes them as a list.
const CHUNK: usize = 10_000;

pub(crate) struct Diesel {
    connection: PgConnection,
    pool: Pool<ConnectionManager<PgConnection>>,
}

impl Diesel {
    pub(crate) fn connect(url: &str) -> Result<Self, Failure> {
        let connection = PgConnection::establish(url)?;
        let pool = Pool::builder().max_size(8).test_on_check_out(false).build_unchecked(ConnectionManager::new(url));
        Ok(Self { connection, pool })
    }
}

/// Batches of this size and more are copied.
const COPIED: usize = 5_000;

fn insert_many(connection: &mut PgConnection, rows: &[data::NewUser]) -> Result<u64, Failure> {
    let rows = new_users(rows);
    let inserted = if rows.len() < COPIED {
        diesel::insert_into(users::table).values(&rows).execute(connection)?
    } else {
        diesel::copy_from(users::table).from_insertable(rows).execute(connection)?
    };
    Ok(inserted as u64)
}

fn find(connection: &mut PgConnection, id: i64) -> QueryResult<User> {
    users::table.find(id).select(User::as_select()).first(connection)
}

fn insert(connection: &mut PgConnection, new: &data::NewUser) -> QueryResult<User> {
    diesel::insert_into(users::table)
        .values(NewUser { name: &new.name, hair_color: new.hair_color.as_deref() })
        .returning(User::as_returning())
        .get_result(connection)
}

impl Contender for Diesel {
    fn read(&mut self) -> Work<'_, Vec<data::User>> {
        work(async { Ok(users::table.select(User::as_select()).load(&mut self.connection)?) }, each)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<data::WideUser>> {
        work(async { Ok(wide_users::table.select(WideUser::as_select()).load(&mut self.connection)?) }, each)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<data::User>> {
        let future = async move {
            let task = |keys: Vec<i64>| {
                let pool = self.pool.clone();
                move || {
                    let find = |id| Ok::<_, Failure>(find(&mut *pool.get()?, id)?);
                    keys.into_iter().map(find).collect::<Result<Vec<User>, Failure>>()
                }
            };
            let tasks: Vec<_> = keys.into_iter().map(|keys| tokio::task::spawn_blocking(task(keys))).collect();
            let mut found = Vec::new();
            for task in tasks {
                found.extend(task.await??);
            }
            Ok(found)
        };
        work(future, each)
    }

    fn find(&mut self, id: i64) -> Work<'_, data::User> {
        work(async move { Ok(find(&mut self.connection, id)?) }, Into::into)
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, data::User> {
        let future = async move {
            let update =
                diesel::update(users::table.find(id)).set(users::name.eq(name)).returning(User::as_returning());
            Ok(update.get_result(&mut self.connection)?)
        };
        work(future, Into::into)
    }

    fn transaction(&mut self, id: i64, name: String, new: data::NewUser) -> Work<'_, (data::User, data::User)> {
        let future = async move {
            let rows = self.connection.transaction(|connection| {
                let found = find(connection, id)?;
                diesel::update(users::table.find(id)).set(users::name.eq(name)).execute(connection)?;
                QueryResult::Ok((found, insert(connection, &new)?))
            });
            Ok(rows?)
        };
        work(future, |(found, inserted)| (found.into(), inserted.into()))
    }

    fn insert(&mut self, new: data::NewUser) -> Work<'_, data::User> {
        work(async move { Ok(insert(&mut self.connection, &new)?) }, Into::into)
    }

    fn insert_many(&mut self, new: Vec<data::NewUser>) -> Work<'_, u64> {
        work(async move { insert_many(&mut self.connection, &new) }, same)
    }

    fn insert_many_back(&mut self, new: Vec<data::NewUser>) -> Work<'_, Vec<data::User>> {
        let future = async move {
            let insert = diesel::insert_into(users::table).values(new_users(&new)).returning(User::as_returning());
            Ok(insert.get_results(&mut self.connection)?)
        };
        work(future, each)
    }

    fn insert_wide(&mut self, new: Vec<data::WideUser>) -> Work<'_, u64> {
        let future = async move {
            let rows: Vec<WideUser> = new.into_iter().map(Into::into).collect();
            Ok(diesel::copy_from(wide_users::table).from_insertable(rows).execute(&mut self.connection)? as u64)
        };
        work(future, same)
    }

    fn update_many(&mut self, changed: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let (ids, names, colors) = columns(&changed);
            let update = diesel::sql_query(include_str!("sql/update_many.sql"))
                .bind::<Array<BigInt>, _>(ids)
                .bind::<Array<Text>, _>(names)
                .bind::<Array<Nullable<Text>>, _>(colors);
            Ok(update.execute(&mut self.connection)? as u64)
        };
        work(future, same)
    }

    fn upsert_many(&mut self, rows: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let rows: Vec<KeyedUser<'_>> = keyed_users(&rows);
            let upsert = diesel::insert_into(users::table)
                .values(rows)
                .on_conflict(users::id)
                .do_update()
                .set((users::name.eq(excluded(users::name)), users::hair_color.eq(excluded(users::hair_color))));
            Ok(upsert.execute(&mut self.connection)? as u64)
        };
        work(future, same)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async {
            let connection = &mut self.connection;
            let authors = authors::table.order(authors::id).select(Author::as_select()).load(connection)?;
            let books: Vec<Book> =
                Book::belonging_to(&authors).order(books::id).select(Book::as_select()).load(connection)?;
            let chapters =
                Chapter::belonging_to(&books).order(chapters::id).select(Chapter::as_select()).load(connection)?;
            Ok(levels(authors, books, chapters))
        };
        work(future, tree)
    }

    fn pages(&mut self, pages: usize) -> Work<'_, Vec<data::Chapter>> {
        let future = async move {
            let mut read: Vec<Chapter> = Vec::new();
            for _ in 0..pages {
                let select =
                    chapters::table.order((chapters::heading, chapters::id)).limit(26).select(Chapter::as_select());
                let mut page: Vec<Chapter> = match read.last() {
                    None => select.load(&mut self.connection)?,
                    Some(last) => {
                        let tied = chapters::heading.gt(&last.heading).or(chapters::id.gt(last.id));
                        select.filter(chapters::heading.ge(&last.heading).and(tied)).load(&mut self.connection)?
                    }
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
        work(future, each)
    }

    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        let future = async move {
            let select = chapters::table
                .inner_join(books::table.inner_join(authors::table))
                .filter(authors::id.eq(author_id))
                .order(chapters::id)
                .select((chapters::heading, books::title, authors::name));
            Ok(select.load(&mut self.connection)?)
        };
        work(future, same)
    }

    fn insert_from(&mut self, mut new: Box<dyn Iterator<Item = data::NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            self.connection.transaction(|connection| {
                let mut inserted = 0;
                loop {
                    let chunk: Vec<data::NewUser> = new.by_ref().take(CHUNK).collect();
                    if chunk.is_empty() {
                        return Ok(inserted);
                    }
                    inserted += insert_many(connection, &chunk)?;
                }
            })
        };
        work(future, same)
    }
}
