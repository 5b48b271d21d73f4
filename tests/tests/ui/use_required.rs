use schemata::model::Write;
use schemata::{Db, TableModel};

#[derive(TableModel)]
struct Customer {
    #[column(primary_key, default_sql = "gen_random_uuid()")]
    id: uuid::Uuid,
    email: String,
    full_name: String,
    #[column(immutable, default = 0)]
    points: i32,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    email: String,
}

async fn f(db: &Db) {
    let _ = Customer::insert().email("a").exec(db).await;
    // Two models have a column of this name.
    let _ = Order::insert().id(1).exec(db).await;
}

fn main() {}
