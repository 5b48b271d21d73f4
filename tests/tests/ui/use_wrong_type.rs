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
    let _ = Customer::email.eq(5);
    let _ = Customer::insert().email(5);
    let _ = Customer::points.gt("x");
}

fn main() {}
