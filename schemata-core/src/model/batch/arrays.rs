//! The values of a batch as arrays of the types that the connected database declares.

use tokio_postgres::types::Kind;

use crate::error::{Error, Result};
use crate::exec::statement::Purpose;
use crate::exec::statement::arrays::{ColumnValues, array, flatten};
use crate::exec::statement::declared_types::declared_types;
use crate::exec::target::Target;
use crate::model::batch::row_group::BatchRow;
use crate::param::Param;
use crate::schema::Table;
use crate::sql::bulk::unnest::{ColumnArrays, describe_columns};
use crate::sql::declared_type::DeclaredType;

/// Asks for the types of these columns.
pub(crate) async fn column_types(
    target: Target<'_>,
    purpose: Purpose,
    table: &Table,
    columns: &[usize],
) -> Result<Vec<DeclaredType>> {
    if columns.is_empty() {
        Ok(Vec::new())
    } else {
        declared_types(target, purpose, &describe_columns(target.schema, table, columns)).await
    }
}

/// Returns the values of these columns, ready to be bound.
pub(crate) fn column_arrays(
    table: &'static Table,
    columns: &[usize],
    types: &[DeclaredType],
    values: Vec<ColumnValues>,
) -> Result<Vec<ColumnArrays>> {
    let arrays = |((column, declared), values): ((&usize, &DeclaredType), ColumnValues)| {
        let ty = &declared.ty;
        let Kind::Array(_) = ty.kind() else { return Ok(ColumnArrays::Scalars(declared.clone(), Param::new(values))) };
        let flat = flatten(&values, ty).map_err(|source| encode_error(table, *column, source))?;
        let parts: [crate::param::Param; 3] =
            [Param::new(flat.elements), Param::new(flat.starts), Param::new(flat.stops)];
        Ok(ColumnArrays::Arrays(declared.clone(), parts))
    };
    columns.iter().zip(types).zip(values).map(arrays).collect()
}

/// Returns the keys of rows, ready to be bound: an array for each of the key's `columns`.
pub(crate) fn key_arrays(
    table: &'static Table,
    columns: &[usize],
    types: &[DeclaredType],
    rows: &[BatchRow],
) -> Result<Vec<ColumnArrays>> {
    let keys = |(column, declared): (&usize, &DeclaredType)| {
        let keys = array(&declared.ty, rows.iter().map(|row| row.value(*column)));
        let keys = keys.map_err(|source| encode_error(table, *column, source))?;
        Ok(ColumnArrays::Scalars(declared.clone(), Param::new(keys)))
    };
    columns.iter().zip(types).map(keys).collect()
}

/// The error for a value of this column that its type cannot hold.
pub(crate) fn encode_error(
    table: &'static Table,
    column: usize,
    source: Box<dyn std::error::Error + Sync + Send>,
) -> Error {
    Error::Encode { table: table.name, column: table.columns[column].name, source }
}
