//! What an upsert does to the row that is there already.

use crate::error::{Error, Result};
use crate::exec::actor::SharedValue;
use crate::model::judge::{Subject, judge};
use crate::schema::Role;
use crate::schema::fit::is_fixed;
use crate::sql::conflict::{Action, Becomes, Target};
use crate::sql::write::{Cell, Cells};

/// The choices made so far.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) target: Target,
    pub(crate) nothing: bool,
    /// The only columns to take over from the new row; all of them, when `None`.
    pub(crate) only: Option<Vec<&'static str>>,
    /// Columns to set to something else.
    pub(crate) also: Vec<(usize, Also)>,
    pub(crate) over_removed: OverRemoved,
}

/// What a column becomes that does not take the new row's value.
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
        Self { target, nothing: false, only: None, also: Vec::new(), over_removed: OverRemoved::Refuse }
    }

    /// The clause for rows that give these columns.
    ///
    /// # Errors
    /// [`Error::NothingToSet`] when no column would change; [`Error::Invalid`] for values that break a rule.
    pub(crate) fn action(&self, of: Subject, given: &[usize], actor: Option<&SharedValue>) -> Result<Action> {
        if self.nothing {
            return Ok(Action::Nothing);
        }
        let column = |at: usize| &of.table.columns[at];
        let takes = |at: &usize| {
            let (column, fixed) = (column(*at), is_fixed(of.table, *at));
            let chosen = self.only.as_ref().is_none_or(|only| only.contains(&column.name));
            let fixed = fixed || self.target.columns.contains(&column.name);
            let own = !matches!(column.role, Role::Plain) || self.also.iter().any(|(also, _)| also == at);
            chosen && !fixed && !own
        };
        let mut set: Vec<(usize, Becomes)> =
            given.iter().filter(|at| takes(at)).map(|at| (*at, Becomes::Excluded)).collect();
        let also: Cells = self.also.iter().map(|(at, also)| (*at, also.cell())).collect();
        judge(of, [&also], false)?;
        set.extend(also.into_iter().map(|(at, cell)| (at, Becomes::Cell(cell))));
        let updates = |at: usize| column(at).on_update.is_some() || column(at).role == Role::Version;
        if set.is_empty() && !(0..of.table.columns.len()).any(updates) {
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
}

impl Also {
    fn cell(&self) -> Cell {
        match self {
            Self::Value(value) => Cell::Value(Box::new(value.clone())),
            Self::Sql(expression) => Cell::Sql(expression),
        }
    }
}

/// The choices, as methods of the builders that have a `plan` and a `subject`.
macro_rules! choices {
    () => {
        /// Takes over only these columns of the new row; by default all that it gives but the key, immutable columns
        /// and those that the library writes.
        pub fn update_only<C: Columns<M>>(mut self, columns: C) -> Self {
            self.plan_mut().only = Some(columns.__names());
            self
        }

        /// Sets a column of the row that is there to this value, whatever the new row gives.
        pub fn on_update<T: ColumnType, S: Settable>(self, column: Col<M, T, S>, value: impl IntoValue<T>) -> Self {
            self.also(column.name(), Also::Value(SharedValue::new(value.into_value())))
        }

        /// Sets a column of the row that is there to what an SQL expression yields, in which its own columns are
        /// qualified by the table and those of the new row by `EXCLUDED`: `"counters.hits + EXCLUDED.hits"`.
        pub fn on_update_sql<T, S: Settable>(self, column: Col<M, T, S>, expression: &'static str) -> Self {
            self.also(column.name(), Also::Sql(expression))
        }

        /// Brings a removed row back, with the new values.
        #[cfg(feature = "chrono")]
        pub fn revive_removed(mut self) -> Self
        where
            M: Has<SoftDelete>,
        {
            self.plan_mut().over_removed = OverRemoved::Revive;
            self
        }
    };
}

pub(crate) use choices;
