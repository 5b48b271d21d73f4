use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(sql_type = "varchar(")]
    a: String,
    #[column(sql_type = "")]
    b: String,
    #[column(sql_type = text)]
    c: String,
}

fn main() {}
