use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(identity = sometimes)]
    a: i64,
}

fn main() {}
