//! Arithmetic of dates, times and intervals (PostgreSQL manual 9.9).

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::query::arithmetic::{Calculates, DividedBy, Minus, Plus, Times, operand_values};
use crate::schema::Interval;

macro_rules! calculates {
    ($($left:ty, $operator:ty, $right:ty => $result:ty;)*) => {$(
        impl Calculates<$right, $operator> for $left {
            type Result = $result;
        }
    )*};
}

calculates! {
    DateTime<Utc>, Plus, Interval => DateTime<Utc>;
    DateTime<Utc>, Minus, Interval => DateTime<Utc>;
    DateTime<Utc>, Minus, DateTime<Utc> => Interval;
    Interval, Plus, DateTime<Utc> => DateTime<Utc>;
    NaiveDateTime, Plus, Interval => NaiveDateTime;
    NaiveDateTime, Minus, Interval => NaiveDateTime;
    NaiveDateTime, Minus, NaiveDateTime => Interval;
    Interval, Plus, NaiveDateTime => NaiveDateTime;
    NaiveDate, Plus, i32 => NaiveDate;
    NaiveDate, Minus, i32 => NaiveDate;
    NaiveDate, Minus, NaiveDate => i32;
    i32, Plus, NaiveDate => NaiveDate;
    NaiveDate, Plus, Interval => NaiveDateTime;
    NaiveDate, Minus, Interval => NaiveDateTime;
    NaiveDate, Plus, NaiveTime => NaiveDateTime;
    NaiveTime, Plus, NaiveDate => NaiveDateTime;
    NaiveTime, Plus, Interval => NaiveTime;
    NaiveTime, Minus, Interval => NaiveTime;
    NaiveTime, Minus, NaiveTime => Interval;
    Interval, Plus, Interval => Interval;
    Interval, Minus, Interval => Interval;
    Interval, Times, f64 => Interval;
    Interval, Times, i32 => Interval;
    Interval, DividedBy, f64 => Interval;
    Interval, DividedBy, i32 => Interval;
    i32, Times, Interval => Interval;
    f64, Times, Interval => Interval;
}

operand_values! {
    Interval => DateTime<Utc> NaiveDateTime NaiveDate NaiveTime Interval;
    DateTime<Utc> => DateTime<Utc> Interval;
    NaiveDateTime => NaiveDateTime Interval;
    NaiveDate => NaiveDate NaiveTime;
    NaiveTime => NaiveTime NaiveDate;
    i32 => NaiveDate Interval;
    f64 => Interval;
}
