//! Decoding: a row's columns by position, in the order the statement lists them.

use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::error::{Error, Result};
use crate::param::{RawValue, Wire};
use crate::schema::ColumnType;

/// A value that a row, or a run of its columns, decodes to.
///
/// `#[derive(TableModel)]` implements it. Columns are taken one after another, so the order of the calls is the order
/// of the columns:
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
    /// Takes this value's columns.
    ///
    /// # Errors
    /// [`Error::Decode`] when a column has another type, or holds what the Rust type cannot; [`Error::ColumnCount`] when
    /// it is missing.
    fn from_row(row: &mut RowReader<'_>) -> Result<Self>;
}

/// A row and the position of its next column.
#[derive(Debug)]
pub struct RowReader<'r> {
    row: &'r Row,
    next: usize,
}

impl<'r> RowReader<'r> {
    /// Starts at the first column.
    pub fn new(row: &'r Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    ///
    /// # Errors
    /// [`Error::Decode`] or [`Error::ColumnCount`], naming the column.
    pub fn take<T: ColumnType>(&mut self) -> Result<T> {
        let at = self.next;
        self.next += 1;
        if at >= self.row.len() {
            return Err(self.mismatch(at));
        }
        self.read::<Exact<T>>(at).map(|Exact(value)| value)
    }

    /// Returns the bytes of the column at a position as PostgreSQL sent them, and does not advance.
    pub(crate) fn raw(&self, at: usize) -> Result<RawValue> {
        self.read(at)
    }

    fn read<T: for<'v> FromSql<'v>>(&self, at: usize) -> Result<T> {
        self.row.try_get(at).map_err(|source| Error::Decode { column: self.name(at), source: source.into() })
    }

    /// The next columns, as a group that a model flattens.
    ///
    /// # Errors
    /// As [`RowReader::take`].
    pub fn group<G: FromRow>(&mut self) -> Result<G> {
        G::from_row(self)
    }

    /// Refuses columns that nobody took.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.next == self.row.len() { Ok(()) } else { Err(self.mismatch(self.next)) }
    }

    /// `at` is the first column, or the first field, without a partner.
    fn mismatch(&self, at: usize) -> Error {
        let expected = self.next;
        Error::ColumnCount { returned: self.row.len(), expected, column: self.name(at) }
    }

    fn name(&self, at: usize) -> String {
        self.row.columns().get(at).map_or_else(|| format!("number {}", at + 1), |column| column.name().to_owned())
    }
}

/// Reads a column by [`ColumnType::decode`] instead of the driver's conversion.
struct Exact<T>(T);

impl<'v, T: ColumnType> FromSql<'v> for Exact<T> {
    fn from_sql(ty: &Type, raw: &'v [u8]) -> Wire<Self> {
        T::decode(ty, raw).map(Self)
    }

    fn from_sql_null(ty: &Type) -> Wire<Self> {
        T::from_sql_null(ty).map(Self)
    }

    fn accepts(ty: &Type) -> bool {
        <T as FromSql<'v>>::accepts(ty)
    }
}
