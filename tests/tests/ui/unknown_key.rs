use schemata::TableModel;

#[derive(TableModel)]
#[table(nmae = "orders", colour = "red")]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(uniqe)]
    email: String,
    #[column(colour)]
    phone: String,
}

fn main() {}
