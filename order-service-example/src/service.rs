//! What the service does: customers, orders, shipping.

use std::collections::BTreeSet;

use chrono::Utc;
use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::query::{CursorKey, Page};

use crate::error::ServiceError;
use crate::models::{Customer, Order, OrderItem};

type Result<T> = std::result::Result<T, ServiceError>;

/// A line of an order that is being placed.
#[derive(Debug, Clone, PartialEq)]
pub struct NewItem {
    pub sku: String,
    pub quantity: i32,
    pub unit_price: Decimal,
}

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

/// Places an order with all its items, or nothing.
pub async fn place_order(db: &Db, email: &str, number: &str, items: Vec<NewItem>) -> Result<Order> {
    let total = total(&items)?;
    all_different(&items)?;
    let (email, number) = (email.to_owned(), number.to_owned());
    db.transaction(|tx| async move {
        let Some(customer) = Customer::find_by_email(&tx, email.as_str()).await? else {
            return Err(ServiceError::UnknownCustomer { email });
        };
        let insert = Order::insert().customer_id(customer.id).order_number(number.as_str()).order_total(total);
        let order = insert.exec(&tx).await.map_err(|error| {
            if error.is_unique_violation() { ServiceError::OrderExists { number } } else { error.into() }
        })?;
        let items = items.into_iter().map(|item| {
            let insert = OrderItem::insert().order_id(order.id).sku(item.sku);
            insert.quantity(item.quantity).unit_price(item.unit_price)
        });
        OrderItem::insert_many(items).exec(&tx).await?;
        Ok(order)
    })
    .await
}

/// Ships an order, once.
pub async fn ship(db: &Db, number: &str) -> Result<Order> {
    let number = number.to_owned();
    db.transaction(|tx| async move {
        // Locked, so that of two who ship it at once the second sees that it is shipped.
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

/// Takes over orders from elsewhere, all of them or none: their numbers and totals. How many there were.
pub async fn import(db: &Db, email: &str, orders: Vec<(String, Decimal)>) -> Result<u64> {
    let customer = Customer::find_by_email(db, email).await?;
    let customer = customer.ok_or_else(|| ServiceError::UnknownCustomer { email: email.to_owned() })?;
    let orders = orders.into_iter().map(|(number, total)| {
        Order::insert().customer_id(customer.id).order_number(number).order_total(total).status("imported")
    });
    Ok(Order::insert_many(orders).exec(db).await?)
}

/// A page of orders, newest first, of one status or of all; `after` or `before` is where another page ended.
pub async fn list(
    db: &Db,
    status: Option<&str>,
    limit: u32,
    after: Option<&str>,
    before: Option<&str>,
) -> Result<Page<Order>> {
    // In a real service the key is a secret of its configuration: whoever has it can make cursors.
    let key = CursorKey::new("the order service keeps no secrets at all");
    let orders = Order::select().order_by((Order::placed_at.desc(), Order::order_number.asc()));
    let page = orders.filter_opt(status.map(|status| Order::status.eq(status))).page(limit).sealed_with(&key);
    let page = match before {
        Some(cursor) => page.before(cursor),
        None => page.after_opt(after.map(str::to_owned)),
    };
    Ok(page.fetch(db).await?)
}

/// An order with its customer and items.
pub async fn show(db: &Db, number: &str) -> Result<(Order, Customer, Vec<OrderItem>)> {
    let order = Order::find_by_order_number(db, number).await?;
    let order = order.ok_or_else(|| ServiceError::UnknownOrder { number: number.to_owned() })?;
    let customer = Customer::get(db, order.customer_id).await?;
    let items = OrderItem::select().filter(OrderItem::order_id.eq(order.id)).order_by(OrderItem::sku.asc());
    Ok((order, customer, items.fetch(db).await?))
}

/// Removes an order; its items go with it.
pub async fn cancel(db: &Db, number: &str) -> Result<()> {
    let order = Order::find_by_order_number(db, number).await?;
    let order = order.ok_or_else(|| ServiceError::UnknownOrder { number: number.to_owned() })?;
    Order::delete(db, order.id).await?;
    Ok(())
}

/// An order names an article once.
fn all_different(items: &[NewItem]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match items.iter().find(|item| !seen.insert(&item.sku)) {
        Some(item) => Err(ServiceError::RepeatedItem { sku: item.sku.clone() }),
        None => Ok(()),
    }
}

/// The sum of the lines, exact to the cent.
fn total(items: &[NewItem]) -> Result<Decimal> {
    if items.is_empty() {
        return Err(ServiceError::NoItems);
    }
    items
        .iter()
        .try_fold(Decimal::ZERO, |sum, item| sum.checked_add(item.unit_price.checked_mul(item.quantity.into())?))
        .filter(|sum| *sum < Decimal::from(10_000_000_000_i64))
        .ok_or(ServiceError::TotalTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(quantity: i32, cents: i64) -> NewItem {
        NewItem { sku: "x".to_owned(), quantity, unit_price: Decimal::new(cents, 2) }
    }

    #[test]
    fn the_total_is_exact() {
        assert_eq!(total(&[item(3, 10), item(1, 20)]).expect("items"), Decimal::new(50, 2));
        assert!(matches!(total(&[]), Err(ServiceError::NoItems)));
        assert!(matches!(total(&[item(i32::MAX, i64::MAX)]), Err(ServiceError::TotalTooLarge)));
    }
}
