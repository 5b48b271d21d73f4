//! Reports on sales by customer and article, each one statement.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::query::functions::{date_trunc_in, unit};
use schemata::query::{CursorKey, Page, coalesce};

use crate::error::ServiceError;
use crate::models::{Customer, Order, OrderItem};

type Result<T> = std::result::Result<T, ServiceError>;

/// A customer with the number of orders and what they come to.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerSales {
    pub full_name: String,
    pub email: String,
    pub orders: i64,
    pub turnover: Decimal,
}

/// An article, and how much of it was sold in a month.
#[derive(Debug, Clone, PartialEq)]
pub struct ArticleSales {
    pub month: DateTime<Utc>,
    pub sku: String,
    pub quantity: i64,
    pub revenue: Decimal,
}

/// The filters of a search for orders; `None` does not restrict it.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// A part of the order's number, or of the customer's name or address.
    pub text: Option<String>,
    /// An article that the order contains.
    pub sku: Option<String>,
    pub status: Option<String>,
    pub at_least: Option<Decimal>,
}

/// Returns the customers who spent most, those without orders last.
pub async fn customers(db: &Db, limit: u64) -> Result<Vec<CustomerSales>> {
    let turnover = coalesce(Order::order_total.sum(), Decimal::ZERO);
    let customers = Customer::select()
        .left_join(Order::CUSTOMER_ID_FKEY)
        .group_by((Customer::full_name, Customer::email))
        .aggregate((Order::id.count(), turnover.clone()))
        .order_by((turnover.desc(), Customer::email.asc()))
        .limit(limit)
        .map(|((full_name, email), (orders, turnover))| CustomerSales { full_name, email, orders, turnover });
    Ok(customers.fetch(db).await?)
}

/// Returns the best-selling articles of each month, the newest month first.
pub async fn best_sellers(db: &Db, limit: u64) -> Result<Vec<ArticleSales>> {
    let month = date_trunc_in(unit::Month, Order::placed_at, "UTC");
    let quantity = coalesce(OrderItem::quantity.sum(), 0_i64);
    let revenue = coalesce((OrderItem::unit_price * OrderItem::quantity).sum(), Decimal::ZERO);
    let articles = OrderItem::select()
        .join(OrderItem::ORDER_ID_FKEY)
        .group_by((month.clone(), OrderItem::sku))
        .aggregate((quantity, revenue.clone()))
        .order_by((month.desc(), revenue.desc(), OrderItem::sku.asc()))
        .limit(limit)
        .map(|((month, sku), (quantity, revenue))| ArticleSales { month, sku, quantity, revenue });
    Ok(articles.fetch(db).await?)
}

/// Returns a page of the orders that are sought, newest first, each with its customer.
pub async fn search(db: &Db, search: Search, limit: u32, after: Option<String>) -> Result<Page<(Order, Customer)>> {
    let Search { text, sku, status, at_least } = search;
    let key = CursorKey::new("the order service keeps no secrets at all");
    let page = Order::select()
        .join(Order::CUSTOMER_ID_FKEY)
        .filter_opt(text.map(|text| {
            let name = Customer::full_name.contains_insensitive(&text).or(Customer::email.contains_insensitive(&text));
            name.or(Order::order_number.contains_insensitive(&text))
        }))
        .filter_opt(sku.map(|sku| OrderItem::ORDER_ID_FKEY.child_exists(OrderItem::sku.eq(sku))))
        .filter_opt(status.map(|status| Order::status.eq(status)))
        .filter_opt(at_least.map(|least| Order::order_total.ge(least)))
        .order_by((Order::placed_at.desc(), Order::order_number.asc()))
        .models()
        .page(limit)
        .sealed_with(&key)
        .after_opt(after);
    Ok(page.fetch(db).await?)
}
