//! The shapes of inserts and updates of one row.

use crate::schema::Table;
use crate::sql::shape::Shape;
use crate::sql::tree::{Filter, Removed};
use crate::sql::write::{ColumnValue, Returned};

/// Returns the shape of an insert, with its values as they are bound; `None` if it computes some. The assignments then share the
/// values of the shape.
pub(crate) fn insert_shape(
    table: &'static Table,
    assignments: &mut [(usize, ColumnValue)],
    returned: Returned<'_>,
) -> Option<Shape> {
    let mut shape = Shape::new();
    // No query begins with such a number.
    shape.word(100);
    shape.table(table);
    shape.assignments(assignments)?;
    shape.returned(returned);
    Some(shape)
}

/// Returns the shape of an update of the rows of a condition, likewise.
pub(crate) fn update_shape(
    table: &'static Table,
    assignments: &mut [(usize, ColumnValue)],
    filter: &Filter,
    removed: Removed,
    returned: Returned<'_>,
) -> Option<Shape> {
    let mut shape = Shape::new();
    shape.word(101);
    shape.table(table);
    shape.assignments(assignments)?;
    shape.filter(filter)?;
    shape.word(removed as usize);
    shape.returned(returned);
    Some(shape)
}

impl Shape {
    fn assignments(&mut self, assignments: &mut [(usize, ColumnValue)]) -> Option<()> {
        self.word(assignments.len());
        for (column, value) in assignments {
            self.word(*column);
            match value {
                ColumnValue::Bound(value) => {
                    self.word(1);
                    self.value(value.shared(), None);
                }
                ColumnValue::Default => self.word(2),
                ColumnValue::Sql(_) | ColumnValue::Computed(_) => return None,
            }
        }
        Some(())
    }

    fn returned(&mut self, returned: Returned<'_>) {
        match returned {
            Returned::All => self.word(0),
            Returned::Columns(columns) => {
                self.word(1 + columns.len());
                for column in columns {
                    self.text(column);
                }
            }
        }
    }
}
