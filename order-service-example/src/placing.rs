//! Adding orders: one with its items, or many from another system.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use schemata::prelude::*;

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

/// Imports orders from another system, all of them or none, by number and total; returns how many.
pub async fn import(db: &Db, email: &str, orders: Vec<(String, Decimal)>) -> Result<u64> {
    let customer = Customer::find_by_email(db, email).await?;
    let customer = customer.ok_or_else(|| ServiceError::UnknownCustomer { email: email.to_owned() })?;
    let orders = orders.into_iter().map(|(number, total)| {
        Order::insert().customer_id(customer.id).order_number(number).order_total(total).status("imported")
    });
    Ok(Order::insert_many(orders).exec(db).await?)
}

/// Checks that the order names each article once.
fn all_different(items: &[NewItem]) -> Result<()> {
    let mut seen = BTreeSet::new();
    match items.iter().find(|item| !seen.insert(&item.sku)) {
        Some(item) => Err(ServiceError::RepeatedItem { sku: item.sku.clone() }),
        None => Ok(()),
    }
}

/// Returns the sum of the lines, exact to the cent.
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
