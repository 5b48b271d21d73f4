//! Aggregates over many rows: `basic` has counts, sums and extremes, `collect` what gathers values, `statistics` the rest;
//! `modifiers` has DISTINCT, ORDER BY and FILTER. Windows are in `query::window`.

mod basic;
mod collect;
mod modifiers;
mod statistics;

pub use basic::{Aggregate, Extremes, Numeric, count};
#[cfg(feature = "json")]
pub use collect::jsonb_object_agg;
