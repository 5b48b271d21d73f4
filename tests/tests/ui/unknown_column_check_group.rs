use schemata::model::Audit;
use schemata::TableModel;

#[derive(TableModel)]
#[table(check("a", "creatd_at > now()"))]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(flatten)]
    audit: Audit,
}

fn main() {}
