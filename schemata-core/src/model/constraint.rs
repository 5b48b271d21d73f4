//! The constraints of a model as an enum, so that `match` covers them all.

use crate::error::Error;
use crate::model::ops::TableModel;
use crate::schema::ConstraintRef;
use crate::sql::ddl::constraint_name;

/// All constraints of a model, and its unique indexes. `#[derive(Constraints)]` on `Order`, beside `TableModel`, makes
/// the enum `OrderConstraint` and implements this for it.
///
/// A variant is called after columns and kind (`OrderNumberKey`, `CustomerIdFkey`), or after the name that was given.
/// NULL in a column that takes none has no constraint before PostgreSQL 18: see
/// [`ErrorKind::NotNullViolation`](crate::ErrorKind::NotNullViolation). The check behind a text enum is not listed.
pub trait ConstraintSet: Copy + PartialEq + 'static {
    /// The model.
    type Model: TableModel;
    /// Every variant, and the constraint it stands for.
    const ALL: &'static [(Self, ConstraintRef)];

    /// The constraint of this model that `error` says is violated. `None` when it is another failure, or another
    /// table's constraint: deleting a customer can violate a constraint of orders.
    fn violated(error: &Error) -> Option<Self> {
        let (name, table) = (error.constraint()?, Self::Model::TABLE);
        if error.table() != Some(table.name) {
            return None;
        }
        let is_named = |constraint| constraint_name(table, constraint).is_some_and(|found| found == name);
        Self::ALL.iter().find(|(_, constraint)| is_named(*constraint)).map(|(variant, _)| *variant)
    }

    /// What the catalog calls it.
    fn name(self) -> Option<String> {
        let (_, constraint) = Self::ALL.iter().find(|(variant, _)| *variant == self)?;
        constraint_name(Self::Model::TABLE, *constraint)
    }
}
