use schemata::{Db, Executor, TableModel};

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
}

async fn f(db: &Db, table: &str) {
    let _ = Order::select().order_by("id");
    let _ = db.query_as::<(i64,)>(format!("SELECT id FROM {table}"), &[]).await;
}

fn main() {}
