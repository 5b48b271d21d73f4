use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    find: i64,
    exec: i64,
    #[column(unique)]
    email: String,
    find_by_email: i64,
    by_email: i64,
    validate: bool,
    r#select: i64,
}

fn main() {}
