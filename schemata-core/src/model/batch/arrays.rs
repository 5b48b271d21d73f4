//! The values of a batch as arrays of the types that the connected database declares.

use std::ops::Range;

use tokio_postgres::types::Kind;

use crate::error::Result;
use crate::exec::statement::Purpose;
use crate::exec::statement::arrays::flatten;
use crate::exec::statement::declared_types::declared_types;
use crate::exec::target::Target;
use crate::model::batch::row_group::{RowGroup, encode_error};
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

/// Returns values of a group, ready to be bound: of the columns at these `places`, and of so many `rows`, whose bytes are in
/// `ranges`.
pub(crate) fn column_arrays(
    table: &'static Table,
    group: &mut RowGroup,
    places: &[usize],
    ranges: &[Range<usize>],
    rows: usize,
) -> Result<Vec<ColumnArrays>> {
    let mut arrays = Vec::with_capacity(places.len());
    for place in places {
        let values = &mut group.values[*place];
        let declared = values.declared().clone();
        let array = values.array(ranges[*place].clone(), rows);
        arrays.push(if let Kind::Array(_) = declared.ty.kind() {
            let flat = flatten(&array).map_err(|source| encode_error(table, group.columns[*place], source))?;
            let parts: [Param; 3] = [Param::new(flat.elements), Param::new(flat.starts), Param::new(flat.stops)];
            ColumnArrays::Arrays(declared, parts)
        } else {
            ColumnArrays::Scalars(declared, Param::new(array))
        });
    }
    Ok(arrays)
}
