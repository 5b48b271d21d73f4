//! The tables and structs of diesel, which diesel-async uses as well.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use crate::data::{self, Tree, same_fields, same_wide_fields};

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        hair_color -> Nullable<Text>,
    }
}

diesel::table! {
    wide_users (id) {
        id -> BigInt,
        external_id -> Uuid,
        parent_id -> Nullable<BigInt>,
        name -> Text,
        email -> Text,
        city -> Text,
        street -> Text,
        nickname -> Nullable<Text>,
        phone -> Nullable<Text>,
        company -> Nullable<Text>,
        note -> Nullable<Text>,
        visits -> BigInt,
        balance -> BigInt,
        score -> Integer,
        level -> Integer,
        rank -> Nullable<Integer>,
        longitude -> Double,
        latitude -> Double,
        weight -> Double,
        height -> Nullable<Double>,
        active -> Bool,
        verified -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        deleted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    authors (id) {
        id -> BigInt,
        name -> Text,
        country -> Nullable<Text>,
    }
}

diesel::table! {
    books (id) {
        id -> BigInt,
        author_id -> BigInt,
        title -> Text,
    }
}

diesel::table! {
    chapters (id) {
        id -> BigInt,
        book_id -> BigInt,
        heading -> Text,
    }
}

diesel::joinable!(books -> authors (author_id));
diesel::joinable!(chapters -> books (book_id));
diesel::allow_tables_to_appear_in_same_query!(authors, books, chapters);

#[derive(Queryable, Selectable)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) hair_color: Option<String>,
}

/// A row to insert. NULL is a value here, not the column's default: so statements of equal length are equal.
#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct NewUser<'r> {
    pub(crate) name: &'r str,
    pub(crate) hair_color: Option<&'r str>,
}

#[derive(Insertable)]
#[diesel(table_name = users, treat_none_as_default_value = false)]
pub(crate) struct KeyedUser<'r> {
    pub(crate) id: i64,
    pub(crate) name: &'r str,
    pub(crate) hair_color: Option<&'r str>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = wide_users, treat_none_as_default_value = false, check_for_backend(diesel::pg::Pg))]
pub(crate) struct WideUser {
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

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = authors, check_for_backend(diesel::pg::Pg))]
pub(crate) struct Author {
    id: i64,
    name: String,
    country: Option<String>,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = books, belongs_to(Author), check_for_backend(diesel::pg::Pg))]
pub(crate) struct Book {
    id: i64,
    author_id: i64,
    title: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = chapters, belongs_to(Book), check_for_backend(diesel::pg::Pg))]
pub(crate) struct Chapter {
    pub(crate) id: i64,
    pub(crate) book_id: i64,
    pub(crate) heading: String,
}

same_fields!(User, data::User: id name hair_color);
same_fields!(Author, data::Author: id name country);
same_fields!(Book, data::Book: id author_id title);
same_fields!(Chapter, data::Chapter: id book_id heading);
same_wide_fields!(WideUser, data::WideUser);
same_wide_fields!(data::WideUser, WideUser);

pub(crate) fn new_users(rows: &[data::NewUser]) -> Vec<NewUser<'_>> {
    rows.iter().map(|row| NewUser { name: &row.name, hair_color: row.hair_color.as_deref() }).collect()
}

pub(crate) fn keyed_users(rows: &[data::User]) -> Vec<KeyedUser<'_>> {
    rows.iter().map(|row| KeyedUser { id: row.id, name: &row.name, hair_color: row.hair_color.as_deref() }).collect()
}

/// Three levels as diesel's `grouped_by` returns them.
pub(crate) type Levels = Vec<(Author, Vec<(Book, Vec<Chapter>)>)>;

/// Puts chapters below books and books below authors.
pub(crate) fn levels(authors: Vec<Author>, books: Vec<Book>, chapters: Vec<Chapter>) -> Levels {
    let chapters = chapters.grouped_by(&books);
    let books = books.into_iter().zip(chapters).grouped_by(&authors);
    authors.into_iter().zip(books).collect()
}

pub(crate) fn tree(levels: Levels) -> Tree {
    let chapters = |chapters: Vec<Chapter>| chapters.into_iter().map(Into::into).collect();
    let books =
        |books: Vec<(Book, Vec<Chapter>)>| books.into_iter().map(|(book, of)| (book.into(), chapters(of))).collect();
    levels.into_iter().map(|(author, of)| (author.into(), books(of))).collect()
}
