//! Rows of any shape from SQL written by hand: as a typed query returns them, tuples in tuples included.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use schemata::{FromRow, Result, RowReader};
use serde_json::Value;

use super::packages::{Package, Release};
use super::people::{Job, Quota, Token, User};

/// A value that takes the next columns of a row.
pub trait Take: Sized {
    /// Takes them.
    ///
    /// # Errors
    /// When the columns have other types.
    fn take(row: &mut RowReader<'_>) -> Result<Self>;
}

/// A row whose tuples may hold tuples and models.
#[derive(Debug, PartialEq)]
pub struct Flat<T>(pub T);

impl<T: Take> FromRow for Flat<T> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        T::take(row).map(Self)
    }
}

macro_rules! columns {
    ($($column:ty)*) => {$(
        impl Take for $column {
            fn take(row: &mut RowReader<'_>) -> Result<Self> {
                row.take()
            }
        }

        impl Take for Option<$column> {
            fn take(row: &mut RowReader<'_>) -> Result<Self> {
                row.take()
            }
        }
    )*};
}

columns! { bool i16 i32 i64 f32 f64 String Decimal DateTime<Utc> NaiveDate Value Vec<String> Vec<i32> }

macro_rules! models {
    ($($model:ty)*) => {$(
        impl Take for $model {
            fn take(row: &mut RowReader<'_>) -> Result<Self> {
                row.group()
            }
        }
    )*};
}

models! { User Package Release Token Job Quota }

macro_rules! tuples {
    ($(($($part:ident)+))*) => {$(
        impl<$($part: Take),+> Take for ($($part,)+) {
            fn take(row: &mut RowReader<'_>) -> Result<Self> {
                Ok(($($part::take(row)?,)+))
            }
        }
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) }
