use schemata::PgEnum;
use schemata::TableModel;

#[derive(Debug, Clone, PgEnum)]
enum Status {
    Pending,
    Shipped,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(default = "shiped")]
    a: Status,
}

fn main() {}
