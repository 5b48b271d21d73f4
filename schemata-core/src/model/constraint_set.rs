//! The constraints of a model as an enum, so that a `match` covers them all.

use crate::error::Error;
use crate::model::table_model::TableModel;
use crate::schema::ConstraintRef;
use crate::sql::ddl::constraint_name;

/// All constraints and unique indexes of a model. `#[derive(Constraints)]` on `Order`, beside `TableModel`, makes the enum
/// `OrderConstraint` and implements this trait for it.
///
/// A variant is named after columns and kind (`OrderNumberKey`, `CustomerIdFkey`), or after the constraint's explicit
/// name. NOT NULL is no constraint before PostgreSQL 18: see
/// [`ErrorKind::NotNullViolation`](crate::ErrorKind::NotNullViolation). The check of a text enum is not listed.
pub trait ConstraintSet: Copy + PartialEq + 'static {
    /// The model.
    type Model: TableModel;
    /// Every variant with its constraint.
    const ALL: &'static [(Self, ConstraintRef)];

    /// Returns the constraint of this model that `error` says is violated; `None` for another failure, or another table's
    /// constraint: deleting a customer can violate a constraint of orders.
    fn violated(error: &Error) -> Option<Self> {
        let (name, table) = (error.constraint()?, Self::Model::TABLE);
        if error.table() != Some(table.name) {
            return None;
        }
        let is_named = |constraint| constraint_name(table, constraint).is_some_and(|found| found == name);
        Self::ALL.iter().find(|(_, constraint)| is_named(*constraint)).map(|(variant, _)| *variant)
    }

    /// Returns the constraint's name in the catalog.
    fn name(self) -> Option<String> {
        let (_, constraint) = Self::ALL.iter().find(|(variant, _)| *variant == self)?;
        constraint_name(Self::Model::TABLE, *constraint)
    }
}
