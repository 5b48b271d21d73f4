//! A model's own rules: the function of `#[table(validate = function)]`, the row it sees, and the violations it reports.

use crate::query::Col;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Table;
use crate::sql::write::ColumnValue;
use crate::violation::Violations;

/// A function with a model's own rules, named by `#[table(validate = check_order)]`. It is called for every row that is
/// about to be written, by whatever method.
///
/// ```
/// use schemata::model::{Findings, Incoming, Validator};
/// # use schemata::query::Col;
/// # struct Order;
/// # #[allow(non_upper_case_globals)]
/// # impl Order { const order_number: Col<Order, String> = Col::new("order_number"); }
/// fn check_order(row: &Incoming<'_>, found: &mut Findings<'_>) {
///     if let Some(number) = row.get(Order::order_number) && !number.starts_with("A-") {
///         found.refuse(Order::order_number, "order_number", "does not begin with A-");
///     }
/// }
/// # const _: Validator = check_order;
/// ```
pub type Validator = fn(&Incoming<'_>, &mut Findings<'_>);

/// The metadata of a model that its writes need.
#[derive(Clone, Copy)]
pub struct ModelMeta {
    pub(crate) table: &'static Table,
    pub(crate) validator: Option<Validator>,
}

impl ModelMeta {
    /// Returns the position of the column with this name.
    pub(crate) fn position(&self, name: &str) -> usize {
        self.table.columns.iter().position(|column| column.name == name).expect("a handle names a column of its table")
    }
}

opaque_debug!([][ModelMeta], this { table: this.table.name });

/// A row that is about to be written: only the columns that this write sets.
pub struct Incoming<'r> {
    pub(crate) table: &'static Table,
    pub(crate) assignments: &'r [(usize, ColumnValue)],
    pub(crate) is_insert: bool,
}

impl Incoming<'_> {
    /// Returns the value that this write gives the column; `None` if it gives none, or one that PostgreSQL computes.
    pub fn get<M, T: 'static, S>(&self, column: Col<M, T, S>) -> Option<&T> {
        let at = self.table.columns.iter().position(|own| own.name == column.name())?;
        self.assignments.iter().find(|(column, _)| *column == at).and_then(|(_, value)| match value {
            ColumnValue::Bound(value) => value.as_type(),
            _ => None,
        })
    }

    /// Whether the row is new. Otherwise it changes an existing row, of which only the given columns are known.
    pub fn is_insert(&self) -> bool {
        self.is_insert
    }
}

opaque_debug!([] [Incoming<'_>], this { table: this.table.name });

/// Takes the violations that a [`Validator`] reports.
#[derive(Debug)]
pub struct Findings<'f> {
    pub(crate) row: usize,
    pub(crate) violations: &'f mut Violations,
}

impl Findings<'_> {
    /// Refuses a column's value: the rule's name for programs, and a message for people.
    pub fn refuse<M, T, S>(&mut self, column: Col<M, T, S>, rule: &'static str, message: impl Into<String>) {
        self.violations.add(self.row, Some(column.name()), rule, message.into());
    }

    /// Refuses the row as a whole.
    pub fn refuse_row(&mut self, rule: &'static str, message: impl Into<String>) {
        self.violations.add(self.row, None, rule, message.into());
    }
}
