use schemata::model::Audit;
use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    created_at: i64,
    #[column(flatten)]
    audit: Audit,
}

fn main() {}
