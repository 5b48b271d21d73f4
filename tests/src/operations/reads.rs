//! Operations that read.

use schemata::query::count;
use schemata::{Executor, TableModel};

use crate::library::{Author, Book, Chapter};
use crate::operations::{Operation, operations};
use crate::warehouse::{Article, Event, Shelf};

/// Operations that read.
pub const READS: &[Operation] = operations! {
    "find" Reads |db| { Shelf::find(&db, (2, "top".to_owned())).await? }
    "find without a row" Reads |db| { Shelf::find(&db, (2, "none".to_owned())).await? }
    "get" Reads |db| { Author::get(&db, 2).await?.name }
    "finder" Reads |db| { Author::find_by_name(&db, "Bob").await?.map(|author| author.id) }
    "finder of two columns" Reads |db| { Event::find_by_source_and_number(&db, "s", 2).await?.map(|event| event.note) }
    "fetch" Reads |db| { Shelf::select().order_by(Shelf::aisle.asc()).fetch(&db).await? }
    "fetch_optional" Reads |db| {
        Article::select().filter(Article::name.eq("article2")).fetch_optional(&db).await?.map(|row| row.sku)
    }
    "fetch_one" Reads |db| { Article::select().filter(Article::stock.eq(3)).fetch_one(&db).await?.sku }
    "columns" Reads |db| {
        let rows = Book::select().with_deleted().order_by(Book::title.asc()).columns((Book::title, Book::pages));
        rows.fetch(&db).await?
    }
    "count" Reads |db| { Article::select().count(&db).await? }
    "exists" Reads |db| { Article::select().filter(Article::stock.eq(9)).exists(&db).await? }
    "aggregate" Reads |db| { Shelf::select().aggregate((count(), Shelf::amount.sum())).fetch_one(&db).await? }
    "group_by" Reads |db| {
        let groups = Book::select().group_by(Book::author_id).aggregate((count(), Book::pages.max()));
        groups.order_by(Book::author_id.asc()).fetch(&db).await?
    }
    "page" Reads |db| {
        let order = || Shelf::select().order_by(Shelf::amount.desc());
        let first = order().page(2).fetch(&db).await?;
        let second = order().page(2).after_opt(first.next).fetch(&db).await?;
        (first.rows, second.rows, second.next.is_some())
    }
    "stream" Reads |db| {
        let mut rows = Shelf::select().order_by(Shelf::aisle.asc()).stream(&db).await?;
        let mut amounts = Vec::new();
        while let Some(row) = rows.try_next().await? {
            amounts.push(row.amount);
        }
        amounts
    }
    "stream left early" Reads |db| {
        let mut rows = Shelf::select().order_by(Shelf::aisle.asc()).stream(&db).await?;
        rows.try_next().await?.map(|row| row.amount)
    }
    "children_of" Reads |db| {
        let authors = Author::select().order_by(Author::id.asc()).fetch(&db).await?;
        let books = Book::AUTHOR_ID_FKEY.children_of(&authors).order_by(Book::title.asc()).fetch(&db).await?;
        let chapters = Chapter::BOOK_ID_FKEY.children_of(books.rows()).order_by(Chapter::number.asc()).fetch(&db).await?;
        let titles: Vec<_> = books.groups().map(|group| group.iter().map(|book| book.title.clone()).collect::<Vec<_>>()).collect();
        (titles, chapters.rows().len())
    }
    "parents_of" Reads |db| {
        let books = Book::select().order_by(Book::title.asc()).fetch(&db).await?;
        let authors = Book::AUTHOR_ID_FKEY.parents_of(&books).fetch(&db).await?;
        (0..books.len()).map(|at| authors.first_of(at).map(|author| author.id)).collect::<Vec<_>>()
    }
    "child_exists" Reads |db| {
        let writes = Book::AUTHOR_ID_FKEY.child_exists(Book::pages.gt(300));
        Author::select().filter(writes).columns(Author::name).fetch(&db).await?
    }
    "query_as" Unknown |db| {
        db.query_as::<(i32, i32)>("SELECT aisle, amount FROM shelves WHERE amount > $1 ORDER BY 1", &[&20]).fetch().await?
    }
};
