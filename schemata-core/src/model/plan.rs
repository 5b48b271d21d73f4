//! What an upsert does to the row that is there already.

use crate::error::{Error, Result};
use crate::exec::actor::SharedValue;
use crate::model::judge::{Subject, judge, refuse};
use crate::schema::Role;
use crate::schema::column_lists::is_fixed;
use crate::sql::conflict::{Action, Becomes, Target};
use crate::sql::write::{Cell, Cells};
use crate::violation::Violations;

/// The state of an upsert that does not yet say what to do with an existing row.
#[derive(Debug)]
pub enum Undecided {}

/// The state of an upsert that updates an existing row.
#[derive(Debug)]
pub enum DoUpdate {}

/// The state of an upsert that leaves an existing row as it is.
#[derive(Debug)]
pub enum DoNothing {}

/// Upserts that say what to do with an existing row, and so can run.
#[diagnostic::on_unimplemented(
    message = "the upsert does not say what becomes of a row that has the key already",
    label = "not said before this",
    note = "write `.update_given()` to copy every column that the insert sets, `.update_only(columns)` to copy some of them, `.on_update(column, value)` to set something else, or `.do_nothing()`"
)]
pub trait Decided {}

impl Decided for DoUpdate {}
impl Decided for DoNothing {}

/// Upserts that may still be told which columns to update.
#[diagnostic::on_unimplemented(
    message = "the upsert leaves the row that is there alone: it cannot update it as well",
    note = "remove `.do_nothing()`"
)]
pub trait MayUpdate {}

impl MayUpdate for Undecided {}
impl MayUpdate for DoUpdate {}

/// The choices made so far.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) nothing: bool,
    copied: Copied,
    /// Columns to set to something else.
    also: Vec<(usize, Also)>,
    pub(crate) over_removed: OverRemoved,
}

/// The columns of an existing row that are copied from the new row.
#[derive(Debug)]
enum Copied {
    /// The columns that `update_only` names.
    Named(Vec<usize>),
    /// The columns that the new row sets and an update may change, except the key.
    Given,
}

/// The new value of a column that is not copied from the new row.
#[derive(Debug, Clone)]
pub(crate) enum Also {
    Value(SharedValue),
    Sql(&'static str),
}

/// What an upsert means over a removed row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OverRemoved {
    Refuse,
    Revive,
    Keep,
}

impl Plan {
    pub(crate) fn on(target: Target) -> Self {
        let (copied, also) = (Copied::Named(Vec::new()), Vec::new());
        Self { target, nothing: false, copied, also, over_removed: OverRemoved::Refuse }
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

    /// Sets a column to something else; for one column, the last call counts.
    pub(crate) fn set(&mut self, column: usize, also: Also) {
        self.also.retain(|(at, _)| *at != column);
        self.also.push((column, also));
    }

    /// Refuses rows that leave out a column that the upsert reads: one of the key, or one that `update_only` names.
    ///
    /// # Errors
    /// [`Error::Invalid`], with the columns that are missing.
    pub(crate) fn refuse_incomplete<'r>(&self, of: Subject, rows: impl IntoIterator<Item = &'r Cells>) -> Result<()> {
        let key: Vec<usize> = self.target.columns.iter().map(|name| of.position(name)).collect();
        let named = self.named();
        let mut found = Violations::of(of.table.name);
        for (row, cells) in rows.into_iter().enumerate() {
            let mut demand = |columns: &[usize], message: &str| {
                for column in columns.iter().filter(|column| !cells.iter().any(|(at, _)| at == *column)) {
                    found.add(row, Some(of.table.columns[*column].name), "required", message.to_owned());
                }
            };
            demand(&key, "is not given, and the upsert goes by it");
            demand(named, "is not given, and `update_only` copies it: set it, or write `on_update`");
        }
        refuse(found)
    }

    fn named(&self) -> &[usize] {
        match &self.copied {
            Copied::Named(named) => named,
            Copied::Given => &[],
        }
    }

    /// The clause for rows that give these columns.
    ///
    /// # Errors
    /// [`Error::NothingToSet`] if no column would change; [`Error::Invalid`] for values that break a rule, and for columns
    /// that no update may set.
    pub(crate) fn action(&self, of: Subject, given: &[usize], actor: Option<&SharedValue>) -> Result<Action> {
        if self.nothing {
            return Ok(Action::Nothing);
        }
        let mut set: Vec<(usize, Becomes)> =
            self.copies(of, given).into_iter().map(|at| (at, Becomes::Excluded)).collect();
        let also: Cells = self.also.iter().map(|(at, also)| (*at, also.cell())).collect();
        judge(of, [&also], false)?;
        set.extend(also.into_iter().map(|(at, cell)| (at, Becomes::Cell(cell))));
        self.refuse_fixed(of)?;
        if set.is_empty() && self.over_removed != OverRemoved::Revive {
            return Err(Error::NothingToSet { table: of.table.name });
        }
        if let (Some(at), Some(actor)) = (of.table.columns.iter().position(|c| c.role == Role::UpdatedBy), actor) {
            set.push((at, Becomes::Cell(Cell::Value(Box::new(actor.clone())))));
        }
        let removed = of.table.columns.iter().position(|column| column.soft_delete);
        if let (Some(at), OverRemoved::Revive) = (removed, self.over_removed) {
            set.push((at, Becomes::Cell(Cell::Sql("NULL"))));
        }
        Ok(Action::Update { set, live_only: self.over_removed != OverRemoved::Revive })
    }

    /// Returns the columns to copy from a row that sets these.
    fn copies(&self, of: Subject, given: &[usize]) -> Vec<usize> {
        let is_set = |at: usize| self.also.iter().any(|(also, _)| *also == at);
        let may = |at: usize| {
            let column = &of.table.columns[at];
            let is_key = self.target.columns.contains(&column.name);
            !is_key && !is_fixed(of.table, at)
        };
        let mut copies: Vec<usize> = match &self.copied {
            Copied::Named(named) => named.iter().copied().filter(|at| !is_set(*at)).collect(),
            Copied::Given => given.iter().copied().filter(|at| may(*at) && !is_set(*at)).collect(),
        };
        copies.sort_unstable();
        copies.dedup();
        copies
    }

    fn refuse_fixed(&self, of: Subject) -> Result<()> {
        let mut found = Violations::of(of.table.name);
        for at in self.named().iter().filter(|at| is_fixed(of.table, **at)) {
            found.add(0, Some(of.table.columns[*at].name), "immutable", "cannot change".to_owned());
        }
        refuse(found)
    }
}

impl Also {
    fn cell(&self) -> Cell {
        match self {
            Self::Value(value) => Cell::Value(Box::new(value.clone())),
            Self::Sql(expression) => Cell::Sql(expression),
        }
    }
}

/// The choices, as methods of a builder that has `plan_mut`, `subject` and `into_state`.
macro_rules! choices {
    ($Upsert:ident) => {
        impl<M, S> $Upsert<M, S> {
            /// Copies every column that the new row sets, except the key, immutable columns, and those that the library
            /// keeps.
            pub fn update_given(mut self) -> $Upsert<M, DoUpdate>
            where
                S: MayUpdate,
            {
                self.plan_mut().copy_given();
                self.into_state()
            }

            /// Copies these columns of the new row, which must set them, and no others: `SET name = EXCLUDED.name`. `()`
            /// copies none.
            pub fn update_only<C: SettableColumns<M>>(mut self, columns: C) -> $Upsert<M, DoUpdate>
            where
                S: MayUpdate,
            {
                let of = self.subject();
                self.plan_mut().copy(columns.__names().into_iter().map(|name| of.position(name)));
                self.into_state()
            }

            /// Sets a column of an existing row to this value, whatever the new row sets. Other columns stay as they are,
            /// unless `update_given` or `update_only` copies them.
            pub fn on_update<T: ColumnType, C: Settable>(
                mut self,
                column: Col<M, T, C>,
                value: impl IntoValue<T>,
            ) -> $Upsert<M, DoUpdate>
            where
                S: MayUpdate,
            {
                let at = self.subject().position(column.name());
                self.plan_mut().set(at, Also::Value(SharedValue::new(value.into_value())));
                self.into_state()
            }

            /// Sets a column of an existing row to the result of an SQL expression. In it, the existing row's columns are
            /// qualified by the table and those of the new row by `EXCLUDED`: `"counters.hits + EXCLUDED.hits"`. Other
            /// columns stay as they are, unless `update_given` or `update_only` copies them.
            pub fn on_update_sql<T, C: Settable>(
                mut self,
                column: Col<M, T, C>,
                expression: &'static str,
            ) -> $Upsert<M, DoUpdate>
            where
                S: MayUpdate,
            {
                let at = self.subject().position(column.name());
                self.plan_mut().set(at, Also::Sql(expression));
                self.into_state()
            }

            /// Brings a removed row back, and updates it.
            #[cfg(feature = "chrono")]
            pub fn revive_removed(mut self) -> Self
            where
                M: Has<SoftDelete>,
                S: Decided + MayUpdate,
            {
                self.plan_mut().over_removed = OverRemoved::Revive;
                self
            }
        }
    };
}

pub(crate) use choices;
