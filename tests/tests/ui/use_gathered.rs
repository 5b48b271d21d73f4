use schemata::TableModel;
use schemata::query::{bind, count, jsonb_build_object, to_tsvector};

#[derive(TableModel)]
struct Customer {
    #[column(primary_key)]
    id: i64,
    name: String,
}

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    #[column(references = Customer::id)]
    customer_id: i64,
    tags: Vec<String>,
}

fn main() {
    let joined = Customer::select().left_join(Order::CUSTOMER_ID_FKEY);
    let _ = joined.clone().group_by(Customer::name).aggregate(Order::id.array_agg());
    let _ = joined.columns(Customer::id.nullable().count());
    let _ = Order::select().aggregate(count().filter(Customer::name.eq("Ada")));
    let _ = Order::select().columns(jsonb_build_object(("id", Order::id)));
    let _ = Order::select().filter(Order::tags.overlaps(Order::id));
    let _ = Customer::select().filter(to_tsvector("english", Customer::name).matches_query("ada"));
    let _ = Order::select().filter(Order::id.json_contains(bind(1)));
}
