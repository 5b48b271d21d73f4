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

fn f() {
    let _ = Customer::select().filter(Order::id.eq(1_i64));
    let _ = Customer::email.eq("a").and(Order::id.eq(1_i64));
}

fn main() {}
