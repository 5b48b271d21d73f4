//! How the rows of a query belong to owners in memory.

use std::any::TypeId;

use crate::model::TableModel;
use crate::relation::owner_rows::{OwnerColumns, OwnerRows};
use crate::sql::related::{GivenColumn, OwnerKeys, StoredKeys};
use crate::sql::tree::{Expr, Filter};

/// The columns of owners, and those of the rows that belong to them.
#[derive(Clone)]
pub(crate) struct OwnerLink {
    /// The owner's columns, each with the column that it equals.
    pub(crate) pairs: Vec<(&'static str, Expr)>,
    /// The condition on owners that have related rows at all.
    pub(crate) when: Option<Filter>,
}

impl OwnerLink {
    /// Returns the pairs as columns of the owner and of a table of the query.
    pub(crate) fn new(pairs: impl IntoIterator<Item = (&'static str, &'static str)>, sought: TypeId) -> Self {
        Self { pairs: pairs.into_iter().map(|(here, there)| (here, Expr::of(sought, there))).collect(), when: None }
    }

    /// Adds the columns of owners that [`OwnerLink::keys`] takes from rows which have any of them.
    pub(crate) fn add_columns<O: TableModel>(&self, OwnerColumns(names): &mut OwnerColumns) {
        match self.when {
            None => names.extend(self.pairs.iter().map(|(here, _)| *here)),
            Some(_) => names.extend(O::TABLE.primary_key),
        }
    }

    /// Returns the keys of `owners`. Where rows in memory cannot tell them, since a column is part of no key or a condition
    /// decides, the statement reads the stored rows.
    pub(crate) fn keys<O: TableModel>(&self, owners: &dyn OwnerRows) -> OwnerKeys {
        let given = |name: &'static str| {
            let column = O::TABLE.column(name)?;
            Some(GivenColumn { table: O::TABLE, column, values: owners.keys(name)? })
        };
        let sought = self.pairs.iter().map(|(_, sought)| sought.clone()).collect();
        let direct = if self.when.is_some() { None } else { self.pairs.iter().map(|(here, _)| given(here)).collect() };
        if let Some(given) = direct {
            return OwnerKeys { given, stored: None, sought };
        }
        let key = O::TABLE.primary_key.iter().map(|name| given(name).expect("every row has its primary key"));
        let stored = StoredKeys {
            table: O::TABLE,
            keys: self.pairs.iter().map(|(here, _)| *here).collect(),
            when: self.when.clone(),
        };
        OwnerKeys { given: key.collect(), stored: Some(stored), sought }
    }
}
