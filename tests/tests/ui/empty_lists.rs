use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(), index(), unique(nulls_not_distinct), index(unique, name = "x"), check(), foreign_key())]
struct Order {
    #[column(primary_key)]
    id: i64,
    a: i64,
}

fn main() {}
