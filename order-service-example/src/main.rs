//! A tiny order-management service: its models, its migrations, and a command line around them.

mod error;
mod migrations;
mod models;
mod output;
mod service;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use rust_decimal::Decimal;
use schemata::cli::{self, App};
use schemata::tables;

use crate::models::{Customer, Order, OrderItem};
use crate::service::NewItem;

/// Manages orders
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
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
    /// Show one order with its items
    Show { number: String },
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

fn parse_orders(text: &str) -> Result<Vec<(String, Decimal)>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let order = |line: &str| {
        let (number, total) = line.split_once(',')?;
        Some((number.trim().to_owned(), total.trim().parse().ok()?))
    };
    lines.map(|(at, line)| order(line).ok_or_else(|| format!("line {}: expected NUMBER,TOTAL", at + 1))).collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let app =
        App::new(env!("CARGO_PKG_NAME")).version(env!("CARGO_PKG_VERSION")).tables(tables![Customer, Order, OrderItem]);
    let command = match cli::parse::<Cli>() {
        Ok(Cli { command: Command::Database(command) }) => return app.run(command).await,
        Ok(Cli { command }) => command,
        Err(code) => return code,
    };
    match serve(&app, command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => cli::fail(&*error),
    }
}

async fn serve(app: &App, command: Command) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let database = app.database().await?;
    let db = database.connect().await?;
    match command {
        Command::AddCustomer { email, full_name, phone } => {
            output::customer(&service::add_customer(&db, &email, &full_name, phone).await?);
        }
        Command::PlaceOrder { email, number, items } => {
            output::order(&service::place_order(&db, &email, &number, items).await?);
        }
        Command::Ship { number } => output::order(&service::ship(&db, &number).await?),
        Command::Cancel { number } => {
            service::cancel(&db, &number).await?;
            output::cancelled(&number);
        }
        Command::List { status, limit, after, before } => {
            let page = service::list(&db, status.as_deref(), limit, after.as_deref(), before.as_deref()).await?;
            output::page(&page);
        }
        Command::Import { email, file } => {
            let orders = parse_orders(&std::fs::read_to_string(file)?)?;
            output::imported(service::import(&db, &email, orders).await?);
        }
        Command::Show { number } => {
            let (order, customer, items) = service::show(&db, &number).await?;
            output::order(&order);
            output::customer(&customer);
            output::items(&items);
        }
        Command::Database(_) => unreachable!("run by main"),
    }
    Ok(())
}
