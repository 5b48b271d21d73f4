//! Intervals made of columns and expressions. Those known in Rust are values: `Interval::days(3)`.

use crate::query::argument::{Argument, strict_functions};
use crate::schema::Interval;

strict_functions! {
    /// Returns that many years: `Order::placed_at + years(Product::warranty)`.
    years(count A: [Argument<i32>]) -> Interval = ["make_interval(years => ", ")"];
    /// Returns that many months.
    months(count A: [Argument<i32>]) -> Interval = ["make_interval(months => ", ")"];
    /// Returns that many weeks.
    weeks(count A: [Argument<i32>]) -> Interval = ["make_interval(weeks => ", ")"];
    /// Returns that many days. A day is not always 24 hours: an interval of days keeps the time of day where clocks change.
    days(count A: [Argument<i32>]) -> Interval = ["make_interval(days => ", ")"];
    /// Returns that many hours.
    hours(count A: [Argument<i32>]) -> Interval = ["make_interval(hours => ", ")"];
    /// Returns that many minutes.
    minutes(count A: [Argument<i32>]) -> Interval = ["make_interval(mins => ", ")"];
    /// Returns that many seconds, with a fraction.
    seconds(count A: [Argument<f64>]) -> Interval = ["make_interval(secs => ", ")"];
    /// Reads a text as an interval: `1 month 3 days`. A text that is none is a database error (22007).
    interval(text A: [Argument<String>]) -> Interval = ["CAST(", " AS interval)"];
}
