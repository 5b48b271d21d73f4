//! The key columns of rows in memory, as arrays that a statement takes.

use crate::param::Param;
use crate::schema::ColumnType;

/// An array of a column's values.
#[doc(hidden)]
pub type Keys = Option<Param>;

/// A model whose key columns can be read by name. The derive implements it.
#[doc(hidden)]
pub trait Keyed: Sized {
    /// The values of `column`, one for each row; `None` when it is part of no key.
    fn __keys(_rows: &[&Self], _column: &str) -> Keys {
        None
    }
}

/// What `pick` finds in each of `rows`.
#[doc(hidden)]
pub fn keys<M, T: ColumnType + Clone>(rows: &[&M], pick: fn(&M) -> &T) -> Keys {
    let values: Vec<T> = rows.iter().map(|row| pick(row).clone()).collect();
    Some(Box::new(values))
}
