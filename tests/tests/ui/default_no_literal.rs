use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(default = now())]
    a: i64,
    #[column(default = 'x')]
    b: String,
    #[column(default)]
    c: i64,
}

fn main() {}
