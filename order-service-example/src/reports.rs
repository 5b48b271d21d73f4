//! Reports: SQL of the service's own, which the test at the end of `main.rs` checks against the migrations.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::FromRow;
use uuid::Uuid;

use crate::models::Order;

/// The turnover of a month.
#[derive(Debug, PartialEq, FromRow)]
pub struct Monthly {
    pub month: DateTime<Utc>,
    pub orders: i64,
    pub total: Decimal,
}

schemata::query! {
    /// What a customer spent, month by month.
    pub fn turnover(customer: Uuid, since: DateTime<Utc>) -> Vec<Monthly> =
        "SELECT date_trunc('month', {Order::placed_at}, 'UTC') AS month,
                count(*) AS orders,
                sum({Order::order_total}) AS total
         FROM {Order}
         WHERE {Order::customer_id} = {customer} AND {Order::placed_at} >= {since}
         GROUP BY 1
         ORDER BY 1";
}
