//! Schemata, on its pool.

use chrono::{DateTime, Utc};
use schemata::prelude::*;
use uuid::Uuid;

use crate::contender::{Contender, Failure, Work, each, in_tasks, same, work};
use crate::data::{self, Heading, NewUser, PAGE, Tree, same_fields, same_wide_fields};

#[derive(Debug, TableModel)]
#[table(name = "users")]
struct User {
    #[column(primary_key, serial)]
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(Debug, TableModel)]
#[table(name = "wide_users")]
struct WideUser {
    #[column(primary_key)]
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

#[derive(Debug, TableModel)]
#[table(name = "authors")]
struct Author {
    #[column(primary_key)]
    id: i64,
    name: String,
    country: Option<String>,
}

#[derive(Debug, TableModel)]
#[table(name = "books")]
struct Book {
    #[column(primary_key)]
    id: i64,
    #[column(references = Author::id)]
    author_id: i64,
    title: String,
}

#[derive(Debug, TableModel)]
#[table(name = "chapters")]
struct Chapter {
    #[column(primary_key)]
    id: i64,
    #[column(references = Book::id)]
    book_id: i64,
    heading: String,
}

same_fields!(User, data::User: id name hair_color);
same_wide_fields!(WideUser, data::WideUser);
same_fields!(Author, data::Author: id name country);
same_fields!(Book, data::Book: id author_id title);
same_fields!(Chapter, data::Chapter: id book_id heading);

pub(crate) struct Ours(Db);

impl Ours {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        Ok(Self(Db::builder(url).max_connections(8).connect().await?))
    }
}

impl Contender for Ours {
    fn read(&mut self) -> Work<'_, Vec<data::User>> {
        work(async { Ok(User::select().fetch(&self.0).await?) }, each)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<data::WideUser>> {
        work(async { Ok(WideUser::select().fetch(&self.0).await?) }, each)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<data::User>> {
        let task = |keys: Vec<i64>| {
            let db = self.0.clone();
            async move {
                let mut found = Vec::with_capacity(keys.len());
                for id in keys {
                    found.push(User::get(&db, id).await?);
                }
                Ok(found)
            }
        };
        work(in_tasks(keys, task), each)
    }

    fn find(&mut self, id: i64) -> Work<'_, data::User> {
        work(async move { Ok(User::get(&self.0, id).await?) }, Into::into)
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, data::User> {
        let future = async move { Ok(User::update(id).name(name).exec(&self.0).await?.ok_or("no such user")?) };
        work(future, Into::into)
    }

    fn transaction(&mut self, id: i64, name: String, new: NewUser) -> Work<'_, (data::User, data::User)> {
        let future = async move {
            let work = |tx: Tx| {
                let (name, new) = (name.clone(), new.clone());
                async move {
                    let found = User::get(&tx, id).await?;
                    User::update(id).name(name).exec(&tx).await?;
                    let inserted = User::insert().name(new.name).hair_color(new.hair_color).exec(&tx).await?;
                    Ok::<_, schemata::Error>((found, inserted))
                }
            };
            Ok(self.0.transaction(work).await?)
        };
        work(future, |(found, inserted)| (found.into(), inserted.into()))
    }

    fn insert(&mut self, new: NewUser) -> Work<'_, data::User> {
        let future = async move { Ok(User::insert().name(new.name).hair_color(new.hair_color).exec(&self.0).await?) };
        work(future, Into::into)
    }

    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        self.insert_from(Box::new(new.into_iter()))
    }

    fn insert_many_back(&mut self, new: Vec<NewUser>) -> Work<'_, Vec<data::User>> {
        let future = async move {
            let rows = new.into_iter().map(|row| User::insert().name(row.name).hair_color(row.hair_color));
            Ok(User::insert_many(rows).fetch(&self.0).await?)
        };
        work(future, each)
    }

    fn insert_wide(&mut self, new: Vec<data::WideUser>) -> Work<'_, u64> {
        let insert = |row: data::WideUser| {
            WideUser::insert()
                .id(row.id)
                .external_id(row.external_id)
                .parent_id(row.parent_id)
                .name(row.name)
                .email(row.email)
                .city(row.city)
                .street(row.street)
                .nickname(row.nickname)
                .phone(row.phone)
                .company(row.company)
                .note(row.note)
                .visits(row.visits)
                .balance(row.balance)
                .score(row.score)
                .level(row.level)
                .rank(row.rank)
                .longitude(row.longitude)
                .latitude(row.latitude)
                .weight(row.weight)
                .height(row.height)
                .active(row.active)
                .verified(row.verified)
                .created_at(row.created_at)
                .updated_at(row.updated_at)
                .deleted_at(row.deleted_at)
        };
        work(async move { Ok(WideUser::insert_many(new.into_iter().map(insert)).exec(&self.0).await?) }, same)
    }

    fn update_many(&mut self, changed: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let rows = changed.into_iter().map(|row| User::update(row.id).name(row.name).hair_color(row.hair_color));
            Ok(User::update_many(rows).exec(&self.0).await?)
        };
        work(future, same)
    }

    fn upsert_many(&mut self, rows: Vec<data::User>) -> Work<'_, u64> {
        let future = async move {
            let rows = rows.into_iter().map(|row| User::insert().id(row.id).name(row.name).hair_color(row.hair_color));
            Ok(User::upsert_many(rows, User::primary_key()).update_given().exec(&self.0).await?)
        };
        work(future, same)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async {
            let chapters = Chapter::BOOK_ID_FKEY.each().order_by(Chapter::id.asc());
            let books = Book::AUTHOR_ID_FKEY.each().order_by(Book::id.asc()).with(chapters);
            let rows: Vec<(Author, Vec<(Book, Vec<Chapter>)>)> =
                Author::select().order_by(Author::id.asc()).with(books).fetch(&self.0).await?;
            Ok(rows)
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
            let (mut read, mut cursor) = (Vec::new(), None);
            for _ in 0..pages {
                let chapters = Chapter::select().order_by((Chapter::heading.asc(), Chapter::id.asc()));
                let page = chapters.page(u32::try_from(PAGE)?).after_opt(cursor).fetch(&self.0).await?;
                read.extend(page.rows);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
            }
            Ok(read)
        };
        work(future, each)
    }

    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        let future = async move {
            let rows: Vec<Heading> = Chapter::select()
                .join(Chapter::BOOK_ID_FKEY)
                .join(Book::AUTHOR_ID_FKEY)
                .filter(Author::id.eq(author_id))
                .order_by(Chapter::id.asc())
                .columns((Chapter::heading, Book::title, Author::name))
                .fetch(&self.0)
                .await?;
            Ok(rows)
        };
        work(future, same)
    }

    fn insert_from(&mut self, new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            let rows = new.map(|row| User::insert().name(row.name).hair_color(row.hair_color));
            Ok(User::insert_many(rows).exec(&self.0).await?)
        };
        work(future, same)
    }
}
