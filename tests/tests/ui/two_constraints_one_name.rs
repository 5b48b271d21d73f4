use schemata::TableModel;

#[derive(TableModel)]
#[table(unique(a, name = "x"), check("x", "a > 0"), index(a, name = "x"))]
struct Order {
    #[column(primary_key)]
    id: i64,
    a: i64,
}

fn main() {}
