//! What an upsert does to an existing row: the states of the builders, the choices made so far, and the clause they make.

use crate::error::{Error, Result};
use crate::model::validate::row_validation::{reject, validate_rows};
use crate::model::validate::validator::ModelMeta;
use crate::param::Param;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::Role;
use crate::schema::column_lists::is_fixed;
use crate::sql::conflict::{ConflictAction, ConflictTarget, ConflictValue};
use crate::sql::tree::Filter;
use crate::sql::write::{Assignments, ColumnValue};
use crate::violation::Violations;

/// The states of an upsert. Not exported, which seals the traits that require it.
pub trait UpsertState {}

impl UpsertState for Undecided {}
impl UpsertState for DoUpdate {}
impl UpsertState for DoNothing {}

/// The state of an upsert that has not yet chosen what happens to an existing row.
#[derive(Debug)]
pub enum Undecided {}

/// The state of an upsert that updates an existing row.
#[derive(Debug)]
pub enum DoUpdate {}

/// The state of an upsert that leaves an existing row as it is.
#[derive(Debug)]
pub enum DoNothing {}

/// The states of an upsert that can run.
#[diagnostic::on_unimplemented(
    message = "the upsert does not say what happens to an existing row of the same key",
    label = "missing before this",
    note = "write `.update_given()` to copy every column that the insert sets, `.update_only(columns)` to copy some of them, `.on_update(column, value)` to set something else, a value or an expression, or `.do_nothing()`"
)]
pub trait Decided: UpsertState {}

impl Decided for DoUpdate {}
impl Decided for DoNothing {}

/// The states of an upsert in which columns to update can still be chosen.
#[diagnostic::on_unimplemented(
    message = "the upsert leaves an existing row as it is: it cannot update it as well",
    note = "remove `.do_nothing()`"
)]
pub trait MayUpdate: UpsertState {}

impl MayUpdate for Undecided {}
impl MayUpdate for DoUpdate {}

/// The choices made so far.
pub(crate) struct ConflictPlan {
    pub(crate) target: ConflictTarget,
    pub(crate) does_nothing: bool,
    copied: Copied,
    /// Columns that are set to another value than the new row's.
    assigned: Assignments,
    /// What must hold for an existing row to change.
    pub(crate) condition: Option<Filter>,
    pub(crate) removed_policy: RemovedPolicy,
}

/// The columns of an existing row that are copied from the new row.
#[derive(Debug)]
enum Copied {
    /// The columns that `update_only` names.
    Named(Vec<usize>),
    /// The columns that the new row sets and an update may change, except the key.
    Given,
}

/// What happens if the existing row is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemovedPolicy {
    /// The upsert fails.
    Refuse,
    /// The row is restored and updated.
    Revive,
    /// The row stays as it is.
    Keep,
}

impl ConflictPlan {
    pub(crate) fn on(target: ConflictTarget) -> Self {
        let (copied, assigned) = (Copied::Named(Vec::new()), Vec::new());
        let removed_policy = RemovedPolicy::Refuse;
        Self { target, does_nothing: false, copied, assigned, condition: None, removed_policy }
    }

    pub(crate) fn copy_given(&mut self) {
        self.copied = Copied::Given;
    }

    pub(crate) fn copy(&mut self, columns: impl Iterator<Item = usize>) {
        match &mut self.copied {
            Copied::Named(named) => named.extend(columns),
            Copied::Given => self.copied = Copied::Named(columns.collect()),
        }
    }

    /// Sets a column to a value of its own; for one column, the last call counts.
    pub(crate) fn assign(&mut self, column: usize, value: ColumnValue) {
        self.assigned.retain(|(at, _)| *at != column);
        self.assigned.push((column, value));
    }

    /// Adds a condition on the rows of a conflict.
    pub(crate) fn restrict(&mut self, filter: Filter) {
        self.condition = self.condition.take().into_iter().chain([filter]).reduce(Filter::and);
    }

    /// Refuses to leave open what happens to removed rows, where a row that is not written does not tell why.
    ///
    /// # Errors
    /// [`Error::Invalid`], by the rule `removed`.
    pub(crate) fn reject_open_removal(&self, meta: ModelMeta) -> Result<()> {
        let mut violations = Violations::of(meta.table.name);
        let is_open = !self.does_nothing && self.removed_policy == RemovedPolicy::Refuse;
        if let (true, Some(column)) = (is_open, meta.table.soft_delete()) {
            let message = "says whether a row is removed, and the upsert does not say what then happens: write \
                           `revive_removed()` or `keep_removed()`";
            violations.add(0, Some(column.name), "removed", message.to_owned());
        }
        reject(violations)
    }

    /// Refuses rows that leave out a column that the upsert reads: one of the key, or one that `update_only` names.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the columns that are missing.
    pub(crate) fn reject_incomplete<'r>(
        &self,
        meta: ModelMeta,
        rows: impl IntoIterator<Item = &'r Assignments>,
    ) -> Result<()> {
        let mut violations = Violations::of(meta.table.name);
        for (row, assignments) in rows.into_iter().enumerate() {
            let given: Vec<usize> = assignments.iter().map(|(at, _)| *at).collect();
            self.require(meta, &given, &[row], &mut violations);
        }
        reject(violations)
    }

    /// As [`reject_incomplete`](Self::reject_incomplete), for groups of rows that set the same columns: these, and the rows'
    /// positions in the batch.
    pub(crate) fn reject_incomplete_groups<'r>(
        &self,
        meta: ModelMeta,
        groups: impl IntoIterator<Item = (&'r [usize], &'r [usize])>,
    ) -> Result<()> {
        let mut violations = Violations::of(meta.table.name);
        for (given, rows) in groups {
            self.require(meta, given, rows, &mut violations);
        }
        violations.all.sort_by_key(|violation| violation.row);
        reject(violations)
    }

    /// Requires rows to set the columns that the upsert reads.
    fn require(&self, meta: ModelMeta, given: &[usize], rows: &[usize], violations: &mut Violations) {
        let key: Vec<usize> = self.target.columns.iter().map(|name| meta.position(name)).collect();
        let read = [
            (&key[..], "is not given, and the upsert finds existing rows by it"),
            (self.named(), "is not given, and `update_only` copies it: set it, or write `on_update`"),
        ];
        for (columns, message) in read {
            for column in columns.iter().filter(|column| !given.contains(column)) {
                for row in rows {
                    violations.add(*row, Some(meta.table.columns[*column].name), "required", message.to_owned());
                }
            }
        }
    }

    fn named(&self) -> &[usize] {
        match &self.copied {
            Copied::Named(named) => named,
            Copied::Given => &[],
        }
    }

    /// Returns the action for rows that set the `given` columns.
    ///
    /// # Errors
    /// [`Error::NothingToSet`] if no column would change; [`Error::Invalid`] for values that break a rule, and for columns
    /// that no update may set.
    pub(crate) fn action(&self, meta: ModelMeta, given: &[usize], actor: Option<&Param>) -> Result<ConflictAction> {
        if self.does_nothing {
            return Ok(ConflictAction::Nothing);
        }
        let columns = meta.table.columns;
        let copied = self.copied_columns(meta, given).into_iter().map(|at| (at, ConflictValue::Excluded(at)));
        let mut set: Vec<(usize, ConflictValue)> = copied.collect();
        validate_rows(meta, [&self.assigned], false)?;
        set.extend(self.assigned.iter().map(|(at, value)| (*at, ConflictValue::Other(value.clone()))));
        if self.condition.is_some() {
            self.reject_open_removal(meta)?;
        }
        self.reject_fixed(meta)?;
        if set.is_empty() && self.removed_policy != RemovedPolicy::Revive {
            return Err(Error::NothingToSet { table: meta.table.name });
        }
        if let (Some(at), Some(actor)) = (columns.iter().position(|c| c.role == Role::UpdatedBy), actor) {
            set.push((at, ConflictValue::Other(ColumnValue::Bound(actor.clone().into()))));
        }
        let removed = columns.iter().position(|column| column.soft_delete);
        if let (Some(at), RemovedPolicy::Revive) = (removed, self.removed_policy) {
            set.push((at, ConflictValue::Other(ColumnValue::Sql("NULL"))));
        }
        let live_only = self.removed_policy != RemovedPolicy::Revive;
        Ok(ConflictAction::Update { set, live_only, condition: self.condition.clone() })
    }

    /// Returns the columns to copy from a row that sets the `given` ones.
    fn copied_columns(&self, meta: ModelMeta, given: &[usize]) -> Vec<usize> {
        let is_assigned = |at: usize| self.assigned.iter().any(|(assigned, _)| *assigned == at);
        let is_key = |at: usize| self.target.columns.contains(&meta.table.columns[at].name);
        let mut copied: Vec<usize> = match &self.copied {
            Copied::Named(named) => named.clone(),
            Copied::Given => given.iter().copied().filter(|at| !is_key(*at) && !is_fixed(meta.table, *at)).collect(),
        };
        copied.retain(|at| !is_assigned(*at));
        copied.sort_unstable();
        copied.dedup();
        copied
    }

    fn reject_fixed(&self, meta: ModelMeta) -> Result<()> {
        let mut violations = Violations::of(meta.table.name);
        for at in self.named().iter().filter(|at| is_fixed(meta.table, **at)) {
            violations.add(0, Some(meta.table.columns[*at].name), "immutable", "cannot change".to_owned());
        }
        reject(violations)
    }
}

opaque_debug!([][ConflictPlan], this { target: this.target });

/// The choices, as methods of a builder that has `plan_mut`, `meta` and `into_state`.
macro_rules! conflict_methods {
    ($Upsert:ident $(, $rows:lifetime)?) => {
        impl<$($rows,)? M, S> $Upsert<$($rows,)? M, S> {
            /// Copies every column that the new row sets, except the key, immutable columns, and columns that the library
            /// sets.
            pub fn update_given(mut self) -> $Upsert<$($rows,)? M, DoUpdate>
            where
                S: MayUpdate,
            {
                self.plan_mut().copy_given();
                self.into_state()
            }

            /// Copies only these columns of the new row, which must set them: `SET name = EXCLUDED.name`. `()` copies none.
            pub fn update_only<C: SettableColumns<M>>(mut self, columns: C) -> $Upsert<$($rows,)? M, DoUpdate>
            where
                S: MayUpdate,
            {
                let meta = self.meta();
                self.plan_mut().copy(names(&columns).into_iter().map(|name| meta.position(name)));
                self.into_state()
            }

            /// Sets a column of an existing row to this value or expression, whatever the new row sets. An expression reads the
            /// existing row, and by [`excluded`](crate::query::excluded) the new one:
            /// `.on_update(Counter::hits, Counter::hits + excluded(Counter::hits))`. Other columns stay as they are, unless
            /// `update_given` or `update_only` copies them.
            pub fn on_update<T: ColumnType, C: Settable, V: NewValue<T, OnConflict<M>, K>, K>(
                mut self,
                column: Col<M, T, C>,
                value: V,
            ) -> $Upsert<$($rows,)? M, DoUpdate>
            where
                S: MayUpdate,
            {
                let at = self.meta().position(column.name());
                self.plan_mut().assign(at, column_value(value.__side().0));
                self.into_state()
            }

            /// Sets a column of an existing row to the result of an SQL expression. In it, the existing row's columns are
            /// qualified by the table and those of the new row by `EXCLUDED`: `"counters.hits + EXCLUDED.hits"`. Other
            /// columns stay as they are, unless `update_given` or `update_only` copies them.
            pub fn on_update_sql<T, C: Settable>(
                mut self,
                column: Col<M, T, C>,
                expression: &'static str,
            ) -> $Upsert<$($rows,)? M, DoUpdate>
            where
                S: MayUpdate,
            {
                let at = self.meta().position(column.name());
                self.plan_mut().assign(at, ColumnValue::Sql(expression));
                self.into_state()
            }

            /// Restores a removed row, and updates it.
            #[cfg(feature = "chrono")]
            pub fn revive_removed(mut self) -> Self
            where
                M: Has<SoftDelete>,
                S: Decided + MayUpdate,
            {
                self.plan_mut().removed_policy = RemovedPolicy::Revive;
                self
            }
        }
    };
}

pub(crate) use conflict_methods;
