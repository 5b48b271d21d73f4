use schemata::TableModel;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(default = "x")]
    a: i32,
    #[column(default = 1)]
    b: String,
    #[column(default = 40000)]
    c: i16,
    #[column(default = 1)]
    d: bool,
    #[column(default = "now")]
    e: uuid::Uuid,
    #[column(default = 1.5)]
    f: i64,
}

fn main() {}
