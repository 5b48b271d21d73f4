use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(sql_type = "bigint")]
    a: i32,
    #[column(sql_type = "text")]
    b: Vec<String>,
    #[column(sql_type = "varchar(20)[]")]
    c: String,
}

fn main() {}
