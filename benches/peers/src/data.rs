//! The rows that the tables hold, as structs of no library. Each contender's answer is turned into them to be compared.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// The number of users, unless a case begins with fewer.
pub(crate) const USERS: i64 = 10_000;
/// The numbers of authors, of books per author and of chapters per book.
pub(crate) const AUTHORS: i64 = 100;
pub(crate) const EACH: i64 = 10;
/// The rows of a page.
pub(crate) const PAGE: usize = 25;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

/// A user whose key the database will choose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NewUser {
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WideUser {
    pub(crate) id: i64,
    pub(crate) external_id: Uuid,
    pub(crate) parent_id: Option<i64>,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) city: String,
    pub(crate) street: String,
    pub(crate) nickname: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) company: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) visits: i64,
    pub(crate) balance: i64,
    pub(crate) score: i32,
    pub(crate) level: i32,
    pub(crate) rank: Option<i32>,
    pub(crate) longitude: f64,
    pub(crate) latitude: f64,
    pub(crate) weight: f64,
    pub(crate) height: Option<f64>,
    pub(crate) active: bool,
    pub(crate) verified: bool,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) deleted_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Author {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) country: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Book {
    pub(crate) id: i64,
    pub(crate) author_id: i64,
    pub(crate) title: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chapter {
    pub(crate) id: i64,
    pub(crate) book_id: i64,
    pub(crate) heading: String,
}

/// Authors with their books with their chapters, each ordered by key.
pub(crate) type Tree = Vec<(Author, Vec<(Book, Vec<Chapter>)>)>;

/// A chapter's heading, its book's title and its author's name.
pub(crate) type Heading = (String, String, String);

/// `value`, or `None` for every third `n`.
fn unless_third<T>(n: i64, value: T) -> Option<T> {
    (n % 3 != 0).then_some(value)
}

pub(crate) fn new_user(n: i64) -> NewUser {
    NewUser { name: format!("user {n:07}"), hair_color: unless_third(n, format!("color {}", n % 100)) }
}

pub(crate) fn user(id: i64) -> User {
    let NewUser { name, hair_color } = new_user(id);
    User { id, name, hair_color }
}

pub(crate) fn users(ids: impl IntoIterator<Item = i64>) -> Vec<User> {
    ids.into_iter().map(user).collect()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
pub(crate) fn wide_user(id: i64) -> WideUser {
    let small = i32::try_from(id % 1_000).expect("below 1,000");
    let number = id as f64;
    let seconds = 1_700_000_000 + id;
    let time = |seconds| DateTime::from_timestamp(seconds, 0).expect("a time");
    WideUser {
        id,
        external_id: Uuid::from_u128(0x1234_5678_0000_4000_8000_0000_0000_0000 + u128::from(id.unsigned_abs())),
        parent_id: unless_third(id, id / 2),
        name: format!("user {id:07}"),
        email: format!("user.{id}@example.com"),
        city: format!("city {}", id % 500),
        street: format!("{} street {}", id % 90, id % 700),
        nickname: unless_third(id, format!("nick {id}")),
        phone: unless_third(id + 1, format!("+49 30 {id:08}")),
        company: unless_third(id + 2, format!("company {}", id % 300)),
        note: unless_third(id, format!("a note about user {id}, who says nothing")),
        visits: id * 7,
        balance: id * 1_000_003,
        score: small,
        level: small % 10,
        rank: unless_third(id, small * 3),
        longitude: number / 100.0,
        latitude: number / 200.0,
        weight: number / 3.0,
        height: unless_third(id, number / 7.0),
        active: id % 2 == 0,
        verified: id % 5 == 0,
        created_at: time(seconds),
        updated_at: time(seconds + 60),
        deleted_at: unless_third(id, time(seconds + 120)),
    }
}

pub(crate) fn wide_users() -> Vec<WideUser> {
    (1..=USERS).map(wide_user).collect()
}

pub(crate) fn author(id: i64) -> Author {
    Author { id, name: format!("author {id:05}"), country: unless_third(id, format!("country {}", id % 20)) }
}

/// Returns the books of an author.
pub(crate) fn books(author_id: i64) -> impl Iterator<Item = Book> {
    let first = (author_id - 1) * EACH;
    (first + 1..=first + EACH).map(move |id| Book { id, author_id, title: format!("title {id:05}") })
}

/// Returns the chapters of a book.
pub(crate) fn chapters(book_id: i64) -> impl Iterator<Item = Chapter> {
    let first = (book_id - 1) * EACH;
    // Headings are spread, so that their order is not that of the keys, and some are equal.
    (first + 1..=first + EACH).map(move |id| Chapter {
        id,
        book_id,
        heading: format!("heading {:05}", id * 7919 % 5_003),
    })
}

pub(crate) fn tree() -> Tree {
    let books = |author| books(author).map(|book| (book.clone(), chapters(book.id).collect())).collect();
    (1..=AUTHORS).map(|id| (author(id), books(id))).collect()
}

/// Returns the chapters of the first pages, by heading and key.
pub(crate) fn pages(pages: usize) -> Vec<Chapter> {
    let mut all: Vec<Chapter> = (1..=AUTHORS * EACH).flat_map(chapters).collect();
    all.sort_by(|a, b| (&a.heading, a.id).cmp(&(&b.heading, b.id)));
    all.truncate(pages * PAGE);
    all
}

/// Returns the chapters of an author with titles and names, by the chapter's key.
pub(crate) fn headings(author_id: i64) -> Vec<Heading> {
    let name = author(author_id).name;
    let of = |book: Book| chapters(book.id).map(move |chapter| (chapter.heading, book.title.clone()));
    books(author_id).flat_map(of).map(|(heading, title)| (heading, title, name.clone())).collect()
}

/// Makes a contender's struct of one of these, or the other way round, where the fields are called the same.
macro_rules! same_fields {
    ($from:ty, $into:ty: $($field:ident)*) => {
        impl From<$from> for $into {
            fn from(row: $from) -> Self {
                Self { $($field: row.$field,)* }
            }
        }
    };
}

macro_rules! same_wide_fields {
    ($from:ty, $into:ty) => {
        $crate::data::same_fields!($from, $into: id external_id parent_id name email city street nickname phone company note
            visits balance score level rank longitude latitude weight height active verified created_at updated_at deleted_at);
    };
}

pub(crate) use {same_fields, same_wide_fields};
