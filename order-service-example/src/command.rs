//! The command line of the service.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Parser, Subcommand};
use rust_decimal::Decimal;
use schemata::cli;

use crate::placing::NewItem;

/// Manages orders
#[derive(Parser)]
#[command(version)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Add a customer
    AddCustomer {
        email: String,
        full_name: String,
        #[arg(long)]
        phone: Option<String>,
    },
    /// Place an order: all of its items, or nothing
    PlaceOrder {
        /// The customer's e-mail address
        email: String,
        /// The order's number, like A-1001
        number: String,
        /// What is ordered
        #[arg(required = true, value_name = "SKU:QUANTITY:PRICE", value_parser = parse_item)]
        items: Vec<NewItem>,
    },
    /// Ship an order
    Ship { number: String },
    /// Cancel an order and remove it
    Cancel { number: String },
    /// List orders, newest first
    List {
        /// Only those of this status, like pending
        #[arg(long)]
        status: Option<String>,
        #[arg(long, default_value_t = 25)]
        limit: u32,
        /// Go on where a page ended: its `next`
        #[arg(long, conflicts_with = "before")]
        after: Option<String>,
        /// Go back from where a page began: its `previous`
        #[arg(long)]
        before: Option<String>,
    },
    /// Take over orders from elsewhere: all of them, or none
    Import {
        /// The customer's e-mail address
        email: String,
        /// A file of lines NUMBER,TOTAL
        file: PathBuf,
    },
    /// List the customers who spent most
    Customers {
        #[arg(long, default_value_t = 10)]
        limit: u64,
    },
    /// List the best-selling articles, month by month
    BestSellers {
        #[arg(long, default_value_t = 10)]
        limit: u64,
    },
    /// Search orders by number or customer, newest first
    Search {
        /// A part of the order's number, or of the customer's name or e-mail address
        text: Option<String>,
        /// Only those with this article
        #[arg(long)]
        sku: Option<String>,
        /// Only those of this status, like pending
        #[arg(long)]
        status: Option<String>,
        /// Only those of this total or more
        #[arg(long)]
        at_least: Option<Decimal>,
        #[arg(long, default_value_t = 25)]
        limit: u32,
        /// Go on where a page ended: its `next`
        #[arg(long)]
        after: Option<String>,
    },
    /// Show one order with its items
    Show { number: String },
    /// Show what a customer spent, month by month
    Turnover {
        /// The customer's e-mail address
        email: String,
        /// Only orders of this day and later, like 2026-01-31
        #[arg(long)]
        since: Option<NaiveDate>,
    },
    #[command(flatten)]
    Database(cli::Command),
}

fn parse_item(text: &str) -> Result<NewItem, String> {
    let expected = || format!("{text:?} should look like SKU:QUANTITY:PRICE, for example tea-5:2:4.50");
    let mut parts = text.rsplitn(3, ':');
    let (price, quantity, sku) = (parts.next(), parts.next(), parts.next());
    let unit_price: Decimal = price.and_then(|price| price.parse().ok()).ok_or_else(expected)?;
    let quantity: i32 = quantity.and_then(|quantity| quantity.parse().ok()).ok_or_else(expected)?;
    let sku = sku.filter(|sku| !sku.is_empty()).ok_or_else(expected)?.to_owned();
    if quantity < 1 || unit_price.is_sign_negative() || unit_price.scale() > 2 {
        return Err(format!(
            "{text:?}: the quantity must be at least 1, the price at least 0 with at most two decimals"
        ));
    }
    Ok(NewItem { sku, quantity, unit_price })
}

/// Reads the orders from a file to import.
pub fn parse_orders(text: &str) -> Result<Vec<(String, Decimal)>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let order = |line: &str| {
        let (number, total) = line.split_once(',')?;
        Some((number.trim().to_owned(), total.trim().parse().ok()?))
    };
    lines.map(|(at, line)| order(line).ok_or_else(|| format!("line {}: expected NUMBER,TOTAL", at + 1))).collect()
}
