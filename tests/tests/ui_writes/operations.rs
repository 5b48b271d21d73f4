use schemata::TableModel;
use schemata::model::Write;
use schemata_tests::warehouse::{Article, Event, Shelf};

fn main() {
    let _ = Shelf::update_where();
    let _ = Shelf::delete_where(());
    let _ = Shelf::delete_where(Article::sku.eq("a"));
    let _ = Shelf::remove((1, "a".to_owned()));
    let _ = Shelf::update((1, "a".to_owned())).amount(1).expect_version(1);
    let _ = Shelf::update((1, "a".to_owned())).amount(1).actor("bob");
    let _ = Shelf::update((1, "a".to_owned())).amount(1).with_deleted();
    let _ = Event::insert().source("s").number(1).on_conflict(Event::by_note);
    let _ = Event::insert().source("s").number(1).on_conflict(Event::source);
    let _ = Event::insert().source("s").number(1).on_conflict(Article::by_email);
    let _ = Event::insert().source("s").on_conflict(Event::primary_key());
    let _ = Event::insert_many([Event::insert().source("s")]);
    let _ = Article::update("a".to_owned()).origin("x");
}
