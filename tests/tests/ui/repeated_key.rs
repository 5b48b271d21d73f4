use schemata::TableModel;

#[derive(TableModel)]
#[table(name = "a", name = "b")]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(unique, unique)]
    email: String,
    #[column(sql_type = "text")]
    #[column(sql_type = "text")]
    phone: String,
}

fn main() {}
