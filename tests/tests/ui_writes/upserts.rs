use schemata::model::Write;
use schemata::{Db, TableModel};
use schemata_tests::warehouse::Article;

async fn run(db: &Db) {
    let new = || Article::insert().sku("a").name("n");
    let _ = new().on_conflict(Article::primary_key()).exec(db).await;
    let _ = new().on_conflict(Article::primary_key()).revive_removed();
    let _ = Article::upsert_many([new()], Article::primary_key()).exec(db).await;
    let _ = Article::upsert_many([new()], Article::primary_key()).do_nothing().update_given();
    let _ = new().on_conflict(Article::primary_key()).update_only((Article::name, Article::audit.created_by));
}

fn main() {
    let _ = run;
}
