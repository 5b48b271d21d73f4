//! `cast`: an expression as another type.

use crate::query::expr::{Expr, expression_methods};
use crate::schema::{ColumnType, NullOf, Nullness, SqlType};
use crate::sql::tree::{Expr as Tree, Node};

/// Returns whether PostgreSQL can cast a value of `from` that is not NULL to NULL: JSON's `null`, since PostgreSQL 18.
const fn can_become_null(from: SqlType, to: SqlType) -> bool {
    let is_jsonb = matches!(from.name.as_bytes(), b"jsonb") && !from.array;
    let keeps = to.array || matches!(to.name.as_bytes(), b"jsonb" | b"json" | b"text");
    is_jsonb && !keeps
}

expression_methods! { [ColumnType]
    /// Returns the value as another type: `Order::id.cast::<String>()` is `CAST(id AS text)`. NULL stays NULL.
    ///
    /// PostgreSQL decides which types can be cast (manual 4.2.9), and how: numbers are rounded, a text is read as a literal of the
    /// type. It fails with 42846 if there is no such cast, and with 22003, 22007 or 22P02 at a value that does not fit. Length and
    /// precision of the type are not limited.
    ///
    /// A `jsonb` column is cast to a number or `bool` as `.cast::<Option<i32>>()`, since a JSON `null` becomes NULL (before
    /// PostgreSQL 18, an error). Without the `Option` it does not compile:
    ///
    /// ```compile_fail
    /// # use schemata::query::bind;
    /// let number = bind(serde_json::json!(5)).cast::<i32>();
    /// # drop(number);
    /// ```
    pub fn cast<U: ColumnType>(self) -> Expr<R, <NullOf<T> as Nullness>::Of<U>> {
        const {
            assert!(
                U::NULLABLE || !can_become_null(T::SQL_TYPE, U::SQL_TYPE),
                "JSON's null is cast to NULL: write `.cast::<Option<…>>()`"
            );
        }
        Expr::new(Tree::tree(Node::Cast(self.tree(), &U::SQL_TYPE)))
    }
}
