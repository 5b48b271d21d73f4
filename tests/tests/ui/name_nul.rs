use schemata::TableModel;

#[derive(TableModel)]
#[table(name = "a\0b")]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(name = "\0")]
    a: i64,
}

fn main() {}
