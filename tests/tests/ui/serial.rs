use schemata::TableModel;

#[derive(TableModel)]
#[table(primary_key(id), primary_key(name = "pk"))]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(serial, identity, default = 1)]
    a: i64,
    #[column(serial = "x")]
    b: i64,
}

#[derive(TableModel)]
#[table(primary_key, unique(a, name = "a"))]
struct Customer {
    #[column(primary_key)]
    id: i64,
    a: i64,
}

#[derive(TableModel)]
#[table(primary_key(name = "a", colour = "red"), unique(a, name = "a"))]
struct Item {
    #[column(primary_key)]
    id: i64,
    a: i64,
}

#[derive(TableModel)]
#[table(primary_key(name = "orders_are_called_by_a_name_that_is_longer_than_postgresql_keeps"))]
struct Line {
    #[column(primary_key)]
    id: i64,
}

fn main() {}
