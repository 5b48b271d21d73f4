use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(sql_type = "bigserial")]
    a: i64,
}

fn main() {}
