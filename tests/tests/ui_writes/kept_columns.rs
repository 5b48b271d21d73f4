use chrono::{DateTime, Utc};
use schemata::model::Write;
use schemata::{Insertable, Patch, TableModel};
use schemata_tests::warehouse::Article;

#[derive(Insertable)]
#[insertable(Article)]
struct BornRemoved {
    sku: String,
    name: String,
    deactivated_at: Option<DateTime<Utc>>,
}

#[derive(Patch)]
#[patch(Article)]
struct RemovedByPatch {
    deactivated_at: Option<DateTime<Utc>>,
}

fn main() {
    let new = || Article::insert().sku("a").name("n");
    let _ = new().deactivated_at(Utc::now());
    let _ = Article::update("a".to_owned()).deactivated_at(Utc::now());
    let _ = Article::update("a".to_owned()).set_sql(Article::removal.deactivated_at, "now()");
    let _ = Article::update_where(Article::all_rows()).set_sql(Article::audit.updated_by, "'eve'");
    let _ = new().on_conflict(Article::primary_key()).on_update(Article::removal.deactivated_at, None);
    let _ = Article::upsert_many([new()], Article::primary_key()).on_update_sql(Article::revision.version, "1");
}
