use schemata::model::Audit;
use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(default = 1, default_sql = "1")]
    a: i64,
    #[column(generated = "1", default = 1)]
    b: i64,
    #[column(identity, default_sql = "1")]
    c: i64,
    #[column(generated = "1", immutable)]
    d: i64,
    #[column(flatten, default = 1, unique)]
    e: Audit,
}

fn main() {}
