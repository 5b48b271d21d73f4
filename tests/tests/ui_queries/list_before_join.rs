#![allow(unused_imports)]

use schemata::prelude::*;
use schemata::query::{Condition, count};

#[derive(TableModel)]
pub struct Customer {
    #[column(primary_key)]
    pub id: i64,
    pub name: String,
    pub active: bool,
}

#[derive(TableModel)]
pub struct Order {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Customer::id)]
    pub customer_id: i64,
    pub total: i64,
    pub note: Option<String>,
}

#[derive(TableModel)]
pub struct Item {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Order::id)]
    pub order_id: i64,
    pub quantity: i32,
}

#[derive(TableModel)]
pub struct Employee {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Employee::id)]
    pub boss_id: Option<i64>,
}

fn main() {
    let _ = Order::select().columns(Order::id).full_join(Order::CUSTOMER_ID_FKEY);
}
