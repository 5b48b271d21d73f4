use schemata::TableModel;

#[derive(TableModel)]
#[table(name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", check(name = "éééééééééééééééééééééééééééééééé", sql = "true"))]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(name = "éééééééééééééééééééééééééééééééé")]
    a: i64,
    bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb: i64,
}

fn main() {}
