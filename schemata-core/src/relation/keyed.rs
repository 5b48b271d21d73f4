//! The key columns of rows in memory, as arrays that a statement binds.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{Param, Value, Wire};
use crate::schema::ColumnType;
use crate::schema::wire::array;

/// An array of a column's values; `None` for a column that is part of no key.
pub type KeyArray = Option<Param>;

/// A model whose key columns can be read by name. The derive implements it for models with a primary key.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "related rows cannot be loaded for rows of `{Self}`",
    label = "this needs the primary key of `{Self}`",
    note = "rows of a `#[table(keyless)]` have no key to be found by: join the other table instead"
)]
pub trait Keyed: Sized {
    /// Returns the values of `column`, one per row, or `None` if it is part of no key.
    fn __keys(_rows: &[&Self], _column: &str) -> KeyArray {
        None
    }
}

/// Returns the values that `pick` returns, one per row.
pub fn keys<M, T: ColumnType + Clone>(rows: &[&M], pick: fn(&M) -> &T) -> KeyArray {
    Some(Param::new(KeyValues(rows.iter().map(|row| pick(row).clone()).collect::<Vec<T>>())))
}

/// Values as one array. Unlike those of an array column, their type need not be an
/// [`ArrayElement`](crate::schema::ArrayElement).
struct KeyValues<T>(Vec<T>);

impl<T: ColumnType> Value for KeyValues<T> {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        array::encode(&self.0, ty, out)
    }
}
