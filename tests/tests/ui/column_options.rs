use schemata::TableModel;

#[derive(TableModel)]
#[table(foreign_key(columns(parent), references(Self::id), on_delete = set_null(email)))]
struct Customer {
    #[column(primary_key, identity(start = "a", step = 2, sql_type = "integer"))]
    id: i64,
    #[column(statistics = 20000, storage = toast, with(fillfactor = 70), not_null)]
    email: String,
    parent: Option<i64>,
}

fn main() {}
