//! Customers, shipping and look-ups.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use schemata::prelude::*;
use schemata::query::{CursorKey, Page};

use crate::error::ServiceError;
use crate::models::{Customer, Order, OrderItem};
use crate::reports::{self, Monthly};

type Result<T> = std::result::Result<T, ServiceError>;

/// Adds a customer; the e-mail address must be new.
pub async fn add_customer(db: &Db, email: &str, full_name: &str, phone: Option<String>) -> Result<Customer> {
    let added = Customer::insert().email(email).full_name(full_name).phone(phone).exec(db).await;
    added.map_err(|error| {
        if error.is_unique_violation() {
            ServiceError::CustomerExists { email: email.to_owned() }
        } else {
            error.into()
        }
    })
}

/// Ships an order once.
pub async fn ship(db: &Db, number: &str) -> Result<Order> {
    let number = number.to_owned();
    db.transaction(|tx| async move {
        // Locked, so that of two concurrent calls the second one sees that the order is shipped.
        let order = Order::select().filter(Order::order_number.eq(number.as_str())).for_update();
        let Some(order) = order.fetch_optional(&tx).await? else {
            return Err(ServiceError::UnknownOrder { number });
        };
        if order.shipped_at.is_some() {
            return Err(ServiceError::AlreadyShipped { number });
        }
        let shipped = Order::update(order.id).status("shipped").shipped_at(Utc::now()).exec(&tx).await?;
        shipped.ok_or(ServiceError::UnknownOrder { number })
    })
    .await
}

/// Returns a page of orders, newest first, of one status or of all; `after` or `before` is the cursor of another page.
pub async fn list(
    db: &Db,
    status: Option<&str>,
    limit: u32,
    after: Option<&str>,
    before: Option<&str>,
) -> Result<Page<Order>> {
    // In a real service the key is a secret in its configuration: anyone who has it can make cursors.
    let key = CursorKey::new("the order service keeps no secrets at all");
    let orders = Order::select().order_by((Order::placed_at.desc(), Order::order_number.asc()));
    let page = orders.filter_opt(status.map(|status| Order::status.eq(status))).page(limit).sealed_with(&key);
    let page = match before {
        Some(cursor) => page.before(cursor),
        None => page.after_opt(after.map(str::to_owned)),
    };
    Ok(page.fetch(db).await?)
}

/// Returns an order with its customer and items.
pub async fn show(db: &Db, number: &str) -> Result<(Order, Customer, Vec<OrderItem>)> {
    let order = Order::find_by_order_number(db, number).await?;
    let order = order.ok_or_else(|| ServiceError::UnknownOrder { number: number.to_owned() })?;
    let customer = Customer::get(db, order.customer_id).await?;
    let items = OrderItem::select().filter(OrderItem::order_id.eq(order.id)).order_by(OrderItem::sku.asc());
    Ok((order, customer, items.fetch(db).await?))
}

/// Returns what a customer spent, month by month.
pub async fn turnover(db: &Db, email: &str, since: Option<NaiveDate>) -> Result<Vec<Monthly>> {
    let customer = Customer::find_by_email(db, email).await?;
    let customer = customer.ok_or_else(|| ServiceError::UnknownCustomer { email: email.to_owned() })?;
    let since = since.map_or(DateTime::UNIX_EPOCH, |day| day.and_time(NaiveTime::MIN).and_utc());
    Ok(reports::turnover(db, customer.id, since).await?)
}

/// Removes an order; its items go with it.
pub async fn cancel(db: &Db, number: &str) -> Result<()> {
    let order = Order::find_by_order_number(db, number).await?;
    let order = order.ok_or_else(|| ServiceError::UnknownOrder { number: number.to_owned() })?;
    Order::delete(db, order.id).await?;
    Ok(())
}
