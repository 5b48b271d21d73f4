//! What a database really contains, in PostgreSQL's own words, and how two of them differ.

mod diff;
mod read;
mod snapshot;

pub use diff::{Difference, Side, Sides, differences};
pub use snapshot::{Catalog, ColumnState, ConstraintState, TableState};

pub(crate) use read::read;
