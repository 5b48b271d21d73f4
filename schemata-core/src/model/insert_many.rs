//! Inserting many rows: by INSERTs from arrays, or by COPY where there are very many and nothing comes back.

use std::fmt;
use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::atomic_scope::{AtomicScope, is_worth_repeating};
use crate::exec::row::FromRow;
use crate::exec::statement::copy::{copy_in, lasting_types, may_copy};
use crate::exec::statement::{Purpose, execute, fetch_optional};
use crate::exec::target::Target;
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::batch::{Group, PLAIN_ROWS, column_types, fetch_numbered, group, in_order, lanes, place};
use crate::model::draft::put_actor;
use crate::model::group::Has;
use crate::model::judge::{Subject, judge};
use crate::model::kind::actor;
use crate::model::matching::{by_primary_key, computable};
use crate::model::patch::{Insertable, NewRow};
use crate::model::returning::{Columns, Many, Returning, Returns};
use crate::model::validate;
use crate::schema::{IntoValue, Role};
use crate::sql::bulk::{InsertMany as Statement, probe};
use crate::sql::copy::{copy, is_like_insert};
use crate::sql::write::{self, Cells};

/// The number of rows that is always one statement, with or without array columns.
const ONE_STATEMENT: usize = 1_000;

/// From so many rows of the same columns on, COPY is used where it can be: it takes a quarter less time for 5,000 rows and a third
/// less for 10,000 (the example `bench_writes` of the test bench). It breaks even between 1,000 and 2,000; the rest is room for
/// networks on which its four round trips weigh more. More than [`ONE_STATEMENT`], so that the batch has its own transaction.
const COPY_FROM: usize = 5_000;

/// Many new rows. All of them are inserted, or none.
///
/// Each row may set other columns; those it leaves out take their defaults. 5,000 rows and more of the same columns go by COPY
/// where the batch has a transaction of its own and the table takes COPY as it takes INSERT.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct InsertMany<M> {
    pub(crate) of: Subject,
    pub(crate) rows: Vec<NewRow>,
    pub(crate) actor: Option<SharedValue>,
    model: PhantomData<fn() -> M>,
}

impl<M> InsertMany<M> {
    pub(crate) fn of<I>(of: Subject, rows: I) -> Self
    where
        I: IntoIterator<Item: Insertable<Model = M>>,
    {
        let rows = rows.into_iter().map(Insertable::__row).collect();
        Self { of, rows, actor: None, model: PhantomData }
    }

    /// Names who acts, whatever handle or scope say; a row that names somebody itself keeps him.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.actor = Some(SharedValue::new(actor.into_value()));
        self
    }

    /// Judges the rows by all the rules that hold without the database, and hands the insert back; see
    /// [`Write::validate`](crate::model::Write::validate).
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule.
    pub fn validate(mut self) -> Result<Self> {
        let acting = validate::actor(self.actor.as_ref());
        let rows = self.rows.iter_mut().map(|NewRow { row, actor }| (&mut row.0, actor.as_ref().or(acting.as_ref())));
        validate::inserts(self.of, rows)?;
        Ok(self)
    }

    /// Inserts the rows; how many there were. For none, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule;
    /// [`Error::Database`](crate::Error::Database).
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let of = self.of;
        let groups = group(self.judged(on)?.into_iter().enumerate().map(|(at, cells)| (at, (), cells)));
        match insert_groups(on.target(), of, &groups).await {
            Err(error) if is_worth_repeating(on.target(), &error) => insert_groups(on.target(), of, &groups).await,
            other => other,
        }
    }

    /// Every row with its actor, and judged.
    pub(crate) fn judged<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<Cells>> {
        let acting = actor(self.actor, on);
        let rows: Vec<Cells> = self
            .rows
            .into_iter()
            .map(|NewRow { row, actor }| {
                let mut cells = row.0;
                put_actor(&mut cells, self.of.table, Role::CreatedBy, actor.as_ref().or(acting.as_ref()));
                cells
            })
            .collect();
        judge(self.of, &rows, true)?;
        Ok(rows)
    }
}

impl<M: FromRow + Send + 'static> InsertMany<M> {
    /// Inserts the rows and yields them as stored, in their order.
    ///
    /// The rows are told apart by their primary key, as the column stores it. If a trigger writes other keys, or a sequence
    /// does not ascend, nothing is inserted.
    ///
    /// # Errors
    /// As for [`InsertMany::exec`]; [`Error::Unmatched`](crate::Error::Unmatched) if the rows cannot be told apart.
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns: Vec<_> = self.of.table.columns.iter().map(|column| column.name).collect();
        self.__run(&columns, on).await
    }

    /// Hands back these columns, in the order of the rows.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for InsertMany<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let of = self.of;
        let groups = group(self.judged(on)?.into_iter().enumerate().map(|(at, cells)| (at, (), cells)));
        match fetch_groups(on.target(), of, &groups, columns).await {
            Err(error) if is_worth_repeating(on.target(), &error) => {
                fetch_groups(on.target(), of, &groups, columns).await
            }
            other => other,
        }
    }
}

/// A transaction, where it takes more than one statement.
async fn unit<'a>(target: Target<'a>, groups: &[Group<()>]) -> Result<AtomicScope<'a>> {
    let single = match groups {
        [] => true,
        [only] if only.columns.is_empty() => only.at.len() == 1,
        [only] => only.at.len() <= ONE_STATEMENT,
        _ => false,
    };
    if single { Ok(AtomicScope::single(target)) } else { AtomicScope::begin(target).await }
}

fn purpose(of: Subject) -> Purpose {
    Purpose { operation: "insert", table: of.table.name }
}

async fn insert_groups(target: Target<'_>, of: Subject, groups: &[Group<()>]) -> Result<u64> {
    let unit = unit(target, groups).await?;
    let mut total = 0;
    for group in groups {
        let copied = if may_copy(target) && group.at.len() >= COPY_FROM && !group.columns.is_empty() {
            // Boxed: this is rare, and would make every call's future larger.
            Box::pin(copy_group(unit.target(), of, group)).await
        } else {
            Ok(None)
        };
        let inserted = match copied {
            Ok(None) => insert_group(unit.target(), of, group).await,
            Ok(Some(rows)) => Ok(rows),
            Err(error) => Err(error),
        };
        match inserted {
            Ok(rows) => total += rows,
            Err(error) => return unit.end(Err(error)).await,
        }
    }
    unit.end(Ok(total)).await
}

/// Inserts a group by COPY, unless that is something else than an INSERT for this table: then it does nothing.
async fn copy_group(target: Target<'_>, of: Subject, group: &Group<()>) -> Result<Option<u64>> {
    let (schema, table, columns) = (target.schema, of.table, &group.columns);
    // First, since it keeps the table from being changed before the rows are in.
    let types = lasting_types(target, purpose(of), &probe(schema, table, columns)).await?;
    let question = is_like_insert(schema, table, columns);
    let answer: Option<(bool,)> = fetch_optional(target, purpose(of), &question).await?;
    if answer != Some((true,)) {
        return Ok(None);
    }
    let (sql, mut total) = (copy(schema, table, columns), 0);
    for part in group.parts(PLAIN_ROWS) {
        total += copy_in(target, purpose(of), &sql, &types, &part.values).await?;
    }
    Ok(Some(total))
}

async fn insert_group(target: Target<'_>, of: Subject, group: &Group<()>) -> Result<u64> {
    let (table, rows) = (of.table, group.at.len());
    if group.columns.is_empty() {
        return defaults(target, of, rows).await;
    }
    let types = column_types(target, purpose(of), table, &group.columns).await?;
    let mut total = 0;
    for Group { columns, values, .. } in group.chunks(&types) {
        let statement =
            Statement { schema: target.schema, table, columns: &columns, computed: Vec::new(), conflict: None };
        let sql = statement.write(lanes(table, &columns, &types, values)?, None);
        total += execute(target, purpose(of), &sql).await?;
    }
    Ok(total)
}

/// Rows that set nothing go one by one: there is no statement for several.
async fn defaults(target: Target<'_>, of: Subject, rows: usize) -> Result<u64> {
    let sql = write::insert(target.schema, of.table, Vec::new());
    let mut total = 0;
    for _ in 0..rows {
        total += execute(target, purpose(of), &sql).await?;
    }
    Ok(total)
}

async fn fetch_groups<T: FromRow + Send>(
    target: Target<'_>,
    of: Subject,
    groups: &[Group<()>],
    columns: &[&'static str],
) -> Result<Vec<T>> {
    let unit = unit(target, groups).await?;
    let mut placed = Vec::new();
    for group in groups {
        if let Err(error) = fetch_group(unit.target(), of, group, columns, &mut placed).await {
            return unit.end(Err(error)).await;
        }
    }
    Ok(in_order(unit.end(Ok(placed)).await?))
}

async fn fetch_group<T: FromRow + Send>(
    target: Target<'_>,
    of: Subject,
    group: &Group<()>,
    returning: &[&'static str],
    placed: &mut Vec<(usize, T)>,
) -> Result<()> {
    let table = of.table;
    if group.columns.is_empty() {
        for at in group.at.iter().copied() {
            let mut sql = write::insert(target.schema, table, Vec::new());
            write::returning(&mut sql, returning);
            placed.extend(fetch_optional(target, purpose(of), &sql).await?.map(|row| (at, row)));
        }
        return Ok(());
    }
    let missing = computable(table, &group.columns);
    let probed: Vec<usize> = group.columns.iter().chain(&missing).copied().collect();
    let types = column_types(target, purpose(of), table, &probed).await?;
    let (types, missing_types) = types.split_at(group.columns.len());
    for Group { columns, at, values, .. } in group.chunks(types) {
        let (computed, matching) = by_primary_key(table, &columns, &missing, missing_types);
        let statement = Statement { schema: target.schema, table, columns: &columns, computed, conflict: None };
        let sql = statement.write(lanes(table, &columns, types, values)?, Some((returning, matching)));
        let rows = fetch_numbered(target, purpose(of), &sql).await?;
        place(rows, &at, placed);
    }
    Ok(())
}

impl<M> fmt::Debug for InsertMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertMany")
            .field("table", &self.of.table.name)
            .field("rows", &self.rows.len())
            .finish_non_exhaustive()
    }
}
