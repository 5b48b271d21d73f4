//! The output of the commands.

use schemata::query::Page;

use crate::models::{Customer, Order, OrderItem};
use crate::reports::Monthly;

pub fn customer(customer: &Customer) {
    let phone = customer.phone.as_deref().map_or(String::new(), |phone| format!(", {phone}"));
    println!("customer {} <{}>{phone}", customer.full_name, customer.email);
}

pub fn order(order: &Order) {
    let shipped = order.shipped_at.map_or(String::new(), |at| format!(" {}", at.format("%Y-%m-%d %H:%M UTC")));
    let placed = order.placed_at.format("%Y-%m-%d %H:%M UTC");
    println!("order {}  {:>12}  {}{shipped}, placed {placed}", order.order_number, order.order_total, order.status);
}

pub fn page(page: &Page<Order>) {
    if page.rows.is_empty() {
        println!("no orders");
    }
    page.rows.iter().for_each(order);
    // On standard error, so that a program can read the orders alone.
    if let Some(cursor) = &page.previous {
        eprintln!("previous: --before {cursor}");
    }
    if let Some(cursor) = &page.next {
        eprintln!("next: --after {cursor}");
    }
}

pub fn imported(orders: u64) {
    println!("{orders} orders imported");
}

pub fn items(items: &[OrderItem]) {
    for item in items {
        println!("  {:>5} x {}  at {}", item.quantity, item.sku, item.unit_price);
    }
}

pub fn turnover(months: &[Monthly]) {
    for Monthly { month, orders, total } in months {
        println!("{}  {orders:>5}  {total:>12}", month.format("%Y-%m"));
    }
}

pub fn cancelled(number: &str) {
    println!("order {number} cancelled");
}
