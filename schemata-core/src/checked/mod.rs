//! Checked SQL: the functions that [`query!`](crate::query!) and [`query_file!`](crate::query_file!) make.
//!
//! The text is the program's own, with holes for models, columns and parameters. It is registered at link time, and
//! [`check_test!`](crate::check_test) prepares every text on a database that the migrations have made: it compares the number and
//! the types of parameters and columns with the function's signature, and reports each column that can be NULL without an
//! `Option`. Nothing needs a database while it is built.
//!
//! Inside: `text` (pieces to text, once for each schema), `effect` (whether a text can change the session), `parameter`, `row`
//! (what a row is made of), `query` (running), `fragment` (what `sql!` and `raw_sql!` register), `registry`. The check is in
//! `prove/queries`.

mod effect;
mod fragment;
mod parameter;
pub(crate) mod query;
mod registry;
mod row;
mod text;

pub use fragment::{CheckedText, hole_of};
pub use parameter::QueryParameter;
pub use parameter::{Bound, Parameter, ParameterShape};
pub use query::{CheckedQuery, Returns, Source};
pub use registry::RegisteredSql;
#[cfg(feature = "dev")]
pub(crate) use row::ColumnShape;
pub use row::{AsColumn, AsOptionalRow, AsProjection, AsRow, ColumnShapes, Part, RowColumns, RowPart};
pub use text::Piece;
