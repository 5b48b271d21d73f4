use schemata::TableModel;
use schemata::model::Write;
use schemata::query::excluded;
use schemata_tests::warehouse::{Article, Shelf};

fn run() {
    let article = || Article::update("a".to_owned());
    let _ = article().set(Article::stock, Shelf::amount);
    let _ = article().set(Article::stock, Article::stock + Shelf::amount);
    let _ = article().set(Article::stock, "one");
    let _ = article().set(Article::stock, Article::name);
    let _ = article().set(Article::name, Article::email);
    let _ = article().set(Article::audit.created_by, "ann");
    let _ = article().set_default(Article::revision.version);
    let _ = Article::insert().sku("a").set(Article::stock, 1);
    let _ = Article::update_where(Article::all_rows()).set(Article::stock, excluded(Article::stock));
    let upsert = || Shelf::insert().aisle(1).level("a").on_conflict(Shelf::primary_key());
    let _ = upsert().on_update(Shelf::amount, excluded(Article::stock));
}

fn main() {
    let _ = run;
}
