//! Upserting many rows in one statement a set of columns.

use std::fmt;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::row::FromRow;
use crate::exec::statement::{Purpose, execute, fetch};
use crate::exec::target::Target;
use crate::exec::unit::{Unit, is_worth_again};
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::batch::{
    Done, Group, Keep, Nothing, Numbered, Sink, column_types, group, in_order, lanes, place, sort_by_key,
};
use crate::model::group::Has;
use crate::model::insert_many::InsertMany;
use crate::model::judge::{Subject, refuse};
use crate::model::kind::actor;
use crate::model::matching::by_lanes;
use crate::model::patch::Insertable;
use crate::model::plan::{Also, OverRemoved, Plan, choices};
use crate::model::returning::{Columns, Many, Returning, Returns};
#[cfg(feature = "chrono")]
use crate::model::soft_delete::SoftDelete;
use crate::model::unique::UniqueKey;
use crate::model::validate;
use crate::query::{Col, Settable};
use crate::schema::{ColumnType, IntoValue};
use crate::sql::bulk::InsertMany as Statement;
use crate::sql::write::{Cell, Cells};
use crate::violation::Violations;

/// Many upserts: `Customer::upsert_many(rows, Customer::by_email)`. All of them happen, or none.
///
/// Every row must give the columns of the key. Two rows of one key are refused before anything is sent, since the second
/// would silently win or fail. What changes is what [`Upsert`](crate::model::Upsert) changes. Rows are written in the
/// order of their keys, so that two batches do not lock each other out.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct UpsertMany<M> {
    insert: InsertMany<M>,
    plan: Plan,
    keep: Option<Keep>,
    model: PhantomData<fn() -> M>,
}

impl<M> UpsertMany<M> {
    pub(crate) fn of<I>(of: Subject, rows: I, key: UniqueKey<M>) -> Self
    where
        I: IntoIterator<Item: Insertable<Model = M>>,
    {
        Self { insert: InsertMany::of(of, rows), plan: Plan::on(key.target(of.table)), keep: None, model: PhantomData }
    }

    fn plan_mut(&mut self) -> &mut Plan {
        &mut self.plan
    }

    fn also(mut self, column: &str, also: Also) -> Self {
        let at = self.insert.of.position(column);
        self.plan.also.push((at, also));
        self
    }

    choices!();

    /// Leaves removed rows as they are.
    #[cfg(feature = "chrono")]
    pub fn keep_removed(mut self) -> Self
    where
        M: Has<SoftDelete>,
    {
        self.plan.over_removed = OverRemoved::Keep;
        self
    }

    /// Says which of several rows of one key counts, instead of refusing them. The others are left out: `exec` does not
    /// count them, and `fetch` does not yield them. Rows whose key is NULL are equal to no other.
    pub fn on_duplicate(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Leaves the rows that are there as they are.
    pub fn do_nothing(mut self) -> Self {
        self.plan.nothing = true;
        self
    }

    /// Names who acts, whatever handle or scope say.
    #[cfg(feature = "chrono")]
    pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
    where
        M: Has<Audit<A>>,
    {
        self.insert = self.insert.actor(actor);
        self
    }

    /// Judges the rows, and what they are to become where some are there already, by all the rules that hold without the
    /// database, and hands the upsert back; see [`Write::validate`](crate::model::Write::validate). That two rows have one
    /// key is found when they are written.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every row that breaks a rule or lacks the key; [`Error::NothingToSet`].
    pub fn validate(mut self) -> Result<Self> {
        self.insert = self.insert.validate()?;
        let (of, acting) = (self.insert.of, validate::actor(self.insert.actor.as_ref()));
        refuse_keyless(of, &self.plan, self.insert.rows.iter().map(|row| &row.row.0))?;
        let mut seen: Vec<Vec<usize>> = Vec::new();
        for row in &self.insert.rows {
            let given: Vec<usize> = row.row.0.iter().map(|(column, _)| *column).collect();
            if !seen.contains(&given) {
                self.plan.action(of, &given, acting.as_ref())?;
                seen.push(given);
            }
        }
        Ok(self)
    }

    /// Upserts the rows; how many were written. For none, nothing is sent.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every row that breaks a rule, lacks the key, or repeats one; [`Error::Removed`] as with a
    /// single upsert; [`Error::Database`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let mut total = 0;
        let returning = None::<&[&'static str]>;
        run::<Nothing, M, E>(self, returning, on, &mut |_, rows, _| total += rows).await?;
        Ok(total)
    }
}

impl<M: FromRow + Send + 'static> UpsertMany<M> {
    /// Upserts the rows and yields those that were written, in the order of the batch.
    ///
    /// # Errors
    /// As [`UpsertMany::exec`].
    pub async fn fetch<E: Executor + ?Sized>(self, on: &E) -> Result<Vec<M>> {
        let columns: Vec<_> = self.insert.of.table.columns.iter().map(|column| column.name).collect();
        self.__run(&columns, on).await
    }

    /// Hands back these columns of the rows that were written.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C> {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static> Returns for UpsertMany<M> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let mut placed = Vec::new();
        run(self, Some(columns), on, &mut |rows, _, at| place(rows, at, &mut placed)).await?;
        Ok(in_order(placed))
    }
}

async fn run<T: FromRow + Send, M, E: Executor + ?Sized>(
    upsert: UpsertMany<M>,
    returning: Option<&[&'static str]>,
    on: &E,
    sink: Sink<'_, T>,
) -> Result<()> {
    let UpsertMany { insert, plan, keep, .. } = upsert;
    let (of, target) = (insert.of, on.target());
    let acting = actor(insert.actor.clone(), on);
    let rows = insert.judged(on)?;
    if rows.is_empty() {
        return Ok(());
    }
    let groups = sorted(target, of, &plan, keep, rows).await?;
    let swallows = plan.over_removed == OverRemoved::Refuse && of.table.soft_delete().is_some() && !plan.nothing;
    let job = Job { of, plan: &plan, acting: acting.as_ref(), returning, swallows };
    let outcome = match job.groups(target, &groups).await {
        Err(error) if is_worth_again(target, &error) => job.groups(target, &groups).await,
        other => other,
    };
    outcome?.into_iter().for_each(|(rows, written, at)| sink(rows, written, &at));
    Ok(())
}

/// Refuses rows that do not give the whole key.
fn refuse_keyless<'r>(of: Subject, plan: &Plan, rows: impl IntoIterator<Item = &'r Cells>) -> Result<()> {
    let key: Vec<usize> = plan.target.columns.iter().map(|name| of.position(name)).collect();
    let mut found = Violations::of(of.table.name);
    for (row, cells) in rows.into_iter().enumerate() {
        for column in key.iter().filter(|column| !cells.iter().any(|(at, _)| at == *column)) {
            let message = "is not given, and the upsert goes by it".to_owned();
            found.add(row, Some(of.table.columns[*column].name), "required", message);
        }
    }
    refuse(found)
}

/// The rows in the order of their keys, in groups.
async fn sorted(
    target: Target<'_>,
    of: Subject,
    plan: &Plan,
    keep: Option<Keep>,
    rows: Vec<Cells>,
) -> Result<Vec<Group<()>>> {
    let key: Vec<usize> = plan.target.columns.iter().map(|name| of.position(name)).collect();
    refuse_keyless(of, plan, &rows)?;
    let types = column_types(target, purpose(of), of.table, &key).await?;
    let part = |cells: &Cells, nth: usize| -> Option<usize> { cells.iter().position(|(at, _)| *at == key[nth]) };
    let rows = sort_by_key(of, &key, &types, rows, keep, |cells, nth| match &cells[part(cells, nth)?].1 {
        Cell::Value(value) => Some(value),
        Cell::Sql(_) => None,
    })?;
    Ok(group(rows.into_iter().map(|(at, cells)| (at, (), cells))))
}

fn purpose(of: Subject) -> Purpose {
    Purpose { operation: "upsert", table: of.table.name }
}

/// What the groups of one upsert have in common.
struct Job<'a> {
    of: Subject,
    plan: &'a Plan,
    acting: Option<&'a SharedValue>,
    returning: Option<&'a [&'static str]>,
    /// Whether a row that is not written is an error.
    swallows: bool,
}

impl Job<'_> {
    /// All groups, or none of them.
    async fn groups<T: FromRow + Send>(&self, target: Target<'_>, groups: &[Group<()>]) -> Result<Vec<Done<T>>> {
        let several = self.swallows || groups.len() > 1 || groups.iter().any(|group| group.at.len() > 1_000);
        let unit = if several { Unit::begin(target).await? } else { Unit::single(target) };
        let mut done = Vec::new();
        for group in groups {
            if let Err(error) = self.group(unit.target(), group, &mut done).await {
                return unit.end(Err(error)).await;
            }
        }
        unit.end(Ok(done)).await
    }

    async fn group<T: FromRow + Send>(
        &self,
        target: Target<'_>,
        group: &Group<()>,
        done: &mut Vec<Done<T>>,
    ) -> Result<()> {
        let table = self.of.table;
        let types = column_types(target, purpose(self.of), table, &group.columns).await?;
        for Group { columns, at, values, .. } in group.chunks(&types) {
            let action = self.plan.action(self.of, &columns, self.acting)?;
            let conflict = Some((&self.plan.target, action));
            let statement =
                Statement { schema: target.schema, table, columns: &columns, computed: Vec::new(), conflict };
            let lanes = lanes(table, &columns, &types, values)?;
            let matching = self.returning.map(|names| (names, by_lanes(table, &columns, &self.plan.target.columns)));
            let fetches = matching.is_some();
            let sql = statement.write(lanes, matching);
            let (rows, written) = if fetches {
                let rows: Vec<Numbered<T>> = fetch(target, purpose(self.of), &sql).await?;
                let written = rows.len() as u64;
                (rows, written)
            } else {
                (Vec::new(), execute(target, purpose(self.of), &sql).await?)
            };
            if self.swallows && written < at.len() as u64 {
                return Err(Error::Removed { table: table.name });
            }
            done.push((rows, written, at));
        }
        Ok(())
    }
}

impl<M> fmt::Debug for UpsertMany<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpsertMany").field("insert", &self.insert).field("plan", &self.plan).finish_non_exhaustive()
    }
}
