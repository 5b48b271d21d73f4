//! The reasons why tables cannot be created together.

use crate::ident::IdentError;
use crate::sql::fragment_error::FragmentError;

/// The reason why tables cannot be created together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DdlError {
    /// Two models of the list stand for the same table.
    #[error("table {table} is listed twice; two models cannot create one table")]
    RepeatedTable {
        /// The qualified name.
        table: String,
    },
    /// Two objects would get the same name.
    #[error("{first} and {second} would both be called {name:?}; give one of them a `name`")]
    NameTaken {
        /// The name.
        name: String,
        /// The object that got the name first.
        first: String,
        /// The other object.
        second: String,
    },
    /// Two Rust enums describe one PostgreSQL enum differently.
    #[error("enum type {name} is declared with two lists of labels: {first:?} and {second:?}")]
    EnumConflict {
        /// The qualified name.
        name: String,
        /// The labels of one.
        first: &'static [&'static str],
        /// The labels of the other.
        second: &'static [&'static str],
    },
    /// Two Rust types describe one PostgreSQL type differently.
    #[error("type {name} is declared twice: {first}, and {second}")]
    TypeConflict {
        /// The qualified name.
        name: String,
        /// The statement that creates one.
        first: String,
        /// The statement that creates the other.
        second: String,
    },
    /// A piece of SQL in an attribute is more than one piece of its kind.
    #[error("{place}: {source}")]
    Fragment {
        /// The place of the SQL, like `the default_sql of orders.status`.
        place: String,
        /// The fault in it.
        source: FragmentError,
    },
    /// The server lacks a feature of a table.
    #[error("`{feature}` of {table} needs PostgreSQL {needs}, and the server is PostgreSQL {major}")]
    Lacking {
        /// The table.
        table: &'static str,
        /// The attribute's word for the feature.
        feature: &'static str,
        /// The first version that has it.
        needs: i32,
        /// The server's version.
        major: i32,
    },
    /// The operator of an exclusion constraint is none.
    #[error("an exclusion constraint of {table} compares with {operator:?}, which is no operator")]
    Operator {
        /// The table.
        table: &'static str,
        /// The text in place of an operator.
        operator: &'static str,
    },
    /// A name that PostgreSQL would not keep as it is.
    #[error(transparent)]
    Ident(#[from] IdentError),
}
