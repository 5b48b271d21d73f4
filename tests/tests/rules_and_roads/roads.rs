//! The roads: every way to write and every way to read, with one function per family that runs them.

use futures_util::{StreamExt as _, stream};
use schemata::model::{ChangesRows, Keep, Upsert, UpsertMaybe, Write, WrittenRows, with_write};
use schemata::query::{Condition, count};
use schemata::{Error, Executor, Projection, Result, TableModel};

use crate::models::{Changes, Item, New, Part, new};

macro_rules! roads {
    ($($family:ident { $($road:ident)* })*) => {
        /// A way to write or read.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Road { $($($road,)*)* }

        /// Roads that take the same arguments.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Family { $($family,)* }

        impl Road {
            pub(crate) const ALL: &[Self] = &[$($(Self::$road,)*)*];

            pub(crate) fn family(self) -> Family {
                match self { $($(Self::$road => Family::$family,)*)* }
            }
        }
    };
}

roads! {
    Insert { Insert InsertReturning InsertRead InsertMany InsertManyLarge InsertManyFetch InsertManyReturning InsertStream }
    Upsert { Upsert UpsertReturning UpsertRead UpsertMany UpsertManyFetch UpsertManyReturning }
    Update {
        Update UpdatePatch UpdateReturning UpdateWhere UpdateWhereFetch UpdateWhereReturning UpdateWhereRead
        UpdateMany UpdateManyPatches UpdateManyFetch UpdateManyReturning
    }
    Mark { Touch Remove RemoveWhere Restore RestoreWhere }
    Delete {
        Delete DeleteMany DeleteManyFetch DeleteManyReturning DeleteWhere DeleteWhereFetch DeleteWhereReturning DeleteWhereRead
        Purge PurgeWhere
    }
    Read {
        Find Get Finder Fetch FetchOptional FetchOne Count Exists Aggregate Columns Page Stream
        Children Parents ChildExists ParentExists InSelect
    }
}

/// The result of a road: how many rows it counted, and the codes of those it returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) rows: u64,
    pub(crate) codes: Option<Vec<String>>,
}

/// Whether the road counts rows or returns them.
pub(crate) trait Yields {
    fn done(self) -> Done;
}

impl Yields for u64 {
    fn done(self) -> Done {
        Done { rows: self, codes: None }
    }
}

impl Yields for bool {
    fn done(self) -> Done {
        u64::from(self).done()
    }
}

impl Yields for Vec<String> {
    fn done(self) -> Done {
        Done { rows: self.len() as u64, codes: Some(self) }
    }
}

impl Yields for Vec<Item> {
    fn done(self) -> Done {
        self.into_iter().map(|item| item.code).collect::<Vec<_>>().done()
    }
}

impl Yields for Item {
    fn done(self) -> Done {
        vec![self].done()
    }
}

impl Yields for String {
    fn done(self) -> Done {
        vec![self].done()
    }
}

impl<T> Yields for Option<T>
where
    Vec<T>: Yields,
{
    fn done(self) -> Done {
        self.into_iter().collect::<Vec<T>>().done()
    }
}

/// Adds up what single roads did one after another.
fn add(all: &mut Done, one: Done) {
    all.rows += one.rows;
    if let Some(codes) = one.codes {
        all.codes.get_or_insert_default().extend(codes);
    }
}

const NONE: Done = Done { rows: 0, codes: None };

/// More rows than it takes for COPY.
const FILLERS: usize = 5_000;

fn fillers() -> impl Iterator<Item = New> {
    (0..FILLERS).map(|n| New { stock: Some(1), ..new(("filler", &format!("f{n}")), "filler") })
}

/// The codes that a write in WITH returns.
#[derive(Projection)]
#[projection(source)]
struct Written {
    code: String,
}

/// Runs a write that returns codes as a part of a query that reads them.
async fn read_written<E: Executor + ?Sized>(write: impl WrittenRows<Row = String>, on: &E) -> Result<Done> {
    with_write::<Written>(write).read(Written::select().columns(Written::code)).fetch(on).await.map(Yields::done)
}

/// An upsert that says what happens to removed rows: it keeps them.
trait Kept {
    fn kept(self) -> UpsertMaybe<Item>;
}

impl<S: schemata::model::Decided + schemata::model::MayUpdate> Kept for Upsert<Item, S> {
    fn kept(self) -> UpsertMaybe<Item> {
        self.keep_removed()
    }
}

impl Kept for UpsertMaybe<Item> {
    fn kept(self) -> Self {
        self
    }
}

/// Inserts the rows, one by one or as a batch.
pub(crate) async fn insert<E: Executor + ?Sized>(road: Road, on: &E, rows: Vec<New>) -> Result<Done> {
    let mut all = NONE;
    match road {
        Road::Insert => {
            for row in rows {
                add(&mut all, Item::insert_from(row).exec(on).await?.done());
            }
            Ok(all)
        }
        Road::InsertReturning => {
            for row in rows {
                add(&mut all, Item::insert_from(row).returning(Item::code).exec(on).await?.done());
            }
            Ok(all)
        }
        Road::InsertRead => {
            for row in rows {
                add(&mut all, read_written(Item::insert_from(row).returning(Item::code), on).await?);
            }
            Ok(all)
        }
        Road::InsertMany => Item::insert_many(rows).exec(on).await.map(Yields::done),
        Road::InsertManyLarge => {
            let insert = Item::insert_many(rows.into_iter().chain(fillers()));
            insert.exec(on).await.map(|rows| (rows - FILLERS as u64).done())
        }
        Road::InsertStream => Item::insert_stream(stream::iter(rows).map(Ok)).exec(on).await.map(Yields::done),
        Road::InsertManyFetch => Item::insert_many(rows).fetch(on).await.map(Yields::done),
        Road::InsertManyReturning => Item::insert_many(rows).returning(Item::code).exec(on).await.map(Yields::done),
        other => unreachable!("{other:?} does not insert"),
    }
}

/// The treatment of an existing row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum How {
    Given,
    Nothing,
    /// `update_only(())` and nothing else.
    NoColumn,
    /// `update_only(Item::slug)`.
    OnlySlug,
    /// The stock is set to this value.
    Stock(i32),
    /// A column is set by an SQL expression.
    Sql(Target),
    Revive,
    Keep,
}

/// A column, and the SQL that sets it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    Origin,
    Key,
    Doubled,
    NameNull,
    Level,
}

macro_rules! decide {
    ($builder:expr, $how:expr, |$upsert:ident| $run:expr) => {
        match $how {
            How::Given => {
                let $upsert = $builder.update_given();
                $run
            }
            How::Nothing => {
                let $upsert = $builder.do_nothing();
                $run
            }
            How::NoColumn => {
                let $upsert = $builder.update_only(());
                $run
            }
            How::OnlySlug => {
                let $upsert = $builder.update_only(Item::slug);
                $run
            }
            How::Stock(stock) => {
                let $upsert = $builder.on_update(Item::stock, stock);
                $run
            }
            How::Revive => {
                let $upsert = $builder.update_given().revive_removed();
                $run
            }
            How::Keep => {
                let $upsert = $builder.update_given().keep_removed();
                $run
            }
            How::Sql(Target::Origin) => {
                let $upsert = $builder.on_update_sql(Item::origin, "'there'");
                $run
            }
            How::Sql(Target::Key) => {
                let $upsert = $builder.on_update_sql(Item::area, "'there'");
                $run
            }
            How::Sql(Target::Doubled) => {
                let $upsert = $builder.on_update_sql(Item::doubled, "7");
                $run
            }
            How::Sql(Target::NameNull) => {
                let $upsert = $builder.on_update_sql(Item::name, "NULL");
                $run
            }
            How::Sql(Target::Level) => {
                let $upsert = $builder.on_update_sql(Item::level, "'weird'");
                $run
            }
        }
    };
}

/// Upserts the rows by the primary key or the slug, one by one or as a batch.
pub(crate) async fn upsert<E: Executor + ?Sized>(
    road: Road,
    on: &E,
    rows: Vec<New>,
    how: How,
    (by_slug, keep): (bool, Option<Keep>),
) -> Result<Done> {
    let key = || if by_slug { Item::by_slug } else { Item::primary_key() };
    if road == Road::UpsertRead {
        let mut all = NONE;
        for row in rows {
            let builder = Item::insert_from(row).on_conflict(key());
            let one = decide!(builder, how, |upsert| if matches!(how, How::Revive) {
                Box::pin(read_written(upsert.returning(Item::code), on)).await?
            } else {
                Box::pin(read_written(upsert.kept().returning(Item::code), on)).await?
            });
            add(&mut all, one);
        }
        return Ok(all);
    }
    if matches!(road, Road::Upsert | Road::UpsertReturning) {
        let mut all = NONE;
        for row in rows {
            let builder = Item::insert_from(row).on_conflict(key());
            let one = decide!(builder, how, |upsert| match road {
                Road::Upsert => Box::pin(upsert.exec(on)).await?.done(),
                _ => Box::pin(upsert.returning(Item::code).exec(on)).await?.done(),
            });
            add(&mut all, one);
        }
        return Ok(all);
    }
    let builder = Item::upsert_many(rows, key());
    let builder = if let Some(keep) = keep { builder.on_duplicate(keep) } else { builder };
    decide!(builder, how, |upsert| match road {
        Road::UpsertMany => Box::pin(upsert.exec(on)).await.map(Yields::done),
        Road::UpsertManyFetch => Box::pin(upsert.fetch(on)).await.map(Yields::done),
        Road::UpsertManyReturning => Box::pin(upsert.returning(Item::code).exec(on)).await.map(Yields::done),
        other => unreachable!("{other:?} does not upsert"),
    })
}

/// The rows that a write may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Live,
    All,
    Removed,
}

/// The rows that a write is for: those with these keys, or those of a condition, built anew each time.
#[derive(Clone)]
pub(crate) enum Meant {
    Keys(Vec<(String, String)>),
    Condition(fn() -> Condition<Item>),
}

impl Meant {
    pub(crate) fn keys<const N: usize>(keys: [(&str, &str); N]) -> Self {
        Self::Keys(keys.iter().map(|(area, code)| ((*area).to_owned(), (*code).to_owned())).collect())
    }

    fn list(&self) -> Vec<(String, String)> {
        match self {
            Self::Keys(keys) => keys.clone(),
            Self::Condition(_) => panic!("this road goes by keys"),
        }
    }

    pub(crate) fn condition(&self) -> Condition<Item> {
        match self {
            Self::Keys(keys) => Condition::any(
                keys.iter().map(|(area, code)| Item::area.eq(area.as_str()).and(Item::code.eq(code.as_str()))),
            ),
            Self::Condition(make) => make(),
        }
    }
}

/// A change to existing rows.
#[derive(Clone)]
pub(crate) struct Ask {
    pub(crate) meant: Meant,
    pub(crate) changes: Changes,
    pub(crate) sql: Option<Target>,
    pub(crate) seen: Seen,
    pub(crate) version: Option<i64>,
}

impl Ask {
    /// Sets this name in these rows.
    pub(crate) fn name<const N: usize>(keys: [(&str, &str); N], name: &str) -> Self {
        let changes = Changes { name: Some(name.to_owned()), ..Changes::default() };
        Self { meant: Meant::keys(keys), changes, sql: None, seen: Seen::Live, version: None }
    }

    fn apply<W: Write<Model = Item, Kind: ChangesRows>>(&self, write: W, with_patch: bool) -> W {
        let write = if with_patch { write.patch(self.changes.clone()) } else { write };
        let write = match self.sql {
            Some(Target::Origin) => write.set_sql(Item::origin, "'there'"),
            Some(Target::Key) => write.set_sql(Item::area, "'there'"),
            Some(Target::Doubled) => write.set_sql(Item::doubled, "7"),
            Some(Target::NameNull) => write.set_sql(Item::name, "NULL"),
            Some(Target::Level) => write.set_sql(Item::level, "'weird'"),
            None => write,
        };
        match self.seen {
            Seen::Live => write,
            Seen::All => write.with_deleted(),
            Seen::Removed => write.only_deleted(),
        }
    }
}

macro_rules! by_key {
    ($ask:expr, $key:expr) => {{
        let write = Item::update($key);
        match $ask.version {
            Some(version) => write.expect_version(version),
            None => write,
        }
    }};
}

/// Changes the rows one by one, as a batch, or by condition.
pub(crate) async fn update<E: Executor + ?Sized>(road: Road, on: &E, ask: &Ask) -> Result<Done> {
    let mut all = NONE;
    let batch = || ask.meant.list().into_iter().map(|key| ask.apply(by_key!(ask, key), true));
    let by_condition = || ask.apply(Item::update_where(ask.meant.condition()), true);
    match road {
        Road::Update => {
            for key in ask.meant.list() {
                let mut write = by_key!(ask, key);
                let Changes { name, price, stock } = ask.changes.clone();
                write = if let Some(name) = name { write.name(name) } else { write };
                write = if let Some(price) = price { write.price(price) } else { write };
                write = if let Some(stock) = stock { write.stock(stock) } else { write };
                add(&mut all, ask.apply(write, false).exec(on).await?.done());
            }
            Ok(all)
        }
        Road::UpdatePatch => {
            for write in batch() {
                add(&mut all, write.exec(on).await?.done());
            }
            Ok(all)
        }
        Road::UpdateReturning => {
            for write in batch() {
                add(&mut all, write.returning(Item::code).exec(on).await?.done());
            }
            Ok(all)
        }
        Road::UpdateWhere => by_condition().exec(on).await.map(Yields::done),
        Road::UpdateWhereFetch => by_condition().fetch(on).await.map(Yields::done),
        Road::UpdateWhereReturning => by_condition().returning(Item::code).exec(on).await.map(Yields::done),
        Road::UpdateWhereRead => read_written(by_condition().returning(Item::code), on).await,
        Road::UpdateMany => Item::update_many(batch()).exec(on).await.map(Yields::done),
        Road::UpdateManyPatches => {
            let pairs = ask.meant.list().into_iter().map(|key| (key, ask.changes.clone()));
            Item::update_many(pairs).exec(on).await.map(Yields::done)
        }
        Road::UpdateManyFetch => Item::update_many(batch()).fetch(on).await.map(Yields::done),
        Road::UpdateManyReturning => Item::update_many(batch()).returning(Item::code).exec(on).await.map(Yields::done),
        other => unreachable!("{other:?} does not update"),
    }
}

/// Touches, removes or restores the rows.
pub(crate) async fn mark<E: Executor + ?Sized>(road: Road, on: &E, ask: &Ask) -> Result<Done> {
    let mut all = NONE;
    let seen = |write: <Item as TableModel>::Ready<schemata::model::Update>| match ask.seen {
        Seen::Live => write,
        Seen::All => write.with_deleted(),
        Seen::Removed => write.only_deleted(),
    };
    match road {
        Road::RemoveWhere => Item::remove_where(ask.meant.condition()).exec(on).await.map(Yields::done),
        Road::RestoreWhere => Item::restore_where(ask.meant.condition()).exec(on).await.map(Yields::done),
        _ => {
            for key in ask.meant.list() {
                let write = match road {
                    Road::Touch => seen(Item::touch(key)),
                    Road::Remove => Item::remove(key),
                    Road::Restore => Item::restore(key),
                    other => unreachable!("{other:?} does not mark"),
                };
                let write = if let Some(version) = ask.version { write.expect_version(version) } else { write };
                add(&mut all, write.exec(on).await?.done());
            }
            Ok(all)
        }
    }
}

/// Deletes the rows permanently.
pub(crate) async fn delete<E: Executor + ?Sized>(road: Road, on: &E, meant: &Meant, seen: Seen) -> Result<Done> {
    let mut all = NONE;
    let by_condition = || {
        let delete = Item::delete_where(meant.condition());
        match seen {
            Seen::Live => delete,
            Seen::All => delete.with_deleted(),
            Seen::Removed => delete.only_deleted(),
        }
    };
    match road {
        Road::Delete => {
            for key in meant.list() {
                add(&mut all, Item::delete(on, key).await?.done());
            }
            Ok(all)
        }
        Road::Purge => {
            for key in meant.list() {
                add(&mut all, Item::purge(on, key).await?.done());
            }
            Ok(all)
        }
        Road::DeleteMany => Item::delete_many(meant.list()).exec(on).await.map(Yields::done),
        Road::DeleteManyFetch => Item::delete_many(meant.list()).fetch(on).await.map(Yields::done),
        Road::DeleteManyReturning => {
            Item::delete_many(meant.list()).returning(Item::code).exec(on).await.map(Yields::done)
        }
        Road::DeleteWhere => by_condition().exec(on).await.map(Yields::done),
        Road::DeleteWhereFetch => by_condition().fetch(on).await.map(Yields::done),
        Road::DeleteWhereReturning => by_condition().returning(Item::code).exec(on).await.map(Yields::done),
        Road::DeleteWhereRead => read_written(by_condition().returning(Item::code), on).await,
        Road::PurgeWhere => Item::purge_where(meant.condition()).exec(on).await.map(Yields::done),
        other => unreachable!("{other:?} does not delete"),
    }
}

fn found<T>(row: Result<T>) -> Result<Done>
where
    T: Yields,
{
    match row {
        Err(Error::NotFound { .. }) => Ok(NONE),
        row => row.map(Yields::done),
    }
}

fn many(number: i64) -> Done {
    u64::try_from(number).expect("a count").done()
}

/// Reads the row with this key and this slug if it may be seen. The part that is read is one of the row's own.
pub(crate) async fn read<E: Executor + ?Sized>(
    road: Road,
    on: &E,
    (area, code): (&str, &str),
    seen: Seen,
) -> Result<Done> {
    let key = || (area.to_owned(), code.to_owned());
    let visible = |select: schemata::query::Select<Item>| match seen {
        Seen::Live => select,
        Seen::All => select.with_deleted(),
        Seen::Removed => select.only_deleted(),
    };
    let this = || Item::area.eq(area).and(Item::code.eq(code));
    let select = || visible(Item::select()).filter(this());
    let part = || Part::area.eq(area).and(Part::code.eq(code));
    match road {
        Road::Find => Item::find(on, key()).await.map(Yields::done),
        Road::Get => found(Item::get(on, key()).await),
        Road::Finder => Item::find_by_slug(on, format!("{area}-{code}").as_str()).await.map(Yields::done),
        Road::Fetch => select().fetch(on).await.map(Yields::done),
        Road::FetchOptional => select().fetch_optional(on).await.map(Yields::done),
        Road::FetchOne => found(select().fetch_one(on).await),
        Road::Count => select().count(on).await.map(many),
        Road::Exists => select().exists(on).await.map(Yields::done),
        Road::Aggregate => select().aggregate(count()).fetch_one(on).await.map(many),
        Road::Columns => select().columns(Item::code).fetch(on).await.map(Yields::done),
        Road::Page => Ok(select().page(5).fetch(on).await?.rows.done()),
        Road::Stream => {
            let mut rows = select().stream(on).await?;
            let mut all = Vec::new();
            while let Some(row) = rows.next().await {
                all.push(row?);
            }
            Ok(all.done())
        }
        Road::Children => {
            // The parts of the visible items, and none of an item that is not visible.
            let items = select().fetch(on).await?;
            let parts = Part::AREA_CODE_FKEY.children_of(&items).fetch(on).await?;
            Ok((parts.rows().len() as u64).done())
        }
        Road::Parents => {
            let parts = Part::select().filter(part()).fetch(on).await?;
            let parents = Part::AREA_CODE_FKEY.parents_of(&parts);
            let parents = if seen == Seen::All { parents.with_deleted() } else { parents };
            Ok(parents.fetch(on).await?.into_rows().done())
        }
        Road::ChildExists => {
            let with_part = Part::AREA_CODE_FKEY.child_exists(part());
            select().filter(with_part).fetch(on).await.map(Yields::done)
        }
        Road::ParentExists => {
            let of_item = Part::AREA_CODE_FKEY.parent_exists(this());
            Part::select().filter(of_item).count(on).await.map(many)
        }
        Road::InSelect => {
            let seen = Part::code.in_select(select().columns(Item::code));
            Part::select().filter(part().and(seen)).count(on).await.map(many)
        }
        other => unreachable!("{other:?} does not read"),
    }
}
