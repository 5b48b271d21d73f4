//! Upserting many rows in one statement a set of columns.

use std::fmt;
use std::marker::PhantomData;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::actor::SharedValue;
use crate::exec::atomic_scope::is_worth_repeating;
use crate::exec::row::FromRow;
#[cfg(feature = "chrono")]
use crate::model::audit::{Actor, Audit};
use crate::model::batch::{Keep, Nothing, Sink, in_order, place};
use crate::model::group::Has;
use crate::model::insert_many::InsertMany;
use crate::model::judge::Subject;
use crate::model::kind::{Running, actor};
use crate::model::patch::Insertable;
use crate::model::plan::{Also, Decided, DoNothing, DoUpdate, MayUpdate, OverRemoved, Plan, Undecided, choices};
use crate::model::returning::{Columns, Many, Returning, Returns, SettableColumns};
#[cfg(feature = "chrono")]
use crate::model::soft_delete::SoftDelete;
use crate::model::unique::UniqueKey;
use crate::model::upsert_job::{Job, sorted};
use crate::model::validate;
use crate::query::{Col, Settable};
use crate::schema::{ColumnType, IntoValue};

/// Many upserts: `Customer::upsert_many(rows, Customer::by_email).update_given()`. All of them happen, or none.
///
/// It says what to do with existing rows as one [`Upsert`](crate::model::Upsert) does. Every row must set the columns of the
/// key. Two rows of one key are refused before anything is sent, because the second would silently win or fail. Rows are
/// written in the order of their keys, so that two batches do not lock each other out; if rows set different columns, which
/// takes several statements, that holds only for existing rows.
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct UpsertMany<M, S = DoUpdate> {
    insert: InsertMany<M>,
    plan: Plan,
    keep: Option<Keep>,
    state: PhantomData<fn() -> S>,
}

impl<M> UpsertMany<M, Undecided> {
    pub(crate) fn of<I>(of: Subject, rows: I, key: UniqueKey<M>) -> Self
    where
        I: IntoIterator<Item: Insertable<Model = M>>,
    {
        Self { insert: InsertMany::of(of, rows), plan: Plan::on(key.target(of.table)), keep: None, state: PhantomData }
    }

    /// Leaves existing rows as they are, removed or not.
    pub fn do_nothing(mut self) -> UpsertMany<M, DoNothing> {
        self.plan.nothing = true;
        self.into_state()
    }
}

choices!(UpsertMany);

#[cfg(feature = "chrono")]
impl<M: Has<SoftDelete>, S> UpsertMany<M, S> {
    /// Leaves removed rows as they are.
    pub fn keep_removed(mut self) -> Self
    where
        S: Decided + MayUpdate,
    {
        self.plan.over_removed = OverRemoved::Keep;
        self
    }
}

impl<M, S> UpsertMany<M, S> {
    fn plan_mut(&mut self) -> &mut Plan {
        &mut self.plan
    }

    fn subject(&self) -> Subject {
        self.insert.of
    }

    fn into_state<T>(self) -> UpsertMany<M, T> {
        UpsertMany { insert: self.insert, plan: self.plan, keep: self.keep, state: PhantomData }
    }

    /// Says which of several rows of one key counts, instead of refusing them. The others are left out: `exec` does not
    /// count them, and `fetch` does not return them. A key with a NULL in it equals no other, unless the key is NULLS NOT
    /// DISTINCT.
    pub fn on_duplicate(mut self, keep: Keep) -> Self {
        self.keep = Some(keep);
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
}

impl<M, S> UpsertMany<M, S> {
    /// Judges the rows, and what they are to become where some are there already, by all the rules that hold without the
    /// database, and hands the upsert back; see [`Write::validate`](crate::model::Write::validate). That two rows have one
    /// key is found when they are written.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule or lacks the key;
    /// [`Error::NothingToSet`](crate::Error::NothingToSet).
    pub fn validate(mut self) -> Result<Self>
    where
        S: Decided,
    {
        self.insert = self.insert.validate()?;
        let (of, acting) = (self.insert.of, validate::actor(self.insert.actor.as_ref()));
        self.plan.refuse_incomplete(of, self.insert.rows.iter().map(|row| &row.row.0))?;
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
    /// [`Error::Invalid`](crate::Error::Invalid) with every row that breaks a rule, lacks the key, or repeats one;
    /// [`Error::Removed`](crate::Error::Removed) as with a single upsert; [`Error::Database`](crate::Error::Database).
    pub fn exec<E: Executor + ?Sized>(self, on: &E) -> Running<'_, u64>
    where
        M: 'static,
        S: Decided + 'static,
    {
        Box::pin(async move {
            let mut total = 0;
            let returning = None::<&[&'static str]>;
            run::<Nothing, M, S, E>(self, returning, on, &mut |_, rows, _| total += rows).await?;
            Ok(total)
        })
    }
}

impl<M: FromRow + Send + 'static, S: 'static> UpsertMany<M, S> {
    /// Upserts the rows and yields those that were written, in the order of the batch.
    ///
    /// # Errors
    /// As for [`UpsertMany::exec`]; [`Error::Unmatched`](crate::Error::Unmatched) if a trigger writes other keys.
    pub fn fetch<E: Executor + ?Sized>(self, on: &E) -> Running<'_, Vec<M>>
    where
        S: Decided,
    {
        let columns: Vec<_> = self.insert.of.table.columns.iter().map(|column| column.name).collect();
        Box::pin(async move { self.__run(&columns, on).await })
    }

    /// Hands back these columns of the rows that were written.
    pub fn returning<C: Columns<M> + Send + Sync>(self, columns: C) -> Returning<Self, C>
    where
        S: Decided,
    {
        Returning::new(self, columns)
    }
}

impl<M: FromRow + Send + 'static, S: Decided + 'static> Returns for UpsertMany<M, S> {
    type Model = M;
    type Shape = Many;

    async fn __run<T: FromRow + Send, E: Executor + ?Sized>(self, columns: &[&'static str], on: &E) -> Result<Vec<T>> {
        let mut placed = Vec::new();
        run(self, Some(columns), on, &mut |rows, _, at| place(rows, at, &mut placed)).await?;
        Ok(in_order(placed))
    }
}

async fn run<T: FromRow + Send, M, S, E: Executor + ?Sized>(
    upsert: UpsertMany<M, S>,
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
    let (groups, locks) = sorted(target, of, &plan, keep, rows).await?;
    let swallows = plan.over_removed == OverRemoved::Refuse && of.table.soft_delete().is_some() && !plan.nothing;
    let job = Job { of, plan: &plan, acting: acting.as_ref(), returning, locks: &locks, swallows };
    let outcome = match job.groups(target, &groups).await {
        Err(error) if is_worth_repeating(target, &error) => job.groups(target, &groups).await,
        other => other,
    };
    outcome?.into_iter().for_each(|(rows, written, at)| sink(rows, written, &at));
    Ok(())
}

impl<M, S> fmt::Debug for UpsertMany<M, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpsertMany").field("insert", &self.insert).field("plan", &self.plan).finish_non_exhaustive()
    }
}
