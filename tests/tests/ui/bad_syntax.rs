use schemata::TableModel;

#[derive(TableModel)]
#[table = "orders"]
#[table(name "a", "b", unique = a, index, check, check(name = "x"), foreign_key(columns(id)))]
struct Order {
    #[column]
    #[column(primary_key = true)]
    id: i64,
    #[column(name = , unique(a), references = id, name = 5)]
    a: i64,
}

fn main() {}
