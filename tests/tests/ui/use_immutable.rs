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
}

async fn f(db: &Db, id: uuid::Uuid) {
    let _ = Customer::update(id).points(1).exec(db).await;
    let _ = Customer::update(id).id(id).exec(db).await;
}

fn main() {}
