//! Decodes rows: columns are read by position, in the order in which the statement lists them.

use std::sync::Arc;

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::error::{Error, Result};
use crate::param::{RawValue, Wire};
use crate::schema::ColumnType;
use crate::schema::wire::domain::reads;

/// A type that is decoded from a row, or from consecutive columns of a row.
///
/// `#[derive(TableModel)]`, `#[derive(FromRow)]` and `#[derive(Projection)]` implement it, and tuples of up to twelve columns do.
/// In an implementation of your own, each call takes the next column:
///
/// ```
/// use schemata::{FromRow, Result, RowReader};
/// struct Total { status: String, orders: i64 }
/// impl FromRow for Total {
///     fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
///         Ok(Self { status: row.take()?, orders: row.take()? })
///     }
/// }
/// ```
pub trait FromRow: Sized {
    /// Takes the columns of this value.
    ///
    /// # Errors
    /// [`Error::Decode`] if a column has another type or a value that the Rust type cannot hold; [`Error::ColumnCount`] if a
    /// column is missing.
    fn from_row(row: &mut RowReader<'_>) -> Result<Self>;
}

/// How a row becomes a `T`.
pub(crate) enum Decode<T> {
    /// A function.
    Function(fn(&mut RowReader<'_>) -> Result<T>),
    /// A function that calls others.
    Closure(Arc<DecodeClosure<T>>),
    /// A function of the caller's, so that `T` need not be what the statement lists.
    Mapped(Arc<DecodeClosure<T>>),
}

type DecodeClosure<T> = dyn Fn(&mut RowReader<'_>) -> Result<T> + Send + Sync;

impl<T> Decode<T> {
    /// Decodes by calling `decode`.
    pub(crate) fn closure(decode: impl Fn(&mut RowReader<'_>) -> Result<T> + Send + Sync + 'static) -> Self {
        Self::Closure(Arc::new(decode))
    }

    /// Decodes by calling `decode`, which changes what the statement lists.
    pub(crate) fn mapped(decode: impl Fn(&mut RowReader<'_>) -> Result<T> + Send + Sync + 'static) -> Self {
        Self::Mapped(Arc::new(decode))
    }

    /// Returns whether a function of the caller's changes what the statement lists.
    pub(crate) fn is_mapped(&self) -> bool {
        matches!(self, Self::Mapped(_))
    }

    /// Decodes a row.
    pub(crate) fn read(&self, row: &mut RowReader<'_>) -> Result<T> {
        match self {
            Self::Function(decode) => decode(row),
            Self::Closure(decode) | Self::Mapped(decode) => decode(row),
        }
    }
}

impl<T> Clone for Decode<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Function(decode) => Self::Function(*decode),
            Self::Closure(decode) => Self::Closure(Arc::clone(decode)),
            Self::Mapped(decode) => Self::Mapped(Arc::clone(decode)),
        }
    }
}

impl<T> From<fn(&mut RowReader<'_>) -> Result<T>> for Decode<T> {
    fn from(decode: fn(&mut RowReader<'_>) -> Result<T>) -> Self {
        Self::Function(decode)
    }
}

/// A row and the position of its next column.
#[derive(Debug)]
pub struct RowReader<'r> {
    row: &'r Row,
    next: usize,
    /// Whether an earlier row of the same statement has shown that the columns have the names of the fields.
    names_are_known: bool,
}

impl<'r> RowReader<'r> {
    /// Starts at the first column of a row of the driver.
    #[inline]
    pub fn new(row: &'r Row) -> Self {
        Self { row, next: 0, names_are_known: false }
    }

    /// Starts at the first column of a row whose names need not be compared again.
    pub(crate) fn with_known_names(row: &'r Row) -> Self {
        Self { row, next: 0, names_are_known: true }
    }

    /// Returns whether a column is NULL: the next one for 0. False if there is no such column.
    pub fn is_null(&self, ahead: usize) -> bool {
        self.row.try_get(self.next + ahead).is_ok_and(|IsNull(is_null)| is_null)
    }

    /// Passes over columns.
    ///
    /// # Errors
    /// [`Error::ColumnCount`] if there are fewer.
    pub fn skip(&mut self, columns: usize) -> Result<()> {
        self.next += columns;
        if self.next > self.row.len() { Err(self.mismatch(self.row.len())) } else { Ok(()) }
    }

    /// Refuses a next column that has another name. A missing column is refused when it is taken.
    pub(crate) fn expect_name(&self, name: &'static str) -> Result<()> {
        match self.row.columns().get(self.next) {
            Some(column) if !self.names_are_known && column.name() != name => {
                Err(Error::ColumnName { expected: name, found: column.name().to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Takes the next column.
    ///
    /// # Errors
    /// [`Error::Decode`] or [`Error::ColumnCount`]; both name the column.
    #[inline]
    pub fn take<T: ColumnType>(&mut self) -> Result<T> {
        let at = self.next;
        self.next += 1;
        match self.row.try_get(at) {
            Ok(Exact(value)) => Ok(value),
            Err(source) => Err(self.not_taken(at, source)),
        }
    }

    /// Returns the error of a column that cannot be taken: there is none at this position, or it has another type or value.
    #[cold]
    fn not_taken(&self, at: usize, source: tokio_postgres::Error) -> Error {
        if at >= self.row.len() {
            return self.mismatch(at);
        }
        Error::Decode { column: self.name(at), source: source.into() }
    }

    /// Returns the bytes of the column at a position as PostgreSQL sent them. Does not advance.
    pub(crate) fn raw(&self, at: usize) -> Result<RawValue> {
        self.read(at)
    }

    /// Returns the value of the column at a position. Does not advance.
    pub(crate) fn at<T: ColumnType>(&self, at: usize) -> Result<T> {
        self.read::<Exact<T>>(at).map(|Exact(value)| value)
    }

    /// Returns the column at a position, converted as the driver does. Does not advance.
    pub(crate) fn read<T: for<'v> FromSql<'v>>(&self, at: usize) -> Result<T> {
        self.row.try_get(at).map_err(|source| self.not_taken(at, source))
    }

    /// Takes the next columns as a group, which a model flattens.
    ///
    /// # Errors
    /// Those of [`RowReader::take`].
    pub fn group<G: FromRow>(&mut self) -> Result<G> {
        G::from_row(self)
    }

    /// Refuses remaining columns.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.next == self.row.len() { Ok(()) } else { Err(self.mismatch(self.next)) }
    }

    /// Returns the error of a row with too many or too few columns. `at` is the first column without a field, or the first
    /// field without a column.
    fn mismatch(&self, at: usize) -> Error {
        let expected = self.next;
        Error::ColumnCount { returned: self.row.len(), expected, column: self.name(at) }
    }

    fn name(&self, at: usize) -> String {
        self.row.columns().get(at).map_or_else(|| format!("number {}", at + 1), |column| column.name().to_owned())
    }
}

/// Rows as tuples of columns, for queries that do not need a struct.
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

/// Whether a column is NULL.
struct IsNull(bool);

impl FromSql<'_> for IsNull {
    fn from_sql(_: &Type, _: &[u8]) -> Wire<Self> {
        Ok(Self(false))
    }

    fn from_sql_null(_: &Type) -> Wire<Self> {
        Ok(Self(true))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Reads a column by [`ColumnType::decode`] instead of the driver's conversion.
struct Exact<T>(T);

impl<'v, T: ColumnType> FromSql<'v> for Exact<T> {
    fn from_sql(ty: &Type, raw: &'v [u8]) -> Wire<Self> {
        T::decode(ty, raw).map(Self)
    }

    fn from_sql_null(ty: &Type) -> Wire<Self> {
        T::decode_null(ty).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        reads::<T>(ty)
    }
}
