use schemata::TableModel;

#[derive(TableModel)]
#[table(
    name = "orders",
    unmanaged(index = "orders_search", index = "orders_search", index = "", constraint = 3, indx = "x", row_security = "on"),
    unmanaged(default, column = "note"),
    unmanaged(),
    unmanaged = "orders_search"
)]
struct Order {
    #[column(primary_key, unmanaged)]
    id: i64,
    #[column(unmanaged(defualt, index))]
    note: String,
    #[column(unmanaged(generated))]
    total: i64,
    #[column(unmanaged(collation, collation))]
    city: String,
    #[column(flatten, unmanaged(default))]
    audit: schemata::Audit,
}

fn main() {}
