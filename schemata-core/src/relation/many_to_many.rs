//! `ManyToMany`: two relations of a join table as one constant, and queries along it.

use std::any::TypeId;

use crate::model::{TableModel, UniqueKey};
use crate::query::unbounded_impls::copyable;
use crate::query::{Condition, Correlated, Inner, Join, ReadBy, Select};
use crate::relation::foreign_key::Relation;
use crate::relation::keyed::Keyed;
use crate::relation::load::{Each, Load, Owners};
use crate::relation::owner_link::OwnerLink;
use crate::schema::column_lists::{contains, same_set};
use crate::schema::const_message::ConstMessage;
use crate::schema::{Indexed, Table};
use crate::sql::subselect::exists;
use crate::sql::tree::{ColumnRef, Expr, Filter, Query, TableRef};

/// Rows of `S` and rows of `T`, each related to any number of the other by rows of the join table `J`, the links.
///
/// It is declared once, as a constant of two relations of the join table:
///
/// ```no_run
/// # use schemata::{prelude::*, relation::ManyToMany};
/// # #[derive(TableModel)]
/// # pub struct Crate { #[column(primary_key)] pub id: i64, pub name: String }
/// # #[derive(TableModel)]
/// # pub struct Keyword { #[column(primary_key)] pub id: i64, pub word: String }
/// # #[derive(TableModel)]
/// # pub struct CrateKeyword {
/// #     #[column(primary_key, references = Crate::id)] pub crate_id: i64,
/// #     #[column(primary_key, references = Keyword::id)] pub keyword_id: i64,
/// # }
/// impl Crate {
///     pub const KEYWORDS: ManyToMany<Crate, CrateKeyword, Keyword> =
///         CrateKeyword::CRATE_ID_FKEY.through(CrateKeyword::KEYWORD_ID_FKEY);
/// }
///
/// # async fn f(db: Db) -> schemata::Result<()> {
/// let web = Crate::select().filter(Crate::KEYWORDS.exists(Keyword::word.eq("web"))).limit(25).fetch(&db).await?;
/// let keywords = Crate::KEYWORDS.of(&web).order_by(Keyword::word.asc()).fetch(&db).await?;
/// let replaced = Crate::KEYWORDS.set(&web[0], [1, 2, 3]).exec(&db).await?;
/// println!("{} added, {} removed", replaced.added, replaced.removed);
/// # drop(keywords); Ok(()) }
/// ```
///
/// Both relations refer to primary keys, and a key of the join table makes a pair of rows unique; otherwise, a program that uses
/// the constant does not compile (`cargo check` evaluates only constants outside of an `impl`). A query joins the two relations one after the other: `.join(Crate::KEYWORDS.links())
/// .join(Crate::KEYWORDS.targets())`.
pub struct ManyToMany<S, J: TableModel, T> {
    from: Relation<J, S>,
    to: Relation<J, T>,
}

copyable!([S, J: TableModel, T] ManyToMany<S, J, T> {});

impl<J: TableModel, S: TableModel> Relation<J, S> {
    /// Relates the rows of `S` to those of `T`, through the rows of the join table: see [`ManyToMany`].
    ///
    /// # Panics
    /// If one of the relations does not refer to a primary key, or if no primary key, unique constraint or unique index of the
    /// join table consists of the columns of both. In a constant, that is a compile error. If a relation has a condition
    /// ([`Relation::when`]), the unique key may have further columns, which the condition determines.
    pub const fn through<T: TableModel>(self, to: Relation<J, T>) -> ManyToMany<S, J, T> {
        refers_to_key(J::TABLE, S::TABLE, self.parent_columns());
        refers_to_key(J::TABLE, T::TABLE, to.parent_columns());
        let is_conditional = self.is_conditional() || to.is_conditional();
        if unique_pair(J::TABLE, self.child_columns(), to.child_columns(), is_conditional).is_none() {
            let (here, there) = (self.child_columns()[0], to.child_columns()[0]);
            let message = ConstMessage::new("a pair of rows may be linked twice: no key of ").code(J::TABLE.name, "");
            let message = message.text(" makes its columns ").code(here, "").text(" and ").code(there, "");
            let message = message.text(" unique together; make them its primary key, or write `unique(");
            panic!("{}", message.text(here).text(", ").text(there).text(")` in `#[table(…)]`").as_str());
        }
        ManyToMany { from: self, to }
    }
}

const fn refers_to_key(links: &Table, target: &Table, columns: &[&str]) {
    if !same_set(columns, target.primary_key) {
        let message =
            ConstMessage::new("a relation of ").code(links.name, "").text(" does not refer to the primary key of ");
        panic!("{}", message.code(target.name, "").text(", so it cannot lead through a join table").as_str());
    }
}

/// A unique key of a table.
#[derive(Clone, Copy)]
enum PairKey {
    Primary,
    Unique(usize),
    Index(usize),
}

/// Returns a key that makes the columns unique together.
const fn unique_pair(table: &Table, one: &[&str], other: &[&str], may_have_more: bool) -> Option<PairKey> {
    if covers(table.primary_key, one, other, may_have_more) {
        return Some(PairKey::Primary);
    }
    let mut at = 0;
    while at < table.uniques.len() {
        if covers(table.uniques[at].columns, one, other, may_have_more) {
            return Some(PairKey::Unique(at));
        }
        at += 1;
    }
    at = 0;
    while at < table.indexes.len() {
        let index = &table.indexes[at];
        if index.unique && index.predicate.is_none() && index_covers(index.parts, one, other, may_have_more) {
            return Some(PairKey::Index(at));
        }
        at += 1;
    }
    None
}

/// Returns whether the columns of a key are exactly these, or at least these.
const fn covers(key: &[&str], one: &[&str], other: &[&str], may_have_more: bool) -> bool {
    let mut at = 0;
    while at < key.len() {
        if !may_have_more && !contains(one, key[at]) && !contains(other, key[at]) {
            return false;
        }
        at += 1;
    }
    all_in(one, key) && all_in(other, key)
}

const fn all_in(columns: &[&str], key: &[&str]) -> bool {
    let mut at = 0;
    while at < columns.len() {
        if !contains(key, columns[at]) {
            return false;
        }
        at += 1;
    }
    true
}

const fn index_covers(parts: &[crate::schema::IndexPart], one: &[&str], other: &[&str], may_have_more: bool) -> bool {
    let (mut names, mut at) = ([""; 8], 0);
    if parts.len() > names.len() {
        return false;
    }
    while at < parts.len() {
        match parts[at].of {
            Indexed::Column(name) => names[at] = name,
            Indexed::Expression(_) => return false,
        }
        at += 1;
    }
    covers(names.split_at(parts.len()).0, one, other, may_have_more)
}

impl<S: TableModel, J: TableModel, T: TableModel> ManyToMany<S, J, T> {
    /// Returns the relation of links to the rows that they begin at: to join the join table.
    pub const fn links(self) -> Relation<J, S> {
        self.from
    }

    /// Returns the relation of links to the rows that they lead to.
    pub const fn targets(self) -> Relation<J, T> {
        self.to
    }

    /// Returns the unique key that makes a pair of rows unique.
    pub(crate) fn pair_key(self) -> UniqueKey<J> {
        let (one, other) = (self.from.child_columns(), self.to.child_columns());
        match unique_pair(J::TABLE, one, other, self.from.is_conditional() || self.to.is_conditional()) {
            Some(PairKey::Unique(at)) => UniqueKey::unique(at),
            Some(PairKey::Index(at)) => UniqueKey::index(at),
            Some(PairKey::Primary) | None => UniqueKey::primary(),
        }
    }

    /// Returns the query for targets, joined with their links.
    fn linked_targets(self) -> Select<Join<T, J, Inner>, T> {
        let targets = T::select().join(self.to);
        match self.from.condition(TableRef::Model(TypeId::of::<J>())) {
            Some(condition) => targets.filter(Condition::new(condition)),
            None => targets,
        }
    }

    /// Selects rows with a linked row for which `condition` holds; it may also read columns of the link.
    /// [`Condition::always`] accepts any. Removed rows and removed links do not count.
    pub fn exists<Q, I>(self, condition: Condition<Join<T, J>>) -> Condition<Q>
    where
        S: ReadBy<Q, I>,
    {
        let mut query = self.around();
        query.add_filter(condition.filter);
        Condition::new(exists(query))
    }

    /// Begins a sub-select of the rows that are linked to a row of the query around it, joined with their links: to be counted
    /// or tested by [`scalar`](crate::query::scalar) and [`exists`](crate::query::exists).
    pub fn related<O, I>(self) -> Select<Correlated<Join<T, J>, O>, T>
    where
        S: ReadBy<O, I>,
    {
        let query = self.around();
        self.linked_targets().with_query(query).correlated()
    }

    /// Returns the query for targets of a row of the query around it.
    fn around(self) -> Query {
        let mut query = self.linked_targets().query;
        let (links, outer) = (TypeId::of::<J>(), TableRef::Outer(TypeId::of::<S>()));
        query.add_filter(Filter::all(self.from.pairs().into_iter().map(|(link, owner)| Filter::Operands {
            left: Expr::of(links, link),
            operator: " = ",
            right: Expr::Column(ColumnRef { table: outer, name: owner }),
        })));
        *query
    }
}

impl<S: TableModel + Keyed, J: TableModel, T: TableModel> ManyToMany<S, J, T> {
    /// Loads the rows that are linked to each of `owners`, joined with their links: a row is loaded for each owner, and columns
    /// of the link can be listed, compared and sorted by.
    pub fn of<'r>(self, owners: impl IntoIterator<Item = &'r S>) -> Load<Join<T, J>, T> {
        let owners: Vec<&S> = owners.into_iter().collect();
        let Load { select, whose } = self.each();
        Load { select, whose: Owners::new(&whose.link, &owners) }
    }

    /// Loads the rows that are linked to each row of the query that takes this: see [`Select::with`].
    pub fn each(self) -> Load<Join<T, J>, T, Each<S>> {
        let pairs = self.from.pairs().into_iter().map(|(link, owner)| (owner, link));
        Load { select: self.linked_targets(), whose: Each::new(OwnerLink::new(pairs, TypeId::of::<J>())) }
    }
}
