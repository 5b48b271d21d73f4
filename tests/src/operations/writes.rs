//! Operations that write: one row, the rows of a condition, many rows.

use schemata::model::{Field, Write};
use schemata::{Executor, TableModel};

use crate::operations::{Operation, operations};
use crate::requests::{ArticlePatch, NewShelf, ShelfPatch};
use crate::warehouse::{Article, Event, Shelf};

fn shelf(aisle: i32) -> NewShelf {
    NewShelf { aisle, level: "new".to_owned(), amount: Some(aisle), label: None }
}

/// An item whose aisle is 5 or less exists already.
fn top(aisle: i32) -> NewShelf {
    NewShelf { level: "top".to_owned(), amount: Some(aisle + 1000), ..shelf(aisle) }
}

fn labelled(aisle: i32) -> NewShelf {
    NewShelf { amount: None, label: Some(Some("label".to_owned())), ..top(aisle) }
}

/// Writes of one row, or of the rows of a condition.
pub const WRITES: &[Operation] = operations! {
    "insert" Writes |db| { Shelf::insert().aisle(9).level("new").amount(90).exec(&db).await? }
    "insert with rules" Writes |db| {
        let row = Article::insert().sku("n").name("new").stock(3).actor("ann").exec(&db).await?;
        (row.sku, row.stock, row.revision.version)
    }
    "insert returning" Writes |db| {
        Event::insert().source("n").number(7).returning((Event::number, Event::doubled)).exec(&db).await?
    }
    "update" Writes |db| {
        let row = Article::update("a1".to_owned()).name("other").actor("bob").exec(&db).await?;
        row.map(|row| (row.name, row.revision.version))
    }
    "update of a version" Writes |db| {
        let row = Article::update("a2".to_owned()).stock(20).expect_version(1).exec(&db).await?;
        row.map(|row| (row.stock, row.revision.version))
    }
    "update_where" Writes |db| { Shelf::update_where(Shelf::amount.gt(20)).label("much").exec(&db).await? }
    "patch" Writes |db| {
        let patch = ArticlePatch { name: Some("patched".to_owned()), email: Field::Value(None), stock: None };
        Article::update("a3".to_owned()).patch(patch).exec(&db).await?.map(|row| (row.name, row.email))
    }
    "touch" Writes |db| { Article::touch("a1".to_owned()).actor("eve").exec(&db).await?.map(|row| row.audit.updated_by) }
    "remove" Writes |db| { Article::remove("a1".to_owned()).exec(&db).await?.map(|row| row.removal.deactivated_at.is_some()) }
    "remove_where" Writes |db| { Article::remove_where(Article::stock.gt(2)).exec(&db).await? }
    "restore" Writes |db| { Article::restore("a5".to_owned()).exec(&db).await?.map(|row| row.sku) }
    "restore_where" Writes |db| { Article::restore_where(Article::all_rows()).exec(&db).await? }
    "purge" Writes |db| { Article::purge(&db, "a5".to_owned()).await? }
    "purge_where" Writes |db| { Article::purge_where(Article::all_rows()).exec(&db).await? }
    "delete" Writes |db| { Shelf::delete(&db, (1, "top".to_owned())).await? }
    "delete_where" Writes |db| { Shelf::delete_where(Shelf::amount.gt(20)).exec(&db).await? }
    "delete_where returning" Writes |db| {
        let mut gone = Shelf::delete_where(Shelf::amount.gt(20)).returning(Shelf::aisle).exec(&db).await?;
        gone.sort_unstable();
        gone
    }
    "upsert of a new row" Writes |db| {
        Shelf::insert().aisle(9).level("new").amount(1).on_conflict(Shelf::primary_key()).update_given().exec(&db).await?
    }
    "upsert of an old row" Writes |db| {
        let row = Article::insert().sku("a1").name("upserted").actor("ann").on_conflict(Article::primary_key());
        let row = row.update_given().exec(&db).await?;
        (row.name, row.revision.version)
    }
    "upsert that does nothing" Writes |db| {
        let row = Event::insert().source("s").number(1).on_conflict(Event::by_source_and_number).do_nothing();
        row.exec(&db).await?.map(|row| row.number)
    }
    "execute_sql" Unknown |db| { db.execute_sql("UPDATE shelves SET amount = amount + $1", &[&1]).await? }
};

/// Writes of many rows.
pub const BATCHES: &[Operation] = operations! {
    "insert_many from arrays" Writes |db| { Shelf::insert_many((10..14).map(shelf)).exec(&db).await? }
    "insert_many of many" Writes |db| { Shelf::insert_many((10..260).map(shelf)).exec(&db).await? }
    "insert_many that fetches" Writes |db| {
        let rows = Shelf::insert_many((10..14).map(shelf)).fetch(&db).await?;
        rows.into_iter().map(|row| row.aisle).collect::<Vec<_>>()
    }
    "insert_many of two shapes" Writes |db| {
        Shelf::insert_many([shelf(8), labelled(9)]).exec(&db).await?
    }
    "update_many" Writes |db| {
        let changes = [
            Article::update("a1".to_owned()).name("one"),
            Article::update("a2".to_owned()).stock(22),
            Article::update("a3".to_owned()).name("three"),
        ];
        Article::update_many(changes).exec(&db).await?
    }
    "update_many that fetches" Writes |db| {
        let patch = |amount| ShelfPatch { amount: Some(amount), label: None };
        let changes = [((3, "top".to_owned()), patch(33)), ((1, "top".to_owned()), patch(11))];
        let rows = Shelf::update_many(changes).fetch(&db).await?;
        rows.into_iter().map(|row| (row.aisle, row.amount)).collect::<Vec<_>>()
    }
    "upsert_many" Writes |db| { Shelf::upsert_many((4..8).map(top), Shelf::primary_key()).update_given().exec(&db).await? }
    "upsert_many that fetches" Writes |db| {
        let rows = Shelf::upsert_many((4..8).map(top), Shelf::primary_key()).update_given().fetch(&db).await?;
        rows.into_iter().map(|row| (row.aisle, row.amount)).collect::<Vec<_>>()
    }
    "upsert_many of two shapes" Writes |db| {
        Shelf::upsert_many([top(1), labelled(2), top(9)], Shelf::primary_key()).update_given().exec(&db).await?
    }
    "upsert_many that does nothing" Writes |db| {
        Shelf::upsert_many((4..8).map(top), Shelf::primary_key()).do_nothing().exec(&db).await?
    }
    "delete_many" Writes |db| { Shelf::delete_many([(1, "top".to_owned()), (4, "top".to_owned())]).exec(&db).await? }
};
