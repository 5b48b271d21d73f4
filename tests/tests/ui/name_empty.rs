use schemata::TableModel;

#[derive(TableModel)]
#[table(name = "", schema = "", unique(a, name = ""))]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(name = "")]
    a: i64,
}

fn main() {}
