use schemata::model::with_write;
use schemata::prelude::*;

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    pub status: String,
}

#[derive(Projection)]
#[projection(source)]
struct Changed {
    id: i64,
}

async fn run(db: &Db) {
    let by_key = Order::update(1).status("paid").returning(Order::id);
    let _ = with_write::<Changed>(by_key);
    let _ = with_write::<Changed>(Order::update_where(Order::id.gt(1)).status("paid"));
    let _ = with_write::<Changed>(Order::delete_where(Order::id.gt(1)).returning(Order::status));
    let batch = Order::insert_many([Order::insert().id(1).status("new")]).returning(Order::id);
    let _ = with_write::<Changed>(batch).read(Changed::select()).fetch(db).await;
}

fn main() {}
