//! Updates and deletes that join tables, to read them in conditions, in new values and in what is returned.

use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::{FromRow, RowReader};
use crate::exec::statement::{Purpose, execute, fetch_with};
use crate::model::audit_actor::actor_without_executor;
#[cfg(feature = "chrono")]
use crate::model::groups::audit::{Actor, Audit};
use crate::model::groups::column_group::Has;
#[cfg(feature = "chrono")]
use crate::model::groups::soft_delete::SoftDelete;
use crate::model::request::row::{Patch, RowValues};
use crate::model::validate::row_validation::try_updates;
use crate::model::write::assign::column_value;
use crate::model::write::draft::WriteDraft;
use crate::model::write::row_condition::RowFilter;
use crate::model::write::statement::{Statement, WriteContext, statement};
use crate::model::write::update::{UpdateWhere, validated_update};
use crate::param::Param;
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{
    Col, Condition, Inner, IntoCondition, Join, JoinKind, Joinable, Left, NewValue, SelectList, Settable, Source,
    from_item, trees,
};
use crate::schema::{ColumnType, IntoValue};
use crate::sql::joined_write::JoinedRows;
use crate::sql::tree::{self, Expr, Filter, FromItem, Removed};
use crate::sql::write::ColumnValue;
use crate::sql::writer::Sql;

/// An update of rows of `M` that reads the tables of `S`: returned by [`Write::join`](crate::model::Write::join). `F` are the tables of
/// `S` without `M`.
#[must_use = "an update does nothing until it runs: call `exec`"]
pub struct JoinedUpdate<M, S, F> {
    draft: WriteDraft<UpdateWhere>,
    joins: Vec<tree::Join>,
    #[expect(clippy::type_complexity, reason = "a list of types, not of values")]
    tables: PhantomData<fn() -> (M, S, F)>,
}

/// A delete of rows of `M` that reads the tables of `S`: returned by [`Delete::join`](crate::model::Delete::join). `F` are the tables of
/// `S` without `M`.
#[must_use = "a delete does nothing until it runs: call `exec`"]
pub struct JoinedDelete<M, S, F> {
    rows: RowFilter,
    removed: Removed,
    joins: Vec<tree::Join>,
    #[expect(clippy::type_complexity, reason = "a list of types, not of values")]
    tables: PhantomData<fn() -> (M, S, F)>,
}

impl<M: Source, N: Source> JoinedUpdate<M, Join<M, N>, N> {
    pub(crate) fn new(draft: WriteDraft<UpdateWhere>, on: Filter) -> Self {
        Self { draft, joins: vec![joined::<N, Inner>(on)], tables: PhantomData }
    }
}

impl<M: Source, N: Source> JoinedDelete<M, Join<M, N>, N> {
    pub(crate) fn new(rows: RowFilter, removed: Removed, on: Filter) -> Self {
        Self { rows, removed, joins: vec![joined::<N, Inner>(on)], tables: PhantomData }
    }
}

/// Returns a joined table.
fn joined<N: Source, K: JoinKind>(on: Filter) -> tree::Join {
    tree::Join { kind: K::KIND.0, item: from_item::<N>(), on: Some(on) }
}

impl<M, S, F> JoinedUpdate<M, S, F> {
    fn joining<N: Source, K: JoinKind>(mut self, on: Filter) -> JoinedUpdate<M, Join<S, N, K>, Join<F, N, K>> {
        self.joins.push(joined::<N, K>(on));
        JoinedUpdate { draft: self.draft, joins: self.joins, tables: PhantomData }
    }

    fn rows_mut(&mut self) -> (&mut RowFilter, &mut Removed) {
        (&mut self.draft.kind.rows, &mut self.draft.kind.removed)
    }

    /// Sets a column to a value, or to an expression over the joined tables; see [`Write::set`](crate::model::Write::set).
    pub fn set<T: ColumnType, A: Settable, V, K>(mut self, column: Col<M, T, A>, value: V) -> Self
    where
        V: NewValue<T, S, K>,
    {
        self.draft.set(self.draft.meta.position(column.name()), column_value(value.__side().0));
        self
    }

    /// Sets a column to its default; see [`Write::set_default`](crate::model::Write::set_default).
    pub fn set_default<T, A: Settable>(mut self, column: Col<M, T, A>) -> Self {
        self.draft.set(self.draft.meta.position(column.name()), ColumnValue::Default);
        self
    }

    /// Sets a column to the result of an SQL expression; see [`Write::set_sql`](crate::model::Write::set_sql). Its columns are
    /// qualified by their tables.
    pub fn set_sql<T, A: Settable>(mut self, column: Col<M, T, A>, expression: &'static str) -> Self {
        self.draft.set(self.draft.meta.position(column.name()), ColumnValue::Sql(expression));
        self
    }

    /// Sets the columns for which the patch has a value.
    pub fn patch<P: Patch<Model = M>>(mut self, patch: P) -> Self {
        let RowValues(changes) = patch.__changes();
        for (column, value) in changes {
            self.draft.set(column, value);
        }
        self
    }

    /// Names the actor, overriding that of the executor and of the scope.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.draft.actor = Some(Param::new(actor.into_value()));
        self
    }

    /// Validates the values by all rules that need no database, and returns the update; see
    /// [`Write::validate`](crate::model::Write::validate).
    ///
    /// # Errors
    /// As for [`Write::validate`](crate::model::Write::validate).
    pub fn validate(mut self) -> Result<Self> {
        let draft = &mut self.draft;
        draft.kind.rows.reject_unconditional("update", draft.meta.table)?;
        let actor = actor_without_executor(draft.actor.as_ref());
        try_updates(draft.meta, [(&mut draft.assignments, actor.as_ref(), false)])?;
        Ok(self)
    }
}

impl<M, S, F> JoinedDelete<M, S, F> {
    fn joining<N: Source, K: JoinKind>(mut self, on: Filter) -> JoinedDelete<M, Join<S, N, K>, Join<F, N, K>> {
        self.joins.push(joined::<N, K>(on));
        JoinedDelete { rows: self.rows, removed: self.removed, joins: self.joins, tables: PhantomData }
    }

    fn rows_mut(&mut self) -> (&mut RowFilter, &mut Removed) {
        (&mut self.rows, &mut self.removed)
    }
}

/// A joined write as a statement, and the expressions that it returns.
pub(crate) struct JoinedStatement {
    target: FromItem,
    joins: Vec<tree::Join>,
    action: Action,
    list: Option<Vec<Expr>>,
}

enum Action {
    Update(WriteDraft<UpdateWhere>),
    Delete(RowFilter, Removed),
}

impl Statement for JoinedStatement {
    fn purpose(&self) -> Purpose {
        let operation = match self.action {
            Action::Update(_) => "update",
            Action::Delete(..) => "delete",
        };
        Purpose { operation, table: self.target.table.name }
    }

    fn write(self: Box<Self>, sql: &mut Sql, context: &WriteContext<'_>, _: &str) -> Result<()> {
        let Self { target, joins, action, list } = *self;
        let (schema, table) = (context.schema, target.table);
        let rows = match action {
            Action::Update(WriteDraft { kind, meta, assignments, actor }) => {
                kind.rows.reject_unconditional("update", table)?;
                let actor = actor.or(context.actor.clone());
                let assignments = validated_update(meta, assignments, actor.as_ref(), false)?;
                let rows = JoinedRows { target, joins, filter: kind.rows.filter, removed: kind.removed };
                rows.write_update(sql, schema, assignments);
                rows
            }
            Action::Delete(rows, removed) => {
                rows.reject_unconditional("delete", table)?;
                let rows = JoinedRows { target, joins, filter: rows.filter, removed };
                rows.write_delete(sql, schema);
                rows
            }
        };
        if let Some(list) = &list {
            rows.write_returning(sql, schema, list);
        }
        Ok(())
    }
}

impl<M: Source, S, F> JoinedUpdate<M, S, F> {
    fn statement(self, list: Option<Vec<Expr>>) -> JoinedStatement {
        JoinedStatement { target: from_item::<M>(), joins: self.joins, action: Action::Update(self.draft), list }
    }
}

impl<M: Source, S, F> JoinedDelete<M, S, F> {
    fn statement(self, list: Option<Vec<Expr>>) -> JoinedStatement {
        let action = Action::Delete(self.rows, self.removed);
        JoinedStatement { target: from_item::<M>(), joins: self.joins, action, list }
    }
}

/// A joined write that returns rows of type `T`.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct JoinedReturning<T> {
    pub(crate) statement: JoinedStatement,
    take: fn(&mut RowReader<'_>) -> Result<T>,
    purpose: Purpose,
}

opaque_debug!([T] [JoinedReturning<T>], this { purpose: this.purpose });

impl<T: Send> JoinedReturning<T> {
    /// Runs the write and returns a row for each row that it changed.
    ///
    /// # Errors
    /// Those of the write itself.
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<T>> {
        let Self { statement: write, take, purpose } = self;
        let sql = statement(Box::new(write), &WriteContext::of(on))?;
        fetch_with(on.target(), purpose, &sql, |row| take(&mut RowReader::new(row))).await
    }
}

/// The parts that joined updates and deletes share.
macro_rules! joined_methods {
    ($($Write:ident $operation:literal $verb:literal;)*) => {$(
        impl<M, S, F> $Write<M, S, F> {
            /// Joins a further table along a foreign key to a table that is read already.
            pub fn join<J, I>(self, along: J) -> $Write<M, Join<S, J::Brings>, Join<F, J::Brings>>
            where
                J: Joinable<S, I>,
            {
                self.joining(along.__on().0)
            }

            /// Joins a further table by a condition.
            pub fn join_on<N: Source>(self, on: Condition<Join<S, N>>) -> $Write<M, Join<S, N>, Join<F, N>> {
                self.joining(on.filter)
            }

            /// Joins a further table along a foreign key to a table that was joined before, and keeps rows without a partner there: what is
            /// read of it is NULL then, and an `Option`. PostgreSQL cannot join outwards from the table that the write changes: join
            /// that table itself first, by an alias and its key.
            pub fn left_join<J, I>(self, along: J) -> $Write<M, Join<S, J::Brings, Left>, Join<F, J::Brings, Left>>
            where
                J: Joinable<F, I>,
            {
                self.joining(along.__on().0)
            }

            /// Like `left_join`, by a condition, which reads the joined tables only.
            pub fn left_join_on<N: Source>(
                self,
                on: Condition<Join<F, N, Left>>,
            ) -> $Write<M, Join<S, N, Left>, Join<F, N, Left>> {
                self.joining(on.filter)
            }

            #[doc = concat!($verb, " only rows for which this holds too. A condition on joined tables alone needs `all_rows()` at the beginning.")]
            pub fn filter<C, K>(mut self, condition: C) -> Self
            where
                C: IntoCondition<S, K>,
            {
                let (rows, _) = self.rows_mut();
                let known = std::mem::replace(&mut rows.filter, Filter::all([]));
                rows.filter = known.and(condition.__condition().filter);
                self
            }

            #[doc = concat!($verb, " removed rows too; removed rows of the joined tables are then partners, too.")]
            #[cfg(feature = "chrono")]
            pub fn with_deleted(mut self) -> Self
            where
                M: Has<SoftDelete>,
            {
                *self.rows_mut().1 = Removed::Shown;
                self
            }

            #[doc = concat!($verb, " removed rows only.")]
            #[cfg(feature = "chrono")]
            pub fn only_deleted(mut self) -> Self
            where
                M: Has<SoftDelete>,
            {
                *self.rows_mut().1 = Removed::Only;
                self
            }
        }

        impl<M: Source, S, F> $Write<M, S, F> {
            /// Runs the write and returns the number of rows of its table that it changed.
            ///
            /// # Errors
            /// [`Error::Unconditional`](crate::Error::Unconditional), [`Error::Invalid`](crate::Error::Invalid),
            /// [`Error::NothingToSet`](crate::Error::NothingToSet) and [`Error::Database`](crate::Error::Database), as for
            /// the write without joins.
            pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
                let purpose = Self::purpose();
                let sql = statement(Box::new(self.statement(None)), &WriteContext::of(on))?;
                execute(on.target(), purpose, &sql).await
            }

            /// Runs the write and returns the rows of its table that it changed.
            ///
            /// # Errors
            /// As for `exec`.
            pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M::Row>> {
                let list = from_item::<M>().table.columns.iter().map(|column| Expr::first(column.name)).collect();
                let statement = self.statement(Some(list));
                JoinedReturning { statement, take: M::Row::from_row, purpose: Self::purpose() }.exec(on).await
            }

            /// Returns these columns and expressions of all tables of the write, a row for each row that changed:
            /// `.returning((Order::id, Customer::name))`.
            pub fn returning<L, V, I>(self, list: L) -> JoinedReturning<V>
            where
                L: SelectList<S, I, V>,
            {
                let list = trees(&list);
                JoinedReturning { statement: self.statement(Some(list)), take: L::__take, purpose: Self::purpose() }
            }

            fn purpose() -> Purpose {
                Purpose { operation: $operation, table: from_item::<M>().table.name }
            }
        }

        opaque_debug!([M, S, F] [$Write<M, S, F>], this { joins: this.joins.len() });
    )*};
}

joined_methods! {
    JoinedUpdate "update" "Changes";
    JoinedDelete "delete" "Deletes";
}
