//! Unique keys as typed constants, for upserts and finders.

use std::marker::PhantomData;

use crate::query::unbounded_impls::copyable;
use crate::schema::{Indexed, Table};
use crate::sql::conflict::ConflictTarget;

/// A unique key of model `M`: its primary key ([`TableModel::primary_key`](crate::TableModel::primary_key)), a unique
/// constraint or a unique index over columns (`Customer::by_email`, named after its columns), or a unique index with expressions
/// that has a name: `index(expression("lower(email)"), unique, name = "lower_email")` makes `Customer::by_lower_email`.
pub struct UniqueKey<M> {
    which: Which,
    marker: PhantomData<fn() -> M>,
}

copyable!([M] UniqueKey<M> { which });

#[derive(Debug, Clone, Copy)]
enum Which {
    Primary,
    Unique(usize),
    Index(usize),
}

impl<M> UniqueKey<M> {
    pub(crate) const fn primary() -> Self {
        Self { which: Which::Primary, marker: PhantomData }
    }

    /// The table's unique constraint at this position.
    #[doc(hidden)]
    pub const fn unique(position: usize) -> Self {
        Self { which: Which::Unique(position), marker: PhantomData }
    }

    /// The table's index at this position, which is unique.
    #[doc(hidden)]
    pub const fn index(position: usize) -> Self {
        Self { which: Which::Index(position), marker: PhantomData }
    }

    pub(crate) fn target(self, table: &'static Table) -> ConflictTarget {
        match self.which {
            Which::Primary => ConflictTarget {
                columns: table.primary_key.to_vec(),
                expressions: Vec::new(),
                predicate: None,
                nulls_are_equal: false,
            },
            Which::Unique(at) => ConflictTarget {
                columns: table.uniques[at].columns.to_vec(),
                expressions: Vec::new(),
                predicate: None,
                nulls_are_equal: table.uniques[at].nulls_not_distinct,
            },
            Which::Index(at) => {
                let index = &table.indexes[at];
                let columns = index.parts.iter().filter_map(|part| match part.of {
                    Indexed::Column(name) => Some(name),
                    Indexed::Expression(_) => None,
                });
                let expressions = index.parts.iter().filter_map(|part| match part.of {
                    Indexed::Column(_) => None,
                    Indexed::Expression(sql) => Some(sql),
                });
                ConflictTarget {
                    columns: columns.collect(),
                    expressions: expressions.collect(),
                    predicate: index.predicate,
                    nulls_are_equal: index.nulls_not_distinct,
                }
            }
        }
    }
}

/// A key of model `M` that `ON CONFLICT` does not take: it is deferrable, or forbids overlaps. Its finder works as for any
/// other key; an upsert by it does not compile.
pub struct DeferrableKey<M>(PhantomData<fn() -> M>);

copyable!([M] DeferrableKey<M> {});

impl<M> DeferrableKey<M> {
    #[doc(hidden)]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

/// The key by which an upsert finds existing rows: a [`UniqueKey`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unique key of `{M}` that rows can conflict on",
    label = "expected a unique key",
    note = "ON CONFLICT takes no key that is `deferrable` or `without_overlaps`: insert, and handle the violation",
    note = "write `{M}::primary_key()`, or the constant of a unique constraint or index, which is named after its columns: `{M}::by_email`"
)]
pub trait ConflictKey<M> {
    #[doc(hidden)]
    fn __key(self) -> UniqueKey<M>;
}

impl<M> ConflictKey<M> for UniqueKey<M> {
    fn __key(self) -> Self {
        self
    }
}
