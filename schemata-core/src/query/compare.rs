//! Comparisons of columns and expressions with values, columns and expressions of the same type.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{CastType, Param, Value, Wire};
use crate::query::condition::Condition;
use crate::query::expr::{NullableOperand, Operand, SideTree, expression_methods};
use crate::query::scope::ReadBy;
use crate::schema::column_checks::{verify_equality, verify_order};
use crate::schema::{ColumnType, IntoValue, ListElement, SqlType, TypeKind, wire};
use crate::sql::tree::{Expr as Tree, Filter};

/// Returns the condition `tree operator side`.
pub(crate) fn compared(tree: Tree, operator: &'static str, side: SideTree, joins: bool) -> Filter {
    match side {
        SideTree::Value(value) => Filter::Compare { column: tree, operator, value, joins },
        SideTree::Expr(right) => Filter::Operands { left: tree, operator, right },
    }
}

/// Returns whether comparisons with several values of the type can become one with an array of them. PostgreSQL has no arrays
/// of arrays.
fn joins(ty: SqlType) -> bool {
    let is_domain_of_arrays = matches!(ty.kind, TypeKind::Domain { domain, .. } if domain.base.array);
    !ty.array && !ty.name.ends_with("[]") && !is_domain_of_arrays
}

expression_methods! { [ColumnType]
    /// Equals `value`: a value, a column or an expression. NULL equals nothing: see [`is_null`](Self::is_null).
    pub fn eq<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
    {
        const { verify_equality(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " = ", value.__side().0, joins(T::SQL_TYPE)))
    }

    /// Differs from `value`. NULL does not differ from any value: see [`is_distinct_from`](Self::is_distinct_from).
    pub fn ne<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
    {
        const { verify_equality(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " <> ", value.__side().0, joins(T::SQL_TYPE)))
    }

    /// Is less than `value`.
    pub fn lt<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
    {
        const { verify_order(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " < ", value.__side().0, joins(T::SQL_TYPE)))
    }

    /// Is at most `value`.
    pub fn le<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
    {
        const { verify_order(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " <= ", value.__side().0, joins(T::SQL_TYPE)))
    }

    /// Is greater than `value`.
    pub fn gt<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
    {
        const { verify_order(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " > ", value.__side().0, joins(T::SQL_TYPE)))
    }

    /// Is at least `value`.
    pub fn ge<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
    {
        const { verify_order(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " >= ", value.__side().0, joins(T::SQL_TYPE)))
    }
}

expression_methods! { [ColumnType]
    /// Lies between `least` and `greatest`, both included. If `least` is greater than `greatest`, no value does.
    pub fn between<S, V, W, I, K, L>(self, least: V, greatest: W) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
        W: Operand<T::Inner, S, L>,
    {
        const { verify_order(&T::SQL_TYPE) };
        let (tree, joins) = (self.tree(), joins(T::SQL_TYPE));
        let least = compared(tree.clone(), " >= ", least.__side().0, joins);
        Condition::new(least.and(compared(tree, " <= ", greatest.__side().0, joins)))
    }

    /// Is less than `least` or greater than `greatest`. NULL does not qualify.
    pub fn not_between<S, V, W, I, K, L>(self, least: V, greatest: W) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: Operand<T::Inner, S, K>,
        W: Operand<T::Inner, S, L>,
    {
        const { verify_order(&T::SQL_TYPE) };
        let (tree, joins) = (self.tree(), joins(T::SQL_TYPE));
        let least = compared(tree.clone(), " < ", least.__side().0, joins);
        Condition::new(least.or(compared(tree, " > ", greatest.__side().0, joins)))
    }

    /// Differs from `value`, where NULL is a value like any other: `None` finds what is not NULL.
    pub fn is_distinct_from<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: NullableOperand<T::Inner, S, K>,
    {
        const { verify_equality(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " IS DISTINCT FROM ", value.__side().0, false))
    }

    /// Equals `value`, where NULL is a value like any other: `None` finds NULL. PostgreSQL does not use an index for it.
    pub fn is_not_distinct_from<S, V, I, K>(self, value: V) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: NullableOperand<T::Inner, S, K>,
    {
        const { verify_equality(&T::SQL_TYPE) };
        Condition::new(compared(self.tree(), " IS NOT DISTINCT FROM ", value.__side().0, false))
    }

    /// Equals one of `values`. They are sent as one array, so the statement does not depend on their number. If there are none,
    /// no row qualifies.
    pub fn is_in<S, V, I>(self, values: impl IntoIterator<Item = V>) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: IntoValue<T::Inner>,
        T::Inner: ListElement,
    {
        const { verify_equality(&T::SQL_TYPE) };
        Condition::new(among::<T::Inner, V>(self.tree(), values, false))
    }

    /// Equals none of `values`. If there are none, every row qualifies; otherwise a NULL column never does. An update or a
    /// delete refuses the condition without values, because it always holds.
    pub fn not_in<S, V, I>(self, values: impl IntoIterator<Item = V>) -> Condition<S>
    where
        R: ReadBy<S, I>,
        V: IntoValue<T::Inner>,
        T::Inner: ListElement,
    {
        const { verify_equality(&T::SQL_TYPE) };
        Condition::new(among::<T::Inner, V>(self.tree(), values, true))
    }

    /// Is NULL.
    pub fn is_null<S, I>(self) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        let test = if T::SQL_TYPE.is_row() { " IS NOT DISTINCT FROM NULL" } else { " IS NULL" };
        Condition::new(Filter::Postfix { column: self.tree(), test })
    }

    /// Is not NULL.
    pub fn is_not_null<S, I>(self) -> Condition<S>
    where
        R: ReadBy<S, I>,
    {
        let test = if T::SQL_TYPE.is_row() { " IS DISTINCT FROM NULL" } else { " IS NOT NULL" };
        Condition::new(Filter::Postfix { column: self.tree(), test })
    }
}

macro_rules! truth {
    ($($(#[$docs:meta])* $name:ident $test:literal;)*) => {
        expression_methods! { [ColumnType<Inner = bool>]
            $($(#[$docs])*
            pub fn $name<S, I>(self) -> Condition<S>
            where
                R: ReadBy<S, I>,
            {
                Condition::new(Filter::Postfix { column: self.tree(), test: $test })
            })*
        }
    };
}

truth! {
    /// Is true. Unlike the bare column, it is false where the column is NULL, so its negation selects these rows too.
    is_true " IS TRUE";
    /// Is false or NULL.
    is_not_true " IS NOT TRUE";
    /// Is false, and not NULL.
    is_false " IS FALSE";
    /// Is true or NULL.
    is_not_false " IS NOT FALSE";
    /// Is NULL.
    is_unknown " IS UNKNOWN";
    /// Is true or false.
    is_not_unknown " IS NOT UNKNOWN";
}

fn among<T: ListElement, V: IntoValue<T>>(column: Tree, values: impl IntoIterator<Item = V>, negated: bool) -> Filter {
    let values: Vec<T> = values.into_iter().map(IntoValue::into_value).collect();
    let is_empty = values.is_empty();
    Filter::Among { column, values: Param::new(List(values)), is_empty, negated }
}

/// Values that are sent as one array, also of `u8`, whose `Vec` is `bytea`.
struct List<T>(Vec<T>);

impl<T: ListElement> Value for List<T> {
    fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
        wire::array::encode(&self.0, ty, out)
    }

    fn cast(&self) -> Option<CastType> {
        T::SQL_TYPE.array_of().cast_type()
    }
}
