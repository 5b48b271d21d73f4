//! `Relation`: a foreign key, typed by the models at its two ends.

use std::marker::PhantomData;

use crate::model::TableModel;
use crate::query::unbounded_impls::copyable;
use crate::schema::ForeignKey;

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

impl<C: TableModel, P> Relation<C, P> {
    /// Returns the constraint, as the child's table declares it.
    ///
    /// # Panics
    /// If the constant was written by hand, with a position beyond the table's foreign keys.
    pub fn foreign_key(self) -> &'static ForeignKey {
        &C::TABLE.foreign_keys[self.position]
    }

    /// Returns the joined columns, the child's first.
    pub(crate) fn pairs(self) -> Vec<(&'static str, &'static str)> {
        let key = self.foreign_key();
        key.columns.iter().copied().zip(key.target_columns.iter().copied()).collect()
    }
}
