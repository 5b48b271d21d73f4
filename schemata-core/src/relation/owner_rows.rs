//! Rows to which others belong, as a load sees them: their number, and the values of the columns by which rows belong to them.

use std::any::TypeId;

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Kind, Type, WrongType};

use crate::error::{Result, Unsendable};
use crate::exec::row::RowReader;
use crate::model::TableModel;
use crate::param::{Param, RawValue, Value, Wire};
use crate::relation::keyed::{KeyArray, Keyed};
use crate::schema::wire::array;
use crate::sql::tree::{Distinct, Expr, Query};

/// Rows to which others belong. Not exported.
pub trait OwnerRows: Sync {
    /// Returns how many there are.
    fn number(&self) -> usize;

    /// Returns the values of a column, one per row, or `None` if they are not at hand.
    fn keys(&self, column: &str) -> KeyArray;
}

/// Whole rows, which have their keys.
pub(crate) struct WholeRows<'r, O>(pub(crate) Vec<&'r O>);

impl<O: Keyed + Sync> OwnerRows for WholeRows<'_, O> {
    fn number(&self) -> usize {
        self.0.len()
    }

    fn keys(&self, column: &str) -> KeyArray {
        O::__keys(&self.0, column)
    }
}

/// The names of the columns by which rows belong to others.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct OwnerColumns(pub(crate) Vec<&'static str>);

/// The keys of rows of any type, as PostgreSQL sent them beside the rows.
pub(crate) struct ListedKeys {
    /// The columns, each with its position in the list of the query.
    columns: Vec<(&'static str, usize)>,
    rows: Vec<Vec<RawValue>>,
}

impl ListedKeys {
    /// Lists columns of `O`, unless they are listed already.
    pub(crate) fn add<O: TableModel>(OwnerColumns(names): OwnerColumns, query: &mut Query) -> Result<Self, Unsendable> {
        let mut columns = Vec::new();
        for name in names {
            let column = Expr::of(TypeId::of::<O>(), name);
            if !matches!(query.distinct, Distinct::No) && query.position_of(&column).is_none() {
                return Err(Unsendable::UnlistedKey { column: name });
            }
            columns.push((name, query.listed(&column)));
        }
        Ok(Self { columns, rows: Vec::new() })
    }

    /// Adds the keys of a row.
    pub(crate) fn push(&mut self, row: &RowReader<'_>) -> Result<()> {
        let keys: Result<_> = self.columns.iter().map(|(_, at)| row.raw(*at)).collect();
        self.rows.push(keys?);
        Ok(())
    }
}

impl OwnerRows for ListedKeys {
    fn number(&self) -> usize {
        self.rows.len()
    }

    fn keys(&self, column: &str) -> KeyArray {
        let at = self.columns.iter().position(|(name, _)| *name == column)?;
        Some(Param::new(RawArray(self.rows.iter().map(|row| row[at].0.clone()).collect())))
    }
}

/// Values of one type as an array.
struct RawArray(Vec<Option<Vec<u8>>>);

impl Value for RawArray {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        let Kind::Array(element) = ty.kind() else { return Err(Box::new(WrongType::new::<Vec<u8>>(ty.clone()))) };
        array::header(out, element, self.0.len())?;
        for value in &self.0 {
            array::put(out, |out| {
                let Some(bytes) = value else { return Ok(IsNull::Yes) };
                out.extend_from_slice(bytes);
                Ok(IsNull::No)
            })?;
        }
        Ok(IsNull::No)
    }
}
