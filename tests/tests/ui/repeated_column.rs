use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(a, a), index(a, a desc))]
struct Order {
    #[column(primary_key)]
    id: i64,
    a: i64,
}

fn main() {}
