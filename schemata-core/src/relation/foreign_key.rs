//! `Relation`: a foreign key, typed by the models at its two ends.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::query::unbounded_impls::copyable;
use crate::query::{JoinCondition, Joinable, ReadBy, Source};
use crate::schema::ForeignKey;
use crate::sql::tree::{Expr, Filter};

/// The foreign key of rows of `C`, the children, to rows of `P`, their parents.
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
pub struct Relation<C, P> {
    position: usize,
    ends: PhantomData<fn() -> (C, P)>,
}

copyable!([C, P] Relation<C, P> { position });

impl<C, P> Relation<C, P> {
    /// Returns the foreign key at `position` in the child's table.
    #[doc(hidden)]
    pub const fn new(position: usize) -> Self {
        Self { position, ends: PhantomData }
    }
}

impl<C: Source, P> Relation<C, P> {
    /// Returns the constraint, as the child's table declares it.
    ///
    /// # Panics
    /// If the constant was written by hand, with a position beyond the table's foreign keys.
    pub fn foreign_key(self) -> &'static ForeignKey {
        &C::__table().table.foreign_keys[self.position]
    }

    /// Directs the foreign key to an alias of the parent's table: `Employee::BOSS_ID_FKEY.to(Boss)`.
    pub fn to<A: Source>(self, _alias: A) -> Relation<C, A>
    where
        P: Source<Row = A::Row>,
    {
        Relation::new(self.position)
    }

    /// Takes the foreign key from an alias of the child's table: `Employee::BOSS_ID_FKEY.from(Subordinate)`.
    pub fn from<A: Source<Row = C::Row>>(self, _alias: A) -> Relation<A, P> {
        Relation::new(self.position)
    }

    /// Returns the joined columns, the child's first.
    pub(crate) fn pairs(self) -> Vec<(&'static str, &'static str)> {
        let key = self.foreign_key();
        key.columns.iter().copied().zip(key.target_columns.iter().copied()).collect()
    }

    fn on(self) -> Filter
    where
        P: Source,
    {
        let (child, parent) = (TypeId::of::<C>(), TypeId::of::<P>());
        Filter::all(self.pairs().into_iter().map(|(here, there)| Filter::Operands {
            left: Expr::of(parent, there),
            operator: " = ",
            right: Expr::of(child, here),
        }))
    }
}

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
        JoinCondition(self.on())
    }
}

#[diagnostic::do_not_recommend]
impl<S, C: Source, P: Source + ReadBy<S, I>, I> Joinable<S, ToChildren<I>> for Relation<C, P> {
    type Brings = C;

    fn __on(self) -> JoinCondition {
        JoinCondition(self.on())
    }
}
