//! Validation: every value of a write against its column's type and the model's own rules, before anything is sent.

use std::fmt;

use bytes::BytesMut;

use crate::error::{Error, Result};
use crate::exec::actor::SharedValue;
use crate::model::limits::Limit;
use crate::param::as_type;
use crate::query::Col;
use crate::schema::Table;
use crate::schema::column_lists::is_fixed;
use crate::sql::fragment::Fragment;
use crate::sql::write::{Cell, Cells};
use crate::violation::Violations;

/// A model's own rules: `#[table(validate = check_order)]` names one. It is called for every row that any write path is
/// about to send.
///
/// ```
/// use schemata::model::{Findings, Incoming};
/// # use schemata::query::Col;
/// # struct Order;
/// # #[allow(non_upper_case_globals)]
/// # impl Order { const order_number: Col<Order, String> = Col::new("order_number"); }
/// fn check_order(row: &Incoming<'_>, found: &mut Findings<'_>) {
///     if let Some(number) = row.get(Order::order_number) && !number.starts_with("A-") {
///         found.refuse(Order::order_number, "order_number", "does not begin with A-");
///     }
/// }
/// ```
pub type Judge = fn(&Incoming<'_>, &mut Findings<'_>);

/// What a write has to know of its model.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Subject {
    pub(crate) table: &'static Table,
    pub(crate) judge: Option<Judge>,
}

impl Subject {
    /// The position of the column with this name.
    pub(crate) fn position(&self, name: &str) -> usize {
        self.table.columns.iter().position(|column| column.name == name).expect("a handle names a column of its table")
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("table", &self.table.name).finish_non_exhaustive()
    }
}

/// A row on its way to the database: the columns that this write sets, and no others.
pub struct Incoming<'r> {
    table: &'static Table,
    cells: &'r Cells,
    insert: bool,
}

impl Incoming<'_> {
    /// The value this write gives the column; `None` where it gives none, or an SQL expression.
    pub fn get<M, T: 'static, S>(&self, column: Col<M, T, S>) -> Option<&T> {
        let at = self.table.columns.iter().position(|own| own.name == column.name())?;
        self.cells.iter().find(|(column, _)| *column == at).and_then(|(_, cell)| match cell {
            Cell::Value(value) => as_type(value).or_else(|| as_type::<SharedValue>(value)?.as_type()),
            Cell::Sql(_) => None,
        })
    }

    /// Whether the row is new; else it changes an existing one, of which only the given columns are known.
    pub fn is_insert(&self) -> bool {
        self.insert
    }
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("table", &self.table.name).finish_non_exhaustive()
    }
}

/// Where a model's rules say what they object to.
#[derive(Debug)]
pub struct Findings<'f> {
    row: usize,
    all: &'f mut Violations,
}

impl Findings<'_> {
    /// Objects to a column's value: the rule's name for programs, and what to tell people.
    pub fn refuse<M, T, S>(&mut self, column: Col<M, T, S>, rule: &'static str, message: impl Into<String>) {
        self.all.add(self.row, Some(column.name()), rule, message.into());
    }

    /// Objects to the row as a whole.
    pub fn refuse_row(&mut self, rule: &'static str, message: impl Into<String>) {
        self.all.add(self.row, None, rule, message.into());
    }
}

/// Judges rows, in order, and reports everything wrong with any of them.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn judge<'r>(of: Subject, rows: impl IntoIterator<Item = &'r Cells>, insert: bool) -> Result<()> {
    let mut limits: Vec<Option<Limit>> = of.table.columns.iter().map(|_| None).collect();
    let (mut found, mut room) = (Violations::of(of.table.name), BytesMut::new());
    for (row, cells) in rows.into_iter().enumerate() {
        for (column, cell) in cells {
            // No setter of an update takes such a column, but an expression names any.
            if !insert && is_fixed(of.table, *column) {
                found.add(row, Some(of.table.columns[*column].name), "immutable", "cannot change".to_owned());
            }
            // A piece that is more than one expression could take the statement's condition with it.
            if let Cell::Sql(expression) = cell
                && let Err(fault) = Fragment::Expression.of(expression)
            {
                found.add(row, Some(of.table.columns[*column].name), "expression", format!("cannot be set: {fault}"));
            }
            if let Cell::Value(value) = cell
                && let limit = limits[*column].get_or_insert_with(|| Limit::of(&of.table.columns[*column]))
                && let Some((rule, message)) = limit.broken_by(value, &mut room)
            {
                found.add(row, Some(of.table.columns[*column].name), rule, message);
            }
        }
        if let Some(judge) = of.judge {
            judge(&Incoming { table: of.table, cells, insert }, &mut Findings { row, all: &mut found });
        }
    }
    refuse(found)
}

/// The error that holds what was found.
pub(crate) fn refuse(found: Violations) -> Result<()> {
    if found.all.is_empty() { Ok(()) } else { Err(Error::Invalid(found)) }
}
