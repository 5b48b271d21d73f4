use schemata::prelude::*;

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
}

#[derive(TableModel)]
pub struct Item {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Order::id)]
    pub order_id: i64,
}

fn main() {
    let _ = Order::select().columns((Order::id, Order::id)).with(Item::ORDER_ID_FKEY.each());
    let _ = Item::select().columns(Item::id).with_related(Item::ORDER_ID_FKEY.each());
}
