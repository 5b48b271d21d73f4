//! Toasty, on its pool.

use toasty::stmt::{Timestamp, Uuid};
use toasty::{Db, Deferred, Model};

use crate::contender::{Contender, Failure, Work, each, in_tasks, same, work};
use crate::data::{self, Heading, NewUser, PAGE, Tree, same_fields};

/// Limits: the wide rows that fit into the 65,535 parameters of a statement, and the rows of an iterator per insert.
const WIDE_CHUNK: usize = 2_600;
const CHUNK: usize = 10_000;

#[derive(Debug, Model)]
#[table = "users"]
struct User {
    #[key]
    #[auto]
    id: i64,
    name: String,
    hair_color: Option<String>,
}

#[derive(Debug, Model)]
#[table = "wide_users"]
struct WideUser {
    #[key]
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
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

#[derive(Debug, Model)]
#[table = "authors"]
struct Author {
    #[key]
    id: i64,
    name: String,
    country: Option<String>,
    #[has_many]
    books: Deferred<Vec<Book>>,
}

#[derive(Debug, Model)]
#[table = "books"]
struct Book {
    #[key]
    id: i64,
    #[index]
    author_id: i64,
    #[belongs_to(key = author_id, references = id)]
    author: Deferred<Author>,
    title: String,
    #[has_many]
    chapters: Deferred<Vec<Chapter>>,
}

#[derive(Debug, Model)]
#[table = "chapters"]
struct Chapter {
    #[key]
    id: i64,
    #[index]
    book_id: i64,
    #[belongs_to(key = book_id, references = id)]
    book: Deferred<Book>,
    #[index]
    heading: String,
}

same_fields!(User, data::User: id name hair_color);
same_fields!(Chapter, data::Chapter: id book_id heading);

fn seconds(time: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(time.as_second(), 0).expect("a time")
}

fn timestamp(time: chrono::DateTime<chrono::Utc>) -> Timestamp {
    Timestamp::from_second(time.timestamp()).expect("a time")
}

impl From<WideUser> for data::WideUser {
    fn from(row: WideUser) -> Self {
        Self {
            id: row.id,
            external_id: row.external_id,
            parent_id: row.parent_id,
            name: row.name,
            email: row.email,
            city: row.city,
            street: row.street,
            nickname: row.nickname,
            phone: row.phone,
            company: row.company,
            note: row.note,
            visits: row.visits,
            balance: row.balance,
            score: row.score,
            level: row.level,
            rank: row.rank,
            longitude: row.longitude,
            latitude: row.latitude,
            weight: row.weight,
            height: row.height,
            active: row.active,
            verified: row.verified,
            created_at: seconds(row.created_at),
            updated_at: seconds(row.updated_at),
            deleted_at: row.deleted_at.map(seconds),
        }
    }
}

fn insert(new: NewUser) -> <User as toasty::schema::Model>::Create {
    User::create().name(new.name).hair_color(new.hair_color)
}

fn insert_wide(row: data::WideUser) -> <WideUser as toasty::schema::Model>::Create {
    WideUser::create()
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
        .created_at(timestamp(row.created_at))
        .updated_at(timestamp(row.updated_at))
        .deleted_at(row.deleted_at.map(timestamp))
}

pub(crate) struct Toasty(Db);

impl Toasty {
    pub(crate) async fn connect(url: &str) -> Result<Self, Failure> {
        let models = toasty::models!(User, WideUser, Author, Book, Chapter);
        Ok(Self(Db::builder().models(models).max_pool_size(8).connect(url).await?))
    }
}

const ONE_BY_ONE: &str = "a statement changes rows to one value, or one row";

impl Contender for Toasty {
    fn read(&mut self) -> Work<'_, Vec<data::User>> {
        work(async { Ok(User::all().exec(&mut self.0).await?) }, each)
    }

    fn read_wide(&mut self) -> Work<'_, Vec<data::WideUser>> {
        work(async { Ok(WideUser::all().exec(&mut self.0).await?) }, each)
    }

    fn find_in_tasks(&mut self, keys: Vec<Vec<i64>>) -> Work<'_, Vec<data::User>> {
        let task = |keys: Vec<i64>| {
            let mut db = self.0.clone();
            async move {
                let mut found = Vec::with_capacity(keys.len());
                for id in keys {
                    found.push(User::get_by_id(&mut db, id).await?);
                }
                Ok(found)
            }
        };
        work(in_tasks(keys, task), each)
    }

    fn find(&mut self, id: i64) -> Work<'_, data::User> {
        work(async move { Ok(User::get_by_id(&mut self.0, id).await?) }, Into::into)
    }

    fn transaction(&mut self, id: i64, name: String, new: NewUser) -> Work<'_, (data::User, data::User)> {
        let future = async move {
            let mut transaction = self.0.transaction().await?;
            let found = User::get_by_id(&mut transaction, id).await?;
            User::update_by_id(id).name(name).exec(&mut transaction).await?;
            let inserted = insert(new).exec(&mut transaction).await?;
            transaction.commit().await?;
            Ok((found, inserted))
        };
        work(future, |(found, inserted)| (found.into(), inserted.into()))
    }

    fn update(&mut self, id: i64, name: String) -> Work<'_, data::User> {
        let _ = (id, name);
        Err("an update by key returns no row")
    }

    fn insert(&mut self, new: NewUser) -> Work<'_, data::User> {
        work(async move { Ok(insert(new).exec(&mut self.0).await?) }, Into::into)
    }

    /// Rows come back always.
    fn insert_many(&mut self, new: Vec<NewUser>) -> Work<'_, u64> {
        work(insert_all(&mut self.0, new), |rows| rows.len() as u64)
    }

    fn insert_many_back(&mut self, new: Vec<NewUser>) -> Work<'_, Vec<data::User>> {
        work(insert_all(&mut self.0, new), each)
    }

    fn insert_wide(&mut self, new: Vec<data::WideUser>) -> Work<'_, u64> {
        let future = async move {
            let mut transaction = self.0.transaction().await?;
            let (mut new, mut inserted) = (new.into_iter().peekable(), 0);
            while new.peek().is_some() {
                let rows = new.by_ref().take(WIDE_CHUNK).map(insert_wide);
                let insert = rows.fold(WideUser::create_many(), toasty::stmt::CreateMany::item);
                inserted += insert.exec(&mut transaction).await?.len() as u64;
            }
            transaction.commit().await?;
            Ok(inserted)
        };
        work(future, same)
    }

    fn update_many(&mut self, _: Vec<data::User>) -> Work<'_, u64> {
        Err(ONE_BY_ONE)
    }

    fn upsert_many(&mut self, _: Vec<data::User>) -> Work<'_, u64> {
        Err(ONE_BY_ONE)
    }

    fn children(&mut self) -> Work<'_, Tree> {
        let future = async {
            let select = Author::all()
                .order_by(Author::fields().id().asc())
                .include(Author::fields().books())
                .include(Author::fields().books().chapters());
            Ok(select.exec(&mut self.0).await?)
        };
        work(future, |authors: Vec<Author>| {
            let chapters = |book: &Book| {
                let chapter =
                    |row: &Chapter| data::Chapter { id: row.id, book_id: row.book_id, heading: row.heading.clone() };
                book.chapters.get().iter().map(chapter).collect()
            };
            let book = |row: &Book| data::Book { id: row.id, author_id: row.author_id, title: row.title.clone() };
            let author =
                |row: &Author| data::Author { id: row.id, name: row.name.clone(), country: row.country.clone() };
            let books = |author: &Author| author.books.get().iter().map(|row| (book(row), chapters(row))).collect();
            authors.iter().map(|row| (author(row), books(row))).collect()
        })
    }

    fn pages(&mut self, pages: usize) -> Work<'_, Vec<data::Chapter>> {
        let future = async move {
            let order = (Chapter::fields().heading().asc(), Chapter::fields().id().asc());
            let mut page = Chapter::all().order_by(order).paginate(PAGE).exec(&mut self.0).await?;
            let mut read = Vec::new();
            for left in (0..pages).rev() {
                read.append(&mut page.items);
                match left {
                    0 => break,
                    _ => match page.next(&mut self.0).await? {
                        Some(next) => page = next,
                        None => break,
                    },
                }
            }
            Ok(read)
        };
        work(future, each)
    }

    fn joined(&mut self, author_id: i64) -> Work<'_, Vec<Heading>> {
        let future = async move {
            let select = Chapter::filter(Chapter::fields().book().author_id().eq(author_id))
                .order_by(Chapter::fields().id().asc())
                .include(Chapter::fields().book())
                .include(Chapter::fields().book().author());
            Ok(select.exec(&mut self.0).await?)
        };
        work(future, |chapters: Vec<Chapter>| {
            let heading = |row: Chapter| {
                let book = row.book.get();
                (row.heading.clone(), book.title.clone(), book.author.get().name.clone())
            };
            chapters.into_iter().map(heading).collect()
        })
    }

    fn insert_from(&mut self, new: Box<dyn Iterator<Item = NewUser> + Send>) -> Work<'_, u64> {
        let future = async move {
            let mut transaction = self.0.transaction().await?;
            let (mut new, mut inserted) = (new.peekable(), 0);
            while new.peek().is_some() {
                let insert =
                    new.by_ref().take(CHUNK).map(insert).fold(User::create_many(), toasty::stmt::CreateMany::item);
                inserted += insert.exec(&mut transaction).await?.len() as u64;
            }
            transaction.commit().await?;
            Ok(inserted)
        };
        work(future, same)
    }
}

async fn insert_all(db: &mut Db, new: Vec<NewUser>) -> Result<Vec<User>, Failure> {
    let insert = new.into_iter().map(insert).fold(User::create_many(), toasty::stmt::CreateMany::item);
    Ok(insert.exec(db).await?)
}
