use schemata::TableModel;

#[derive(Debug, Clone)]
struct Money(i64);

mod nested {
    #[derive(Debug, Clone)]
    pub struct Colour;
}

#[derive(TableModel)]
struct Wallet {
    #[column(primary_key)]
    id: i64,
    balance: Money,
    #[column(sql_type = "text", unique)]
    tint: nested::Colour,
    #[column(references = Wallet::id)]
    parent: Option<Money>,
}

fn main() {}
