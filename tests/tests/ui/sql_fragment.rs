use schemata::{TableModel, sql};

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    status: String,
}

fn main() {
    let _ = sql!(bool, "{} = {}", Order::status);
    let _ = sql!(bool, "{} = 'a'", Order::status, Order::id);
    let _ = sql!(String, "lower({}), 1", Order::status);
    let _ = sql!(bool, "{} = 1) OR (1 = 1", Order::id);
    let _ = sql!(bool, "{} = 1; DROP TABLE orders", Order::id);
    let _ = sql!(bool, "{} = '{}'", Order::status, "a");
    let _ = sql!(bool, "{status} = 'a'", Order::status);
    let _ = sql!(bool, "{} = '{a}'", Order::status);
    let _ = sql!(bool, "{} = $1", Order::status);
    let text = "true";
    let _ = sql!(bool, text);
    let _ = sql!("{} = 1", Order::id);
    let _ = sql!(bool, "{} = {}", Order::id, std::collections::BTreeSet::<i32>::new());
    let _ = sql!(std::collections::BTreeSet<i32>, "{}", Order::id);
}
