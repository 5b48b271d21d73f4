use schemata::TableModel;

#[derive(TableModel)]
#[table(name = "orders", renamed_from = "orders")]
struct Order {
    #[column(primary_key, renamed_from = "id")]
    id: i64,
    #[column(renamed_from = "total")]
    amount: i64,
    #[column(renamed_from = "total")]
    price: i64,
    #[column(renamed_from = "")]
    note: String,
    #[column(renamed_from = total)]
    sum: i64,
}

fn main() {}
