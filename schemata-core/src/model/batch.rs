//! Rows of a batch, sorted into groups that set the same columns, column by column.

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, Kind};

use crate::error::{Error, Result};
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::arrays::{ColumnValues, array, flatten};
use crate::exec::statement::declared_types::declared_types;
use crate::exec::statement::{Purpose, execute, fetch};
use crate::exec::target::Target;
use crate::model::judge::{Subject, refuse};
use crate::param::Param;
use crate::schema::Table;
use crate::sql::bulk::{Lane, UNMATCHED, probe};
use crate::sql::declared::Declared;
use crate::sql::write::{Cell, Cells};
use crate::sql::writer::Sql;
use crate::violation::Violations;

/// The most rows of one statement: 50,000, or 1,000 if a column holds arrays.
pub(crate) const PLAIN_ROWS: usize = 50_000;
const ARRAY_ROWS: usize = 1_000;

/// Rows that set the same columns.
pub(crate) struct Group<S, V = ColumnValues> {
    /// What else they have in common.
    pub(crate) shared: S,
    /// Positions in the table's columns.
    pub(crate) columns: Vec<usize>,
    /// Columns set to an expression.
    pub(crate) fixed: Vec<(usize, &'static str)>,
    /// Each row's position in the batch.
    pub(crate) at: Vec<usize>,
    /// The values, column by column.
    pub(crate) values: Vec<V>,
}

/// Groups rows; the order inside a group is theirs.
pub(crate) fn group<S: PartialEq>(rows: impl IntoIterator<Item = (usize, S, Cells)>) -> Vec<Group<S>> {
    let mut groups: Vec<Group<S, Vec<Param>>> = Vec::new();
    for (at, shared, mut cells) in rows {
        cells.sort_by_key(|(column, _)| *column);
        let fits = |group: &Group<S, Vec<Param>>| {
            let (mut columns, mut fixed) = (group.columns.iter(), group.fixed.iter());
            let same = cells.iter().all(|(column, cell)| match cell {
                Cell::Value(_) => columns.next() == Some(column),
                Cell::Sql(text) => fixed.next() == Some(&(*column, *text)),
            });
            same && columns.next().is_none() && fixed.next().is_none() && group.shared == shared
        };
        // The last group that was used is likely to fit the next row too: it is kept at the end.
        let found = groups.iter().rposition(fits);
        let last = groups.len().saturating_sub(1);
        if let Some(found) = found {
            groups.swap(found, last);
        } else {
            groups.push(Group::like(shared, &cells));
        }
        let group = groups.last_mut().expect("one was found or made");
        group.at.push(at);
        let values = cells.into_iter().filter_map(|(_, cell)| match cell {
            Cell::Value(value) => Some(value),
            Cell::Sql(_) => None,
        });
        group.values.iter_mut().zip(values).for_each(|(column, value)| column.push(value));
    }
    groups.into_iter().map(Group::shared).collect()
}

impl<S> Group<S, Vec<Param>> {
    fn like(shared: S, cells: &Cells) -> Self {
        let (mut columns, mut fixed) = (Vec::new(), Vec::new());
        for (column, cell) in cells {
            match cell {
                Cell::Value(_) => columns.push(*column),
                Cell::Sql(text) => fixed.push((*column, *text)),
            }
        }
        let values = columns.iter().map(|_| Vec::new()).collect();
        Self { shared, columns, fixed, at: Vec::new(), values }
    }

    fn shared(self) -> Group<S> {
        let Self { shared, columns, fixed, at, values } = self;
        Group { shared, columns, fixed, at, values: values.into_iter().map(ColumnValues::of).collect() }
    }
}

impl<S: Clone> Group<S> {
    /// The group in pieces that a statement takes.
    pub(crate) fn chunks(&self, types: &[Declared]) -> Vec<Self> {
        let has_arrays = types.iter().any(|declared| matches!(declared.ty.kind(), Kind::Array(_)));
        self.parts(if has_arrays { ARRAY_ROWS } else { PLAIN_ROWS })
    }

    /// The group in pieces of so many rows.
    pub(crate) fn parts(&self, most: usize) -> Vec<Self> {
        (0..self.at.len())
            .step_by(most)
            .map(|first| Self {
                shared: self.shared.clone(),
                columns: self.columns.clone(),
                fixed: self.fixed.clone(),
                at: self.at.iter().skip(first).take(most).copied().collect(),
                values: self.values.iter().map(|column| column.part(first, most)).collect(),
            })
            .collect()
    }
}

/// The types of these columns, in the database at hand.
pub(crate) async fn column_types(
    target: Target<'_>,
    purpose: Purpose,
    table: &Table,
    columns: &[usize],
) -> Result<Vec<Declared>> {
    if columns.is_empty() {
        Ok(Vec::new())
    } else {
        declared_types(target, purpose, &probe(target.schema, table, columns)).await
    }
}

/// The values of these columns, ready to be bound.
pub(crate) fn lanes(
    table: &'static Table,
    columns: &[usize],
    types: &[Declared],
    values: Vec<ColumnValues>,
) -> Result<Vec<Lane>> {
    let lane = |((column, declared), values): ((&usize, &Declared), ColumnValues)| {
        let ty = &declared.ty;
        let Kind::Array(_) = ty.kind() else { return Ok(Lane::Plain(declared.clone(), Box::new(values))) };
        let flat = flatten(&values, ty).map_err(|source| unsent(table, *column, source))?;
        Ok(Lane::Arrays(declared.clone(), [Box::new(flat.elements), Box::new(flat.starts), Box::new(flat.stops)]))
    };
    columns.iter().zip(types).zip(values).map(lane).collect()
}

/// The keys of `rows`, ready to be bound, a lane each of the `columns`. `key` yields a part of a row's key.
pub(crate) fn key_lanes<R>(
    of: Subject,
    columns: &[usize],
    types: &[Declared],
    rows: &[R],
    key: impl for<'r> Fn(&'r R, usize) -> Option<&'r Param>,
) -> Result<Vec<Lane>> {
    let lane = |(nth, declared): (usize, &Declared)| {
        let keys = array(&declared.ty, rows.iter().map(|row| key(row, nth)));
        let keys = keys.map_err(|source| unsent(of.table, columns[nth], source))?;
        Ok(Lane::Plain(declared.clone(), Box::new(keys)))
    };
    types.iter().enumerate().map(lane).collect()
}

fn unsent(table: &'static Table, column: usize, source: Box<dyn std::error::Error + Sync + Send>) -> Error {
    Error::Encode { table: table.name, column: table.columns[column].name, source }
}

/// Which of several rows of one key in a batch counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// The first; the others are left out.
    First,
    /// The last; those before it are left out.
    Last,
}

/// Puts rows in the order of their keys, by `ranks` or else by their bytes, and refuses two of one key unless `keep` says
/// which counts. `key` returns a part of a row's key. A key with a NULL in it equals no other, unless `nulls_are_equal`.
/// Each row is returned with its position, and whether its key can equal another.
///
/// The order is the same for every batch, so that two of them never lock rows crosswise.
///
/// # Errors
/// [`Error::Invalid`] for rows of the same key.
pub(crate) fn sort_by_key<R>(
    of: Subject,
    columns: &[usize],
    types: &[Declared],
    rows: Vec<R>,
    (keep, ranks, nulls_are_equal): (Option<Keep>, Option<Vec<i64>>, bool),
    key: impl for<'r> Fn(&'r R, usize) -> Option<&'r Param>,
) -> Result<Vec<(usize, bool, R)>> {
    let mut keyed = Vec::with_capacity(rows.len());
    for (at, row) in rows.into_iter().enumerate() {
        let mut bytes = BytesMut::new();
        let mut whole = true;
        for (nth, Declared { ty, .. }) in types.iter().enumerate() {
            let encoded = key(&row, nth).map(|value| value.bind(ty, &mut bytes));
            let encoded = encoded.transpose().map_err(|source| unsent(of.table, columns[nth], source))?;
            let is_null = !matches!(encoded, Some(IsNull::No));
            whole &= !is_null || nulls_are_equal;
            // The length keeps ("a", "bc") apart from ("ab", "c"), and NULL from an empty text.
            let length = if is_null { u32::MAX } else { u32::try_from(bytes.len()).unwrap_or(u32::MAX) };
            bytes.extend_from_slice(&length.to_be_bytes());
        }
        if let Some(rank) = ranks.as_ref().and_then(|ranks| ranks.get(at)) {
            bytes.clear();
            bytes.extend_from_slice(&rank.to_be_bytes());
        }
        keyed.push((bytes.freeze(), whole, at, row));
    }
    keyed.sort_by(|a, b| (&a.0, a.2).cmp(&(&b.0, b.2)));
    // Equal rows stand in the order of the batch, and the first of them stays.
    if keep == Some(Keep::Last) {
        keyed.reverse();
    }
    if keep.is_some() {
        keyed.dedup_by(|one, kept| one.1 && kept.1 && one.0 == kept.0);
    }
    if keep == Some(Keep::Last) {
        keyed.reverse();
    }
    let mut found = Violations::of(of.table.name);
    for pair in keyed.windows(2) {
        if pair[0].1 && pair[1].1 && pair[0].0 == pair[1].0 {
            let names: Vec<_> = columns.iter().map(|column| of.table.columns[*column].name).collect();
            let message = format!("has the same {} as row {}", names.join(", "), pair[0].2);
            found.add(pair[1].2, names.first().copied(), "duplicate", message);
        }
    }
    refuse(found)?;
    Ok(keyed.into_iter().map(|(_, whole, at, row)| (at, whole, row)).collect())
}

/// A row that comes back with its number.
pub(crate) struct Numbered<T> {
    /// From one.
    pub(crate) number: i64,
    pub(crate) row: T,
}

impl<T: FromRow> FromRow for Numbered<T> {
    fn from_row(row: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self { number: row.take()?, row: T::from_row(row)? })
    }
}

/// Stands for rows that are not handed back.
pub(crate) struct Nothing;

impl FromRow for Nothing {
    fn from_row(_: &mut RowReader<'_>) -> Result<Self> {
        Ok(Self)
    }
}

/// What a statement came to: the rows that came back, how many it touched, and where they stand in the batch.
pub(crate) type Done<T> = (Vec<Numbered<T>>, u64, Vec<usize>);

/// Sends a statement that writes; the rows that came back, where it `returns` them, and how many it wrote.
pub(crate) async fn send<T: FromRow + Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
    returns: bool,
) -> Result<(Vec<Numbered<T>>, u64)> {
    if !returns {
        return Ok((Vec::new(), execute(target, purpose, sql).await?));
    }
    let rows = fetch_numbered(target, purpose, sql).await?;
    let written = rows.len() as u64;
    Ok((rows, written))
}

/// Sends a statement that writes rows and returns them.
///
/// # Errors
/// [`Error::Unmatched`] if the rows cannot be told apart, and as for [`fetch`].
pub(crate) async fn fetch_numbered<T: FromRow + Send>(
    target: Target<'_>,
    purpose: Purpose,
    sql: &Sql,
) -> Result<Vec<Numbered<T>>> {
    fetch(target, purpose, sql).await.map_err(|error| {
        let unmatched = error.db_error().is_some_and(|db| db.message().contains(UNMATCHED));
        if unmatched { Error::Unmatched { table: purpose.table } } else { error }
    })
}

/// Takes the rows of a group that came back, how many it touched, and where its rows stand in the batch.
pub(crate) type Sink<'f, T> = &'f mut (dyn FnMut(Vec<Numbered<T>>, u64, &[usize]) + Send);

/// Maps each returned row to its position in the batch.
pub(crate) fn place<T>(rows: Vec<Numbered<T>>, at: &[usize], placed: &mut Vec<(usize, T)>) {
    let position = |number: i64| at.get(usize::try_from(number - 1).ok()?).copied();
    placed.extend(rows.into_iter().map(|row| (position(row.number).unwrap_or(usize::MAX), row.row)));
}

/// The rows in the order of the batch.
pub(crate) fn in_order<T>(mut placed: Vec<(usize, T)>) -> Vec<T> {
    placed.sort_by_key(|(at, _)| *at);
    placed.into_iter().map(|(_, row)| row).collect()
}
