use chrono::NaiveDateTime;
use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    seen: NaiveDateTime,
    heard: Option<NaiveDateTime>,
}

fn main() {}
