use schemata::prelude::*;

#[derive(TableModel)]
pub struct Customer {
    #[column(primary_key)]
    pub id: i64,
}

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub customer_id: i64,
}

async fn run(db: &Db) {
    let of_customer = || Order::select().correlated().filter(Order::customer_id.eq(Customer::id));
    let _ = of_customer().fetch(db).await;
    let _ = of_customer().page(10).fetch(db).await;
}

fn main() {}
