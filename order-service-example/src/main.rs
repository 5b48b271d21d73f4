//! A tiny order-management service: its models, its migrations, and a command line around them.

mod command;
mod error;
mod migrations;
mod models;
mod output;
mod placing;
mod reports;
mod sales;
mod service;

use std::process::ExitCode;

use schemata::cli::{self, App};
use schemata::tables;

use crate::command::{Cli, Command, parse_orders};
use crate::models::{Customer, Order, OrderItem};
use crate::sales::Search;

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
    db.verify().await?;
    match command {
        Command::AddCustomer { email, full_name, phone } => {
            output::customer(&service::add_customer(&db, &email, &full_name, phone).await?);
        }
        Command::PlaceOrder { email, number, items } => {
            output::order(&placing::place_order(&db, &email, &number, items).await?);
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
        Command::Customers { limit } => output::customers(&sales::customers(&db, limit).await?),
        Command::BestSellers { limit } => output::articles(&sales::best_sellers(&db, limit).await?),
        Command::Search { text, sku, status, at_least, limit, after } => {
            let search = Search { text, sku, status, at_least };
            output::found(&sales::search(&db, search, limit, after).await?);
        }
        Command::Import { email, file } => {
            let lines = std::fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let orders = parse_orders(&lines)?;
            output::imported(placing::import(&db, &email, orders).await?);
        }
        Command::Show { number } => {
            let (order, customer, items) = service::show(&db, &number).await?;
            output::order(&order);
            output::customer(&customer);
            output::items(&items);
        }
        Command::Turnover { email, since } => {
            output::turnover(&service::turnover(&db, &email, since).await?);
        }
        Command::Database(_) => unreachable!("run by main"),
    }
    Ok(())
}

schemata::check_test!(Customer, Order, OrderItem);
