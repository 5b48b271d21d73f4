//! Rows as tuples of columns, for queries whose rows are not worth a struct.

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::schema::ColumnType;

macro_rules! tuples {
    ($(($($column:ident)+))+) => {$(
        impl<$($column: ColumnType),+> FromRow for ($($column,)+) {
            fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
                Ok(($(row.take::<$column>()?,)+))
            }
        }
    )+};
}

tuples! {
    (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) (A B C D E F G H I)
    (A B C D E F G H I J) (A B C D E F G H I J K) (A B C D E F G H I J K L)
}
