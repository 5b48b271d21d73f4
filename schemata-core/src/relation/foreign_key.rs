//! `Relation`: how rows of one table refer to rows of another, by a foreign key or without one, typed by the models at both
//! ends.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::model::TableModel;
use crate::query::unbounded_impls::copyable;
use crate::query::{Col, Condition, JoinCondition, Joinable, ReadBy, Source};
use crate::schema::{ColumnType, ForeignKey};
use crate::sql::tree::{Expr, Filter, TableRef};

/// How rows of `C`, the children, refer to rows of `P`, their parents.
///
/// The derive makes one constant per foreign key, named after its columns: `customer_id` with `references` makes
/// `CUSTOMER_ID_FKEY`, and `foreign_key(a, b, …)` of the struct makes `A_B_FKEY`.
///
/// ```no_run
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # pub struct Customer { #[column(primary_key)] pub id: i64, pub email: String }
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, #[column(references = Customer::id)] pub customer_id: i64, pub total: i64 }
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let customers = Customer::select().order_by(Customer::email.asc()).limit(25).fetch(&db).await?;
/// let orders = Order::CUSTOMER_ID_FKEY
///     .children_of(&customers)
///     .order_by(Order::total.desc())
///     .limit_each(3)
///     .fetch(&db)
///     .await?;
/// for (customer, best) in customers.iter().zip(orders.groups()) {
///     println!("{}: {} orders", customer.email, best.len());
/// }
/// # Ok(()) }
/// ```
///
/// [`Relation::on`] makes a relation where the database has no constraint.
pub struct Relation<C: Source, P> {
    columns: Columns,
    when: Option<fn() -> Condition<C::Row>>,
    ends: PhantomData<fn() -> (C, P)>,
}

copyable!([C: Source, P] Relation<C, P> { columns });

/// The most pairs of columns of a relation without a constraint.
const MOST_PAIRS: usize = 4;

/// The columns that a relation joins.
#[derive(Debug, Clone, Copy)]
enum Columns {
    /// Those of the foreign key at this position in the child's table.
    Key(usize),
    /// The first `len` of these.
    Listed { child: [&'static str; MOST_PAIRS], parent: [&'static str; MOST_PAIRS], len: usize },
}

impl<C: Source, P> Relation<C, P> {
    /// Returns the foreign key at `position` in the child's table.
    #[doc(hidden)]
    pub const fn new(position: usize) -> Self {
        Self { columns: Columns::Key(position), when: None, ends: PhantomData }
    }

    /// Relates rows by equal values, where the database has no foreign key.
    ///
    /// ```
    /// # use schemata::{TableModel, relation::Relation};
    /// # #[derive(TableModel)]
    /// # pub struct User { #[column(primary_key)] pub id: i64 }
    /// # #[derive(TableModel)]
    /// # pub struct CrateOwner { #[column(primary_key)] pub crate_id: i64, #[column(primary_key)] pub owner_id: i64, #[column(primary_key)] pub owner_kind: String }
    /// impl CrateOwner {
    ///     pub const USER: Relation<CrateOwner, User> =
    ///         Relation::on(CrateOwner::owner_id, User::id).when(|| CrateOwner::owner_kind.eq("user"));
    /// }
    /// ```
    ///
    /// Nothing guarantees that a child has at most one parent, unless the parent's columns are unique: a join then returns a
    /// row per pair. Index the child's columns, which PostgreSQL does not do by itself.
    pub const fn on<T: ColumnType, U: ColumnType<Inner = T::Inner>, A, B>(
        child: Col<C, T, A>,
        parent: Col<P, U, B>,
    ) -> Self {
        let mut columns = ([""; MOST_PAIRS], [""; MOST_PAIRS]);
        (columns.0[0], columns.1[0]) = (child.name(), parent.name());
        Self { columns: Columns::Listed { child: columns.0, parent: columns.1, len: 1 }, when: None, ends: PhantomData }
    }

    /// Requires a further pair of columns of a relation made by [`Relation::on`] to be equal; at most four are.
    ///
    /// # Panics
    /// For a foreign key, or a fifth pair. In a constant, that is a compile error.
    #[must_use]
    pub const fn and<T: ColumnType, U: ColumnType<Inner = T::Inner>, A, B>(
        mut self,
        child: Col<C, T, A>,
        parent: Col<P, U, B>,
    ) -> Self {
        match &mut self.columns {
            Columns::Key(_) => panic!("the columns of a foreign key are those of its constraint: use `Relation::on`"),
            Columns::Listed { len, .. } if *len == MOST_PAIRS => panic!("a relation has at most four pairs of columns"),
            Columns::Listed { child: children, parent: parents, len } => {
                (children[*len], parents[*len]) = (child.name(), parent.name());
                *len += 1;
            }
        }
        self
    }

    /// Relates only children for which the condition holds: `.when(|| CrateOwner::owner_kind.eq("user"))`. Others have no parent
    /// by this relation, and are no children. The condition reads columns of the child, in sub-selects too. It
    /// replaces an earlier one.
    #[must_use]
    pub const fn when(mut self, condition: fn() -> Condition<C::Row>) -> Self {
        self.when = Some(condition);
        self
    }

    /// Returns whether only children for which a condition holds are related.
    pub(crate) const fn is_conditional(&self) -> bool {
        self.when.is_some()
    }

    /// Returns the constraint, as the child's table declares it, or `None` for a relation made by [`Relation::on`].
    ///
    /// # Panics
    /// If the constant was written by hand, with a position beyond the table's foreign keys.
    pub fn foreign_key(self) -> Option<&'static ForeignKey> {
        match self.columns {
            Columns::Key(position) => Some(&C::__table().table.foreign_keys[position]),
            Columns::Listed { .. } => None,
        }
    }

    /// Directs the relation to an alias of the parent's table: `Employee::BOSS_ID_FKEY.to(Boss)`.
    pub fn to<A: Source>(self, _alias: A) -> Relation<C, A>
    where
        P: Source<Row = A::Row>,
    {
        Relation { columns: self.columns, when: self.when, ends: PhantomData }
    }

    /// Takes the relation from an alias of the child's table: `Employee::BOSS_ID_FKEY.from(Subordinate)`.
    pub fn from<A: Source<Row = C::Row>>(self, _alias: A) -> Relation<A, P> {
        Relation { columns: self.columns, when: self.when, ends: PhantomData }
    }

    /// Returns the joined columns, the child's first.
    pub(crate) fn pairs(self) -> Vec<(&'static str, &'static str)> {
        match self.columns {
            Columns::Listed { child, parent, len } => child.into_iter().zip(parent).take(len).collect(),
            Columns::Key(position) => {
                let key = &C::__table().table.foreign_keys[position];
                key.columns.iter().copied().zip(key.target_columns.iter().copied()).collect()
            }
        }
    }

    /// Returns the condition on children, whose columns are those of `table`.
    pub(crate) fn condition(self, table: TableRef) -> Option<Filter> {
        let (alias, model) = (TypeId::of::<C>(), TypeId::of::<C::Row>());
        let when = self.when?().filter;
        let when = if alias == model { when } else { when.rename(alias, TypeId::of::<InCondition<C>>()) };
        Some(when.retarget(model, table))
    }

    fn joined(self) -> Filter
    where
        P: Source,
    {
        let (child, parent) = (TypeId::of::<C>(), TypeId::of::<P>());
        let pairs = self.pairs().into_iter().map(|(here, there)| Filter::Operands {
            left: Expr::of(parent, there),
            operator: " = ",
            right: Expr::of(child, here),
        });
        Filter::all(pairs.chain(self.condition(TableRef::Model(child))))
    }
}

impl<C: TableModel, P> Relation<C, P> {
    /// Returns the child's columns.
    pub(crate) const fn child_columns(&self) -> &[&'static str] {
        match &self.columns {
            Columns::Key(position) => C::TABLE.foreign_keys[*position].columns,
            Columns::Listed { child, len, .. } => child.split_at(*len).0,
        }
    }

    /// Returns the parent's columns.
    pub(crate) const fn parent_columns(&self) -> &[&'static str] {
        match &self.columns {
            Columns::Key(position) => C::TABLE.foreign_keys[*position].target_columns,
            Columns::Listed { parent, len, .. } => parent.split_at(*len).0,
        }
    }
}

/// Stands for an alias in the sub-selects of a relation's condition, where the child is a row of the same alias.
struct InCondition<C>(PhantomData<C>);

/// From a child to its parent.
#[derive(Debug)]
pub struct ToParent<I>(PhantomData<I>);

/// From a parent to its children.
#[derive(Debug)]
pub struct ToChildren<I>(PhantomData<I>);

#[diagnostic::do_not_recommend]
impl<S, C: Source + ReadBy<S, I>, P: Source, I> Joinable<S, ToParent<I>> for Relation<C, P> {
    type Brings = P;

    fn __on(self) -> JoinCondition {
        JoinCondition(self.joined())
    }
}

#[diagnostic::do_not_recommend]
impl<S, C: Source, P: Source + ReadBy<S, I>, I> Joinable<S, ToChildren<I>> for Relation<C, P> {
    type Brings = C;

    fn __on(self) -> JoinCondition {
        JoinCondition(self.joined())
    }
}
