use schemata::TableModel;

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    #[column(not_null(name = "email_is_given"))]
    email: Option<String>,
    #[column(not_null(not_valid))]
    phone: String,
}

fn main() {}
