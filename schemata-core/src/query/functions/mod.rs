//! Functions and operators of PostgreSQL on single values, by subject, with the types and the NULLs of their results.
//!
//! Where nothing else is said, a function returns NULL exactly if an argument is NULL, and the type of the result says so. A
//! function that is missing here is declared by [`sql_fn!`](crate::sql_fn).

#![expect(clippy::type_complexity, reason = "the type of a result says what it reads, and whether it can be NULL")]

mod cast;
mod conditional;
#[cfg(feature = "chrono")]
mod date;
mod declared;
mod fragment;
mod interval;
mod number;
mod text;
#[cfg(feature = "chrono")]
pub mod unit;

pub use conditional::{Case, CaseStart, case, coalesce, greatest, least, not, nullif};
#[cfg(feature = "chrono")]
pub use date::{
    OfTime, Truncates, Zoned, age, at_time_zone, clock_timestamp, current_date, date_trunc, date_trunc_in, extract, now,
};
#[doc(hidden)]
pub use declared::{__aggregate, __function};
#[doc(hidden)]
pub use fragment::{__Fragment, __fragment};
pub use interval::{days, hours, interval, minutes, months, seconds, weeks, years};
#[cfg(feature = "decimal")]
pub use number::round_to;
pub use number::{Math, abs, ceil, floor, power, random, round, sign, sqrt};
pub use text::{
    concat, concat_ws, initcap, left, length, lower, lpad, ltrim, ltrim_chars, md5, position, regexp_replace, repeat,
    replace, reverse, right, rpad, rtrim, rtrim_chars, split_part, substring, substring_from, trim, trim_chars, upper,
};
