use chrono::{DateTime, NaiveDate, Utc};
use schemata::TableModel;
use schemata::query::functions::*;

#[derive(TableModel)]
struct Order {
    #[column(primary_key)]
    id: i64,
    status: String,
    note: Option<String>,
    rate: f64,
    placed_at: DateTime<Utc>,
    due: NaiveDate,
}

fn main() {
    let _ = Order::status + 1;
    let _ = Order::rate % 2.0;
    let _ = Order::placed_at + Order::placed_at;
    let _ = -Order::due;
    let _ = coalesce(Order::note, 0);
    let _ = coalesce(Order::note, Order::id);
    let _ = lower(Order::id);
    let _ = abs(Order::status);
    let _ = date_trunc(unit::DayOfWeek, Order::placed_at);
    let _ = date_trunc(unit::Month, Order::due);
    let _ = extract(unit::Month, Order::status);
    let _ = case().when(Order::id.gt(1), "many").otherwise(1);
}
