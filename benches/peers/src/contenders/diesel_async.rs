//! Diesel-async, on a connection of its own, and on deadpool's pool where there are tasks.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Nullable, Text};
use diesel::upsert::excluded;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::diesel_models::{
    Author, Book, Chapter, NewUser, User, WideUser, authors, books, chapters, keyed_users, levels, new_users, tree,
    users, wide_users,
};
use super::raw::columns;
use crate::contender::{Contender, Failure, Work, each, in_tasks, same, work};
use crate::data::{self, Heading, PAGE, Tree};

/// Limits: the wide rows that fit into the 65,535 parameters of a statement, and the rows of an iterator per insert.
const WIDE_CHUNK: usize = 2_600;
const CHUNK: usize = 10_000;

pub(crate) struct DieselAsync {
    connection: AsyncPgConnection,
    pool: Pool<AsyncPgConnection>,
}

impl DieselAsync {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let connection = AsyncPgConnection::establish(url).await?;
        let pool = Pool::builder(AsyncDieselConnectionManager::new(url)).max_size(8).build()?;
        Ok(Self { connection, pool })
    }
}

async fn find(connection: &mut AsyncPgConnection, id: i64) -> QueryResult<User> {
    users::table.find(id).select(User::as_select()).first(connection).await
}

async fn insert(connection: &mut AsyncPgConnection, new: &data::NewUser) -> QueryResult<User> {
    diesel::insert_into(users::table)
        .values(NewUser { name: &new.name, hair_color: new.hair_color.as_deref() })
        .returning(User::as_returning())
        .get_result(connection)
        .await
}

async fn insert_many(connection: &mut AsyncPgConnection, rows: &[data::NewUser]) -> QueryResult<u64> {
    Ok(diesel::insert_into(users::table).values(new_users(rows)).execute(connection).await? as u64)
}

impl Contender for DieselAsync {
    fn read(&mut self) -> Work<'_, Vec<data::User>> {
        work(async { Ok(users::table.select(User::as_select()).load(&mut self.connection).await?) }, each)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<data::WideUser>> {
        work(async { Ok(wide_users::table.select(WideUser::as_select()).load(&mut self.connection).await?) }, each)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<data::User>> {
        let task = |keys: Vec<i64>| {
            let pool = self.pool.clone();
            async move {
                let mut found = Vec::with_capacity(keys.len());
                for id in keys {
                    found.push(find(&mut *pool.get().await?, id).await?);
                }
                Ok(found)
            }
        };
        work(in_tasks(keys, task), each)
    }

    fn find(&mut self, id: i64) -> Work<'_, data::User> {
        work(async move { Ok(find(&mut self.connection, id).await?) }, Into::into)
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, data::User> {
        let future = async move {
            let update =
                diesel::update(users::table.find(id)).set(users::name.eq(name)).returning(User::as_returning());
            Ok(update.get_result(&mut self.connection).await?)
        };
        work(future, Into::into)
    }

    fn transaction(&mut self, id: i64, name: String, new: data::NewUser) -> Work<'_, (data::User, data::User)> {
        let future = async move {
            let rows = self.connection.transaction(async move |connection| {
                let found = find(connection, id).await?;
                diesel::update(users::table.find(id)).set(users::name.eq(name)).execute(connection).await?;
                QueryResult::Ok((found, insert(connection, &new).await?))
            });
            Ok(rows.await?)
        };
        work(future, |(found, inserted)| (found.into(), inserted.into()))
    }

    fn insert(&mut self, new: data::NewUser) -> Work<'_, data::User> {
        work(async move { Ok(insert(&mut self.connection, &new).await?) }, Into::into)
    }

    fn insert_many(&mut self, new: Vec<data::NewUser>) -> Work<'_, u64> {
        work(async move { Ok(insert_many(&mut self.connection, &new).await?) }, same)
    }

    fn insert_many_back(&mut self, new: Vec<data::NewUser>) -> Work<'_, Vec<data::User>> {
        let future = async move {
            let insert = diesel::insert_into(users::table).values(new_users(&new)).returning(User::as_returning());
            Ok(insert.get_results(&mut self.connection).await?)
        };
        work(future, each)
    }

    fn insert_wide(&mut self, new: Vec<data::WideUser>) -> Work<'_, u64> {
        let future = async move {
            let rows: Vec<WideUser> = new.into_iter().map(Into::into).collect();
            let inserted = self.connection.transaction(async move |connection| {
                let mut inserted = 0;
                for chunk in rows.chunks(WIDE_CHUNK) {
                    inserted += diesel::insert_into(wide_users::table).values(chunk).execute(connection).await?;
                }
                QueryResult::Ok(inserted as u64)
            });
            Ok(inserted.await?)
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
            Ok(update.execute(&mut self.connection).await? as u64)
        };
        work(future, same)
    }

    fn upsert_many(&mut self, rows: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let upsert = diesel::insert_into(users::table)
                .values(keyed_users(&rows))
                .on_conflict(users::id)
                .do_update()
                .set((users::name.eq(excluded(users::name)), users::hair_color.eq(excluded(users::hair_color))));
            Ok(upsert.execute(&mut self.connection).await? as u64)
        };
        work(future, same)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async {
            let connection = &mut self.connection;
            let authors = authors::table.order(authors::id).select(Author::as_select()).load(connection).await?;
            let books: Vec<Book> =
                Book::belonging_to(&authors).order(books::id).select(Book::as_select()).load(connection).await?;
            let chapters =
                Chapter::belonging_to(&books).order(chapters::id).select(Chapter::as_select()).load(connection).await?;
            Ok(levels(authors, books, chapters))
        };
        work(future, tree)
    }

    fn pages(&mut self, pages: usize) -> Work<'_, Vec<data::Chapter>> {
        let future = async move {
            let connection = &mut self.connection;
            let mut read: Vec<Chapter> = Vec::new();
            for _ in 0..pages {
                let select =
                    chapters::table.order((chapters::heading, chapters::id)).limit(26).select(Chapter::as_select());
                let mut page: Vec<Chapter> = match read.last() {
                    None => select.load(connection).await?,
                    Some(last) => {
                        let tied = chapters::heading.gt(&last.heading).or(chapters::id.gt(last.id));
                        select.filter(chapters::heading.ge(&last.heading).and(tied)).load(connection).await?
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
            Ok(select.load(&mut self.connection).await?)
        };
        work(future, same)
    }

    fn insert_from(&mut self, mut new: Box<dyn Iterator<Item = data::NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            let inserted = self.connection.transaction(async move |connection| {
                let mut inserted = 0;
                loop {
                    let chunk: Vec<data::NewUser> = new.by_ref().take(CHUNK).collect();
                    if chunk.is_empty() {
                        return QueryResult::Ok(inserted);
                    }
                    inserted += insert_many(connection, &chunk).await?;
                }
            });
            Ok(inserted.await?)
        };
        work(future, same)
    }
}
