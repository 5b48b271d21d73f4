//! The contenders, a file each.

mod diesel;
mod diesel_async;
mod diesel_models;
mod ours;
pub(crate) mod raw;
mod raw_unnest;
mod sea_orm;
mod sqlx;
mod toasty;
mod wide_columns;

use crate::contender::{Contender, Failure};

/// The names of the contenders; ratios are to the first.
pub(crate) const NAMES: [&str; 8] =
    ["raw", "raw UNNEST", "schemata", "diesel", "diesel-async", "sqlx", "sea-orm", "toasty"];

/// Connects a contender by its name.
pub(crate) async fn connect(name: &str, url: &str) -> Result<Box<dyn Contender>, Failure> {
    Ok(match name {
        "raw" => Box::new(raw::Raw::connect(url).await?),
        "raw UNNEST" => Box::new(raw_unnest::RawUnnest::connect(url).await?),
        "schemata" => Box::new(ours::Ours::connect(url).await?),
        "diesel" => Box::new(diesel::Diesel::connect(url)?),
        "diesel-async" => Box::new(diesel_async::DieselAsync::connect(url).await?),
        "sqlx" => Box::new(sqlx::Sqlx::connect(url).await?),
        "sea-orm" => Box::new(sea_orm::SeaOrm::connect(url).await?),
        "toasty" => Box::new(toasty::Toasty::connect(url).await?),
        other => return Err(format!("no contender is called {other}: {NAMES:?}").into()),
    })
}
