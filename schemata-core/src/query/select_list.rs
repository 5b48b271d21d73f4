//! `SelectList`: what a query lists, and the type of each of its rows.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::row::{FromRow, RowReader};
use crate::query::col::Col;
use crate::query::condition::Condition;
use crate::query::expr::Expr;
use crate::query::scope::index::{Expression, Whole};
use crate::query::scope::{ListedBy, ReadBy};
use crate::query::source::Source;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ColumnType, Nullness};
use crate::sql::tree::{Expr as Tree, Filter, Node};

/// What a query over `S` lists, with rows of type `V`: a column, an expression, a [`model`], or a tuple of up to sixteen of these. Tuples
/// may hold tuples. The compiler finds the index `I`.
///
/// Methods take this trait, and [`ListPart`] stands behind it, so that a message about a part of a list does not go on with the tuples of
/// all lengths.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be listed by a query over `{S}`",
    label = "expected a column, an expression, or a tuple of up to sixteen of these",
    note = "values are listed as `bind(value)`, whole rows as `model::<…>()`, window functions with `.over(window())`; \
            `array_agg` of what an outer join can leave out takes `.nullable()` values"
)]
pub trait SelectList<S, I, V>: ListPart<S, I, V> {}

impl<S, I, V, L: ListPart<S, I, V>> SelectList<S, I, V> for L {}

/// A [`SelectList`], or a part of one. What it is listed as, `V`, is an `Option` for what an outer join can leave out.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be listed by a query over `{S}`",
    label = "expected a column, an expression, or a tuple of up to sixteen of these",
    note = "values are listed as `bind(value)`, whole rows as `model::<…>()`, window functions with `.over(window())`; \
            `array_agg` of what an outer join can leave out takes `.nullable()` values"
)]
pub trait ListPart<S, I, V> {
    #[doc(hidden)]
    fn __append(&self, to: &mut ListTrees);

    #[doc(hidden)]
    fn __take(row: &mut RowReader<'_>) -> Result<V>;
}

/// The expressions of a list.
#[doc(hidden)]
#[derive(Clone, Default)]
pub struct ListTrees(pub(crate) Vec<Tree>);

opaque_debug!([][ListTrees]);

/// Returns the expressions of a list.
pub(crate) fn trees<S, I, V, L: SelectList<S, I, V>>(list: &L) -> Vec<Tree> {
    let mut trees = ListTrees::default();
    list.__append(&mut trees);
    trees.0
}

impl<S, I, M: Source + ReadBy<S, I>, T: ColumnType, A> ListPart<S, Expression<I>, <M::Null as Nullness>::Of<T>>
    for Col<M, T, A>
{
    fn __append(&self, to: &mut ListTrees) {
        to.0.push(self.tree());
    }

    fn __take(row: &mut RowReader<'_>) -> Result<<M::Null as Nullness>::Of<T>> {
        row.take()
    }
}

impl<S, I, R: ListedBy<S, I>, T: ColumnType> ListPart<S, Expression<I>, <R::Null as Nullness>::Of<T>> for Expr<R, T> {
    fn __append(&self, to: &mut ListTrees) {
        to.0.push(self.tree.clone());
    }

    fn __take(row: &mut RowReader<'_>) -> Result<<R::Null as Nullness>::Of<T>> {
        row.take()
    }
}

/// A condition is listed as `Option<bool>`: NULL where a comparison with NULL decides.
#[diagnostic::do_not_recommend]
impl<S> ListPart<S, Whole, Option<bool>> for Condition<S> {
    fn __append(&self, to: &mut ListTrees) {
        to.0.push(Tree::tree(Node::Holds(self.filter.clone())));
    }

    fn __take(row: &mut RowReader<'_>) -> Result<Option<bool>> {
        row.take()
    }
}

/// A whole row of one of the query's tables, made by [`model`].
pub struct ModelRow<M>(PhantomData<fn() -> M>);

opaque_debug!([M] [ModelRow<M>]);

/// Lists the whole row of a model or alias: `.columns((model::<Order>(), Customer::name))`. Where an outer join can leave it
/// out, it is an `Option`.
pub fn model<M: Source>() -> ModelRow<M> {
    ModelRow(PhantomData)
}

#[diagnostic::do_not_recommend]
impl<S, I, M: Source + ReadBy<S, I>> ListPart<S, Expression<I>, <M::Null as Nullness>::Row<M::Row>> for ModelRow<M> {
    fn __append(&self, to: &mut ListTrees) {
        append_model::<M>(to);
    }

    fn __take(row: &mut RowReader<'_>) -> Result<<M::Null as Nullness>::Row<M::Row>> {
        take_model::<M, M::Null>(row)
    }
}

/// Appends all columns of a source.
pub(crate) fn append_model<M: Source>(to: &mut ListTrees) {
    let columns = M::__table().table.columns.iter();
    to.0.extend(columns.map(|column| Tree::of(std::any::TypeId::of::<M>(), column.name)));
}

/// Returns the condition that a row of a source is there: an outer join leaves out its primary key, or all of its columns if it has
/// no key.
pub(crate) fn is_there<M: Source>() -> Tree {
    let table = M::__table().table;
    let all = || table.columns.iter().map(|column| column.name).collect();
    let columns: Vec<&'static str> = table.primary_key.first().map_or_else(all, |key| vec![*key]);
    let test = |name| Filter::Postfix { column: Tree::of(std::any::TypeId::of::<M>(), name), test: " IS NOT NULL" };
    Tree::tree(Node::Holds(Filter::any(columns.into_iter().map(test))))
}

/// Takes a whole row of a source, or skips its columns if it is missing: then its primary key is NULL, or all of its columns if it has no
/// key.
pub(crate) fn take_model<M: Source, N: Nullness>(row: &mut RowReader<'_>) -> Result<N::Row<M::Row>> {
    let table = M::__table().table;
    let is_missing = N::NULLABLE && {
        let is_key = |name| table.primary_key.is_empty() || table.primary_key.contains(&name);
        let mut key = table.columns.iter().enumerate().filter(|(_, column)| is_key(column.name));
        key.all(|(at, _)| row.is_null(at))
    };
    if is_missing {
        row.skip(table.columns.len())?;
    }
    N::row(|| is_missing, || M::Row::from_row(row))
}

impl<S> ListPart<S, (), ()> for () {
    fn __append(&self, _: &mut ListTrees) {}

    fn __take(_: &mut RowReader<'_>) -> Result<()> {
        Ok(())
    }
}

macro_rules! tuples {
    ($(($($name:ident $index:ident $value:ident)+))*) => {$(
        impl<S, $($name, $index, $value),+> ListPart<S, ($($index,)+), ($($value,)+)> for ($($name,)+)
        where
            $($name: ListPart<S, $index, $value>),+
        {
            #[expect(non_snake_case, reason = "the tuple's parts are named like its types")]
            fn __append(&self, to: &mut ListTrees) {
                let ($($name,)+) = self;
                $($name.__append(to);)+
            }

            fn __take(row: &mut RowReader<'_>) -> Result<($($value,)+)> {
                Ok(($($name::__take(row)?,)+))
            }
        }
    )*};
}

tuples! {
    (A IA VA)
    (A IA VA B IB VB)
    (A IA VA B IB VB C IC VC)
    (A IA VA B IB VB C IC VC D ID VD)
    (A IA VA B IB VB C IC VC D ID VD E IE VE)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK L IL VL)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK L IL VL M IM VM)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK L IL VL M IM VM N IN VN)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK L IL VL M IM VM N IN VN O IO VO)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK L IL VL M IM VM N IN VN O IO VO P IP VP)
    (A IA VA B IB VB C IC VC D ID VD E IE VE F IF VF G IG VG H IH VH J IJ VJ K IK VK L IL VL M IM VM N IN VN O IO VO P IP VP Q IQ VQ)
}
