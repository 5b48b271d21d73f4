//! The output of the commands.

use schemata::query::Page;

use crate::models::{Customer, Order, OrderItem};
use crate::reports::Monthly;
use crate::sales::{ArticleSales, CustomerSales};

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
    next(page);
}

fn next<T>(page: &Page<T>) {
    if let Some(cursor) = &page.next {
        eprintln!("next: --after {cursor}");
    }
}

pub fn found(page: &Page<(Order, Customer)>) {
    if page.rows.is_empty() {
        println!("no orders");
    }
    for (Order { order_number, order_total, status, .. }, Customer { full_name, .. }) in &page.rows {
        println!("order {order_number}  {order_total:>12}  {status}, by {full_name}");
    }
    next(page);
}

pub fn customers(customers: &[CustomerSales]) {
    for CustomerSales { full_name, email, orders, turnover } in customers {
        println!("{turnover:>12}  {orders:>5} orders  {full_name} <{email}>");
    }
}

pub fn articles(articles: &[ArticleSales]) {
    for ArticleSales { month, sku, quantity, revenue } in articles {
        println!("{}  {revenue:>12}  {quantity:>5} x {sku}", month.format("%Y-%m"));
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
