//! Writing the links of a [`ManyToMany`]: adding, removing and replacing those of one row.

use std::any::TypeId;
use std::marker::PhantomData;

use crate::error::{Error, Result};
use crate::exec::Executor;
use crate::exec::atomic_scope::{AtomicScope, is_worth_repeating};
use crate::exec::statement::{Purpose, execute};
use crate::exec::target::Target;
use crate::ident::Ident;
use crate::model::audit_actor::{actor_for, set_actor, set_column};
use crate::model::validate::row_validation::validate_rows;
use crate::model::validate::validator::ModelMeta;
#[cfg(feature = "chrono")]
use crate::model::{Actor, Audit, Has};
use crate::model::{HasKey, Key, TableModel};
use crate::param::{Param, ParamArray};
use crate::query::unbounded_impls::opaque_debug;
use crate::query::{Col, Settable};
use crate::relation::many_to_many::ManyToMany;
use crate::schema::{ColumnType, IntoValue, Role, Table};
use crate::sql::conflict::ConflictTarget;
use crate::sql::links::{NewLinks, is_among};
use crate::sql::tree::{Filter, Removed, TableRef};
use crate::sql::write::{self, Assignments, ColumnValue};
use crate::sql::writer::Sql;

/// The row whose links are written: a reference to it, or its primary key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a row of `{S}` nor its primary key",
    label = "expected `&{S}` or a primary key"
)]
pub trait LinkOwner<S, K> {
    #[doc(hidden)]
    fn __key(self) -> Vec<Param>;
}

/// Indexes of [`LinkOwner`]: how the row is named.
#[allow(unreachable_pub, reason = "named by a public trait")]
mod index {
    /// By the row.
    #[derive(Debug)]
    pub enum ByRow {}
    /// By its key.
    #[derive(Debug)]
    pub enum ByKey {}
}

#[diagnostic::do_not_recommend]
impl<S: HasKey> LinkOwner<S, index::ByRow> for &S {
    fn __key(self) -> Vec<Param> {
        self.key().__values().into_params().collect()
    }
}

#[diagnostic::do_not_recommend]
impl<S: HasKey, K: Into<S::Key>> LinkOwner<S, index::ByKey> for K {
    fn __key(self) -> Vec<Param> {
        self.into().__values().into_params().collect()
    }
}

/// Links to add: [`ManyToMany::add`].
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct AddLinks<J>(LinkDraft<J>);

/// Links to remove: [`ManyToMany::remove`].
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct RemoveLinks<J>(LinkDraft<J>);

/// Links that replace all others: [`ManyToMany::set`].
#[must_use = "a write does nothing until it runs: call `exec`"]
pub struct SetLinks<J>(LinkDraft<J>);

/// What a replacement of links changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replaced {
    /// The links that were added.
    pub added: u64,
    /// The links that were removed.
    pub removed: u64,
}

/// Links of one owner that are about to be written.
struct LinkDraft<J> {
    meta: ModelMeta,
    /// The owner's key, as columns of the join table.
    owner: Vec<(usize, Param)>,
    /// The columns of the targets' keys.
    keys: Vec<usize>,
    /// The targets' keys: a list of values per column.
    targets: Vec<ParamArray>,
    set: Vec<(usize, Param)>,
    actor: Option<Param>,
    /// The condition on links, if the relations have one.
    when: Option<Filter>,
    conflict: ConflictTarget,
    owner_table: &'static Table,
    owner_filter: Filter,
    marker: PhantomData<fn() -> J>,
}

impl<S: HasKey, J: TableModel, T: HasKey> ManyToMany<S, J, T> {
    /// Begins to link a row, given by reference or by key, to the rows with these keys. Links that exist stay as they are;
    /// `exec` returns the number of links that were added. A removed (soft-deleted) link is restored, and counts as added.
    ///
    /// One statement, `INSERT … SELECT … ON CONFLICT`, for any number of keys; none without keys.
    pub fn add<K>(self, owner: impl LinkOwner<S, K>, keys: impl IntoIterator<Item = impl Into<T::Key>>) -> AddLinks<J> {
        AddLinks(self.draft(&owner.__key(), keys))
    }

    /// Begins to remove the links of a row to the rows with these keys; `exec` returns their number. Where the join table has
    /// [`SoftDelete`](crate::model::SoftDelete), they are marked as removed, otherwise deleted. The rows at both ends stay.
    ///
    /// One statement for any number of keys; none without keys.
    pub fn remove<K>(
        self,
        owner: impl LinkOwner<S, K>,
        keys: impl IntoIterator<Item = impl Into<T::Key>>,
    ) -> RemoveLinks<J> {
        RemoveLinks(self.draft(&owner.__key(), keys))
    }

    /// Begins to replace the links of a row: afterwards, it is linked to the rows with these keys and to no others. Links that
    /// exist and remain are not written. Without keys, all links are removed.
    ///
    /// A transaction, or a savepoint of yours, in which the row is locked (`FOR NO KEY UPDATE`), so that two replacements for
    /// one row run one after the other and the later one wins. Under `REPEATABLE READ`, a replacement that waited for another
    /// does not see its links; use the default isolation, or `SERIALIZABLE`.
    pub fn set<K>(self, owner: impl LinkOwner<S, K>, keys: impl IntoIterator<Item = impl Into<T::Key>>) -> SetLinks<J> {
        SetLinks(self.draft(&owner.__key(), keys))
    }

    fn draft(self, owner_key: &[Param], keys: impl IntoIterator<Item = impl Into<T::Key>>) -> LinkDraft<J> {
        let meta = J::__meta();
        let (from, to) = (self.links(), self.targets());
        let in_key = |table: &Table, name: &str| {
            table.primary_key.iter().position(|part| *part == name).expect("`through` requires a primary key")
        };
        let owner =
            from.pairs().into_iter().map(|(link, key)| (meta.position(link), owner_key[in_key(S::TABLE, key)].clone()));
        let columns: Vec<(usize, usize)> =
            to.pairs().into_iter().map(|(link, key)| (meta.position(link), in_key(T::TABLE, key))).collect();
        let mut targets: Vec<ParamArray> = columns.iter().map(|_| ParamArray(Vec::new())).collect();
        for key in keys {
            let values: Vec<Param> = key.into().__values().into_params().collect();
            for ((_, at), list) in columns.iter().zip(&mut targets) {
                list.0.push(values[*at].clone());
            }
        }
        let links = TableRef::Model(TypeId::of::<J>());
        let conditions = [from.condition(links), to.condition(links)];
        let own = S::TABLE.primary_key.iter().zip(owner_key);
        LinkDraft {
            meta,
            owner: owner.collect(),
            keys: columns.into_iter().map(|(column, _)| column).collect(),
            targets,
            set: Vec::new(),
            actor: None,
            when: conditions.into_iter().flatten().reduce(Filter::and),
            conflict: self.pair_key().target(J::TABLE),
            owner_table: S::TABLE,
            owner_filter: Filter::all(own.map(|(column, value)| Filter::equals(column, value.clone()))),
            marker: PhantomData,
        }
    }
}

impl<J> LinkDraft<J> {
    fn is_empty(&self) -> bool {
        self.targets.first().is_none_or(|keys| keys.0.is_empty())
    }

    fn purpose(&self, operation: &'static str) -> Purpose {
        Purpose { operation, table: self.meta.table.name }
    }

    /// The values that are equal in all new links.
    fn equal(&self, actor: Option<&Param>) -> Assignments {
        let bound = |(column, value): &(usize, Param)| (*column, ColumnValue::Bound(value.clone().into()));
        let mut equal: Assignments = self.owner.iter().map(bound).collect();
        for (column, value) in &self.set {
            set_column(&mut equal, *column, ColumnValue::Bound(value.clone().into()));
        }
        set_actor(&mut equal, self.meta.table, Role::CreatedBy, actor);
        equal
    }

    /// Returns the statement that adds the links. Validates each link as an insert does.
    fn addition(&self, schema: &Ident, actor: Option<&Param>) -> Result<Sql> {
        let table = self.meta.table;
        let rows: Vec<Assignments> = (0..self.targets.first().map_or(0, |keys| keys.0.len()))
            .map(|at| {
                let key = self.keys.iter().zip(&self.targets);
                let key = key.map(|(column, values)| (*column, ColumnValue::Bound(values.0[at].clone().into())));
                self.equal(actor).into_iter().chain(key).collect()
            })
            .collect();
        validate_rows(self.meta, &rows, true)?;
        let restored = table.soft_delete().map(|_| {
            let mut restored: Assignments =
                self.set.iter().map(|(column, value)| (*column, ColumnValue::Bound(value.clone().into()))).collect();
            set_actor(&mut restored, table, Role::UpdatedBy, actor);
            restored
        });
        let (targets, equal, conflict) = (self.targets.clone(), self.equal(actor), self.conflict.clone());
        Ok(NewLinks { table, keys: &self.keys, targets, equal, conflict, restored }.write(schema))
    }

    /// Returns the statement that removes the links to these targets, or to all others.
    fn removal(&self, schema: &Ident, others: bool, actor: Option<&Param>) -> Result<Sql> {
        let table = self.meta.table;
        let own = self.owner.iter().map(|(column, value)| Filter::equals(table.columns[*column].name, value.clone()));
        let among = is_among(schema, table, &self.keys, &self.targets);
        let among = if others { among.negate() } else { among };
        let filter = Filter::all(own.chain([among]).chain(self.when.clone()));
        let Some(removed) = table.columns.iter().position(|column| column.soft_delete) else {
            let mut sql = Sql::default();
            write::write_delete(&mut sql, schema, table, filter, Removed::Hidden);
            return Ok(sql);
        };
        let mut assignments = vec![(removed, ColumnValue::Sql("now()"))];
        set_actor(&mut assignments, table, Role::UpdatedBy, actor);
        validate_rows(self.meta, [&assignments], false)?;
        Ok(write::update(schema, table, assignments, filter, Removed::Hidden))
    }

    async fn add(&self, target: Target<'_>, actor: Option<&Param>) -> Result<u64> {
        if self.is_empty() {
            return Ok(0);
        }
        execute(target, self.purpose("insert"), &self.addition(target.schema, actor)?).await
    }

    async fn replace(&self, target: Target<'_>, actor: Option<&Param>) -> Result<Replaced> {
        let scope = AtomicScope::begin(target).await?;
        let replaced = self.replace_in(scope.target(), actor).await;
        scope.end(replaced).await
    }

    /// Replaces the links in a transaction. Only a statement that begins after the lock is granted sees what the transaction
    /// that held it has written.
    async fn replace_in(&self, target: Target<'_>, actor: Option<&Param>) -> Result<Replaced> {
        let table = self.owner_table;
        let mut lock = write::existing(target.schema, table, self.owner_filter.clone(), Removed::Shown);
        lock.push(" FOR NO KEY UPDATE");
        if execute(target, Purpose { operation: "select", table: table.name }, &lock).await? == 0 {
            return Err(Error::NotFound { table: table.name });
        }
        let removal = self.removal(target.schema, true, actor)?;
        let removed = execute(target, self.purpose("delete"), &removal).await?;
        Ok(Replaced { added: self.add(target, actor).await?, removed })
    }
}

macro_rules! settings {
    ($($(#[$hidden:meta])? $name:ident)*) => {$(
        impl<J: TableModel> $name<J> {
            /// Sets a further column of the links that are added or restored. Links that exist keep theirs. A relation with a
            /// condition ([`Relation::when`](crate::relation::Relation::when)) needs the columns that fulfil it.
            pub fn set<V: ColumnType, A: Settable>(mut self, column: Col<J, V, A>, value: impl IntoValue<V>) -> Self {
                let position = self.0.meta.position(column.name());
                self.0.set.push((position, Param::new(value.into_value())));
                self
            }
        }
    )*};
}

settings! { AddLinks SetLinks }

macro_rules! actors {
    ($($name:ident)*) => {$(
        #[cfg(feature = "chrono")]
        impl<J> $name<J> {
            /// Names the actor, overriding that of the executor and of the scope.
            pub fn actor<A: Actor>(mut self, actor: impl IntoValue<A::Inner>) -> Self
            where
                J: Has<Audit<A>>,
            {
                self.0.actor = Some(Param::new(actor.into_value()));
                self
            }
        }

        opaque_debug!([J] [$name<J>], this { table: this.0.meta.table.name });
    )*};
}

actors! { AddLinks RemoveLinks SetLinks }

impl<J> AddLinks<J> {
    /// Adds the links and returns their number.
    ///
    /// # Errors
    /// [`Error::Database`] (23503 if a row that a key names does not exist), [`Error::Invalid`], [`Error::Pool`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        let actor = actor_for(self.0.actor.clone(), on);
        self.0.add(on.target(), actor.as_ref()).await
    }
}

impl<J> RemoveLinks<J> {
    /// Removes the links and returns their number.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Pool`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<u64> {
        if self.0.is_empty() {
            return Ok(0);
        }
        let (target, actor) = (on.target(), actor_for(self.0.actor.clone(), on));
        let sql = self.0.removal(target.schema, false, actor.as_ref())?;
        execute(target, self.0.purpose("delete"), &sql).await
    }
}

impl<J> SetLinks<J> {
    /// Replaces the links and returns what changed. All of it happens, or nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the row whose links they are does not exist; otherwise as for [`AddLinks::exec`].
    pub async fn exec<E: Executor + ?Sized>(self, on: &E) -> Result<Replaced> {
        let (target, actor) = (on.target(), actor_for(self.0.actor.clone(), on));
        match self.0.replace(target, actor.as_ref()).await {
            Err(error) if is_worth_repeating(target, &error) => self.0.replace(target, actor.as_ref()).await,
            outcome => outcome,
        }
    }
}
