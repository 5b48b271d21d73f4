//! `sql_fn!`: functions of the database as functions of Rust, and what the macro expands to.

use crate::query::argument::ArgumentTree;
use crate::query::expr::Expr;
use crate::sql::tree::Expr as Tree;

/// Declares functions of the database as Rust functions on expressions.
///
/// ```
/// # use schemata::{prelude::*, query::bind};
/// # #[derive(TableModel)]
/// # pub struct Package { #[column(primary_key)] pub id: i64, pub name: String }
/// schemata::sql_fn! {
///     /// The name with `-` for `_`, in lower case.
///     pub fn canon_name(text: String) -> String;
///
///     /// How similar two texts are, from 0 to 1: a function of `pg_trgm`.
///     pub fn similarity(left: String, right: String) -> f32;
///
///     /// The next free number.
///     #[sql(schema = "audit", name = "next_no")]
///     fn next_number() -> i64;
/// }
/// let found = Package::select().filter(canon_name(Package::name).eq(canon_name("serde_json")));
/// # drop(found); let _ = (similarity(Package::name, bind("a".to_owned())), next_number());
/// ```
///
/// A parameter of type `T` takes a value, or a column or an expression of type `T` or `Option<T>`. The function has the same name in the
/// database, found along the `search_path`; `#[sql(name = "…", schema = "…")]` gives another name and the schema. Names are
/// quoted. Functions that PostgreSQL's grammar knows, such as `coalesce` and `extract`, cannot be called so: see
/// [`sql!`](macro@crate::sql).
///
/// NULL: a function is taken for strict (`RETURNS NULL ON NULL INPUT`), so the result is an `Option` if an argument can be NULL. Write `->
/// Option<T>` if it can be NULL for other arguments too, and `#[sql(called_on_null_input)]` if the result has exactly the
/// declared type, whatever the arguments are.
///
/// `aggregate fn` declares an aggregate, which is used like [`count`](crate::query::count): in groups and totals, with `only`, `distinct` and
/// `sorted_by`. The declared type says whether it can be NULL; over no rows, most aggregates are.
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Package { #[column(primary_key)] pub id: i64, pub downloads: f64 }
/// schemata::sql_fn! {
///     /// The standard deviation.
///     pub aggregate fn stddev_samp(number: f64) -> Option<f64>;
/// }
/// let spread = Package::select().aggregate(stddev_samp(Package::downloads));
/// # drop(spread);
/// ```
///
/// The types are a promise, as those of a foreign function: PostgreSQL fails with 42883 if there is no such function.
#[cfg(feature = "derive")]
#[macro_export]
macro_rules! sql_fn {
    ($($input:tt)*) => {
        $crate::__sql_fn!([$crate] $($input)*);
    };
}

/// Returns a call of a function. `open` is its quoted name and the parenthesis.
#[doc(hidden)]
pub fn __function<R, T>(open: &'static str, arguments: Vec<ArgumentTree>) -> Expr<R, T> {
    Expr::new(Tree::call(open, arguments.into_iter().map(|argument| argument.0).collect()))
}

/// Returns a call of an aggregate by its quoted name.
#[doc(hidden)]
pub fn __aggregate<R, T>(name: &'static str, arguments: Vec<ArgumentTree>) -> Expr<R, T> {
    Expr::new(Tree::aggregate(name, arguments.into_iter().map(|argument| argument.0).collect()))
}
