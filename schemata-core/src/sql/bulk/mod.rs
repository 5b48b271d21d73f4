//! Statements that write many rows at once, from arrays or by COPY. Their text does not depend on the number of rows.

pub(crate) mod change;
pub(crate) mod copy;
pub(crate) mod insert;
pub(crate) mod unnest;
