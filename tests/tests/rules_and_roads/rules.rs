//! The rules, and the meaning of each for each family of roads. No `match` has a wildcard for families, so a new family or a
//! new rule does not compile before its cells are filled.

use rust_decimal::Decimal;
use schemata::audit::as_actor;
use schemata::model::{Keep, Write};
use schemata::query::Condition;
use schemata::{Error, Executor, Result, TableModel};

use crate::forms;
use crate::models::{Changes, Item, New, Part, Weight, new};
use crate::roads::{Ask, Done, Family, How, Meant, Road, Seen, Target, delete, insert, mark, read, update, upsert};

macro_rules! rules {
    ($($rule:ident)*) => {
        /// A rule that holds on every road.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Rule { $($rule,)* }

        impl Rule {
            pub(crate) const ALL: &[Self] = &[$(Self::$rule,)*];
        }
    };
}

rules! {
    RemovedRowsAreInvisible OnlyRemovedRows RemovedRowsToo
    EmptyConditionsAreRefused NothingToSetIsRefused
    ImmutableColumnsStay KeysStay ComputedColumnsStay
    StaleVersionsAreRefused UpdatesAreStamped
    Length Digits Nul OfTheModel NotNull Labels
    ActorOfTheScope NobodyActs
    KeysAreNotGlued OneKeyInSeveralForms AKeyTwiceIsRefused NullKeysAreDistinct NullsNotDistinct
    DoNothing OnlyWhatIsNamed GivenKeepsTheRest OverRemovedIsRefused ReviveRemoved KeepRemoved KeepOneOfTwo
    BatchesKeepTheirOrder
}

/// A place where roads run, and its properties.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) name: &'static str,
    /// The actor if nobody is named.
    pub(crate) nobody: &'static str,
    /// The actor in the scope of `zoe`.
    pub(crate) scoped: &'static str,
    /// Whether a refusal by PostgreSQL ends the transaction.
    pub(crate) aborts: bool,
    pub(crate) has_slots: bool,
}

/// The outcome of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    Held,
    /// It does not apply, for this reason.
    Not(&'static str),
}

pub(crate) const LIVE: (&str, &str) = ("same", "1");
pub(crate) const GONE: (&str, &str) = ("same", "2");
const FRESH: (&str, &str) = ("fresh", "3");

const NO_VALUE: &str = "it sets no value";
const INSERTS: &str = "an insert meets rows that are there by their constraints alone";
const READS: &str = "it writes nothing";
const DELETES: &str = "no row is left to hold it";
const NAMES_KEYS: &str = "it names its rows by key";
const UPSERTS_ONLY: &str = "only an upsert meets a row that is there and goes on";

/// Restores a live row and a removed one, each with a part, and removes everything else.
pub(crate) async fn seed<E: Executor + ?Sized>(on: &E, place: &Place) -> Result<()> {
    Item::delete_where(Item::all_rows()).with_deleted().exec(on).await?;
    Weight::delete_where(Weight::all_rows()).exec(on).await?;
    if place.has_slots {
        forms::clear_slots(on).await?;
    }
    let slug = |(area, code): (&str, &str)| Some(Some(format!("{area}-{code}")));
    Item::insert_many([LIVE, GONE].map(|key| New { slug: slug(key), ..new(key, "old") })).exec(on).await?;
    Part::insert_many([LIVE, GONE].map(|(area, code)| Part::insert().area(area).code(code))).exec(on).await?;
    Item::remove((GONE.0.to_owned(), GONE.1.to_owned())).exec(on).await?;
    Ok(())
}

async fn get<E: Executor + ?Sized>(on: &E, (area, code): (&str, &str)) -> Option<Item> {
    let key = Item::area.eq(area).and(Item::code.eq(code));
    Item::select().with_deleted().filter(key).fetch_optional(on).await.expect("reads")
}

/// Runs a road with one change to these rows.
async fn change<E: Executor + ?Sized>(road: Road, on: &E, ask: &Ask) -> Result<Done> {
    match road.family() {
        Family::Update => update(road, on, ask).await,
        Family::Mark => mark(road, on, ask).await,
        Family::Delete => delete(road, on, &ask.meant, ask.seen).await,
        other => unreachable!("{other:?} changes nothing"),
    }
}

/// Returns the text of the refusal.
pub(crate) fn refusal(outcome: Result<Done>, at: &str) -> String {
    match outcome {
        Err(Error::Invalid(found)) => {
            let first = &found.all[0];
            format!("{} {} {}", first.row, first.column.unwrap_or("-"), first.rule)
        }
        Err(error @ Error::Database { .. }) => format!("{:?}", error.kind()),
        Err(error) => format!("{:?}", error.kind()) + " " + error.to_string().split_whitespace().last().unwrap_or(""),
        Ok(done) => panic!("{at}: not refused: {done:?}"),
    }
}

fn is_batch(road: Road) -> bool {
    use Road::{
        DeleteMany, DeleteManyFetch, DeleteManyReturning, InsertMany, InsertManyFetch, InsertManyLarge,
        InsertManyReturning, InsertStream, UpdateMany, UpdateManyFetch, UpdateManyPatches, UpdateManyReturning,
        UpsertMany, UpsertManyFetch, UpsertManyReturning,
    };
    matches!(
        road,
        DeleteMany
            | DeleteManyFetch
            | DeleteManyReturning
            | InsertMany
            | InsertManyLarge
            | InsertManyFetch
            | InsertManyReturning
            | InsertStream
            | UpdateMany
            | UpdateManyFetch
            | UpdateManyPatches
            | UpdateManyReturning
            | UpsertMany
            | UpsertManyFetch
            | UpsertManyReturning
    )
}

fn goes_by_condition(road: Road) -> bool {
    use Road::{
        DeleteWhere, DeleteWhereFetch, DeleteWhereRead, DeleteWhereReturning, PurgeWhere, RemoveWhere, RestoreWhere,
        UpdateWhere, UpdateWhereFetch, UpdateWhereRead, UpdateWhereReturning,
    };
    matches!(
        road,
        DeleteWhere
            | DeleteWhereFetch
            | DeleteWhereReturning
            | DeleteWhereRead
            | PurgeWhere
            | RemoveWhere
            | RestoreWhere
            | UpdateWhere
            | UpdateWhereFetch
            | UpdateWhereReturning
            | UpdateWhereRead
    )
}

/// Tries one cell on the rows of `seed`. A cell that does not apply changes nothing.
pub(crate) async fn check<E: Executor + ?Sized>(rule: Rule, road: Road, on: &E, place: &Place) -> Cell {
    let at = &format!("{rule:?} × {road:?}, {}", place.name);
    match rule {
        Rule::RemovedRowsAreInvisible => removed(road, on, Seen::Live, at).await,
        Rule::OnlyRemovedRows => removed(road, on, Seen::Removed, at).await,
        Rule::RemovedRowsToo => removed(road, on, Seen::All, at).await,
        Rule::EmptyConditionsAreRefused => empty_conditions(road, on, at).await,
        Rule::NothingToSetIsRefused => nothing_to_set(road, on, at).await,
        Rule::ImmutableColumnsStay => fixed(road, on, (Target::Origin, "0 origin immutable"), at).await,
        Rule::KeysStay => fixed(road, on, (Target::Key, "0 area immutable"), at).await,
        Rule::ComputedColumnsStay => fixed(road, on, (Target::Doubled, "0 doubled immutable"), at).await,
        Rule::StaleVersionsAreRefused => stale(road, on, at).await,
        Rule::UpdatesAreStamped => stamped(road, on, place, at).await,
        Rule::Length => judged(road, on, "name max_length", at).await,
        Rule::Digits => judged(road, on, "price scale", at).await,
        Rule::Nul => judged(road, on, "name nul", at).await,
        Rule::OfTheModel => judged(road, on, "stock stock", at).await,
        Rule::NotNull => by_database(road, on, (Target::NameNull, "NotNullViolation"), place, at).await,
        Rule::Labels => by_database(road, on, (Target::Level, "CheckViolation"), place, at).await,
        Rule::ActorOfTheScope => as_actor("zoe".to_owned(), acted(road, on, place.scoped, at)).await,
        Rule::NobodyActs => acted(road, on, place.nobody, at).await,
        Rule::KeysAreNotGlued => not_glued(road, on, at).await,
        Rule::OneKeyInSeveralForms => forms::one_key(road, on, place, at).await,
        Rule::AKeyTwiceIsRefused => twice(road, on, place, at).await,
        Rule::NullKeysAreDistinct => null_keys(road, on, at).await,
        Rule::NullsNotDistinct => forms::nulls_not_distinct(road, on, place, at).await,
        Rule::DoNothing
        | Rule::OnlyWhatIsNamed
        | Rule::GivenKeepsTheRest
        | Rule::OverRemovedIsRefused
        | Rule::ReviveRemoved
        | Rule::KeepRemoved
        | Rule::KeepOneOfTwo => conflicts(rule, road, on, at).await,
        Rule::BatchesKeepTheirOrder => order(road, on, at).await,
    }
}

async fn removed<E: Executor + ?Sized>(road: Road, on: &E, seen: Seen, at: &str) -> Cell {
    let takes_no_word = match road {
        Road::Delete | Road::DeleteMany | Road::DeleteManyFetch | Road::DeleteManyReturning => {
            "removed rows are deleted by `purge` or `delete_where`"
        }
        Road::UpdateManyPatches => "a pair of key and patch has no more to say",
        Road::Remove | Road::RemoveWhere => "what is removed is not removed again",
        Road::Find | Road::Get | Road::Finder => "a query by key says so through `select`",
        _ => "",
    };
    if seen != Seen::Live && !takes_no_word.is_empty() {
        return Cell::Not(takes_no_word);
    }
    let (live, gone) = (u64::from(seen != Seen::Removed), u64::from(seen != Seen::Live));
    match road.family() {
        Family::Insert => Cell::Not(INSERTS),
        Family::Upsert => Cell::Not("what an upsert means over a removed row has rules of its own"),
        Family::Update | Family::Mark | Family::Delete => {
            let restores = matches!(road, Road::Restore | Road::RestoreWhere | Road::Purge | Road::PurgeWhere);
            if restores && seen == Seen::All {
                return Cell::Not("it is about removed rows alone");
            }
            let (live, gone) = if restores { (0, 1) } else { (live, gone) };
            let before = (get(on, LIVE).await, get(on, GONE).await);
            let done = change(road, on, &Ask { seen, ..Ask::name([LIVE, GONE], "new") }).await;
            assert_eq!(done.expect("runs").rows, live + gone, "{at}");
            let after = (get(on, LIVE).await, get(on, GONE).await);
            assert_eq!(after.0 != before.0, live == 1, "{at}: the live row: {after:?}");
            assert_eq!(after.1 != before.1, gone == 1, "{at}: the removed row: {after:?}");
            Cell::Held
        }
        Family::Read => {
            if matches!(road, Road::Parents | Road::ParentExists) && seen == Seen::Removed {
                return Cell::Not("loading sees live rows, or all");
            }
            if road == Road::ParentExists && seen != Seen::Live {
                return Cell::Not("a related row that counts is a live one");
            }
            let (live_row, gone_row) = (read(road, on, LIVE, seen).await, read(road, on, GONE, seen).await);
            assert_eq!(live_row.expect("reads").rows, live, "{at}: the live row");
            assert_eq!(gone_row.expect("reads").rows, gone, "{at}: the removed row");
            Cell::Held
        }
    }
}

async fn empty_conditions<E: Executor + ?Sized>(road: Road, on: &E, at: &str) -> Cell {
    let none: fn() -> Condition<Item> = || Item::area.not_in(Vec::<String>::new());
    let empty: [fn() -> Condition<Item>; 7] = [
        || Condition::all([]),
        Condition::always,
        none,
        || !Condition::never(),
        || !Condition::all([Item::area.eq("x"), Condition::never()]),
        || Condition::any([Item::area.eq("x"), Condition::all([])]),
        || Condition::all([Condition::always(), !Condition::any([])]),
    ];
    match road.family() {
        Family::Insert => Cell::Not(INSERTS),
        Family::Upsert => Cell::Not(NAMES_KEYS),
        Family::Read => Cell::Not("reading every row harms none"),
        Family::Update | Family::Mark | Family::Delete if !goes_by_condition(road) => Cell::Not(NAMES_KEYS),
        Family::Update | Family::Mark | Family::Delete => {
            let before = (get(on, LIVE).await, get(on, GONE).await);
            for condition in empty {
                let ask = Ask { meant: Meant::Condition(condition), ..Ask::name([], "new") };
                let refused = refusal(change(road, on, &ask).await, at);
                assert_eq!(refused, "Usage row", "{at}");
            }
            assert_eq!((get(on, LIVE).await, get(on, GONE).await), before, "{at}");
            let never = Ask { meant: Meant::Condition(Condition::never), ..Ask::name([], "new") };
            assert_eq!(change(road, on, &never).await.expect("asks for no row").rows, 0, "{at}");
            Cell::Held
        }
    }
}

async fn nothing_to_set<E: Executor + ?Sized>(road: Road, on: &E, at: &str) -> Cell {
    let refused = match road.family() {
        Family::Insert => return Cell::Not("a row of defaults is a row"),
        Family::Mark => return Cell::Not("it sets columns by its meaning"),
        Family::Delete => return Cell::Not(NO_VALUE),
        Family::Read => return Cell::Not(READS),
        Family::Upsert => upsert(road, on, vec![new(LIVE, "new")], How::NoColumn, (false, None)).await,
        Family::Update => update(road, on, &Ask { changes: Changes::default(), ..Ask::name([LIVE], "") }).await,
    };
    assert_eq!(refusal(refused, at), "Usage column", "{at}");
    assert_eq!(get(on, LIVE).await.expect("stays").revision.version, 1, "{at}");
    Cell::Held
}

async fn fixed<E: Executor + ?Sized>(road: Road, on: &E, (target, refused): (Target, &str), at: &str) -> Cell {
    let before = get(on, LIVE).await;
    let outcome = match road.family() {
        Family::Insert => return Cell::Not("an insert is where it gets its value"),
        Family::Mark | Family::Delete => return Cell::Not(NO_VALUE),
        Family::Read => return Cell::Not(READS),
        Family::Update if road == Road::UpdateManyPatches => {
            return Cell::Not("a patch with such a column does not compile");
        }
        Family::Update => {
            let changes = Changes::default();
            update(road, on, &Ask { sql: Some(target), changes, ..Ask::name([LIVE], "") }).await
        }
        Family::Upsert => upsert(road, on, vec![new(LIVE, "new")], How::Sql(target), (false, None)).await,
    };
    assert_eq!(refusal(outcome, at), refused, "{at}");
    assert_eq!(get(on, LIVE).await, before, "{at}");
    Cell::Held
}

async fn stale<E: Executor + ?Sized>(road: Road, on: &E, at: &str) -> Cell {
    let expecting = |version| Ask { version: Some(version), ..Ask::name([LIVE], "new") };
    match road {
        Road::UpdateManyPatches => return Cell::Not("a pair of key and patch has no more to say"),
        Road::RemoveWhere | Road::RestoreWhere => return Cell::Not("one version says nothing of many rows"),
        road if goes_by_condition(road) => return Cell::Not("one version says nothing of many rows"),
        _ => {}
    }
    match road.family() {
        Family::Insert => Cell::Not("a new row has no version to expect"),
        Family::Upsert => Cell::Not("an upsert does not know whether the row is there"),
        Family::Delete => Cell::Not("a delete takes no version"),
        Family::Read => Cell::Not(READS),
        Family::Update | Family::Mark => {
            let key = if road == Road::Restore { GONE } else { LIVE };
            let on_key = |version| Ask { meant: Meant::keys([key]), ..expecting(version) };
            let (before, right) = (get(on, key).await, if road == Road::Restore { 2 } else { 1 });
            assert_eq!(refusal(change(road, on, &on_key(7)).await, at), "Stale read", "{at}");
            assert_eq!(get(on, key).await, before, "{at}");
            assert_eq!(change(road, on, &on_key(right)).await.expect("is met").rows, 1, "{at}");
            let nobody = Ask { meant: Meant::keys([FRESH]), ..expecting(1) };
            assert_eq!(change(road, on, &nobody).await.expect("finds no row").rows, 0, "{at}");
            Cell::Held
        }
    }
}

async fn stamped<E: Executor + ?Sized>(road: Road, on: &E, place: &Place, at: &str) -> Cell {
    let (key, done) = match road.family() {
        Family::Insert => {
            insert(road, on, vec![new(FRESH, "new")]).await.expect("inserts");
            let row = get(on, FRESH).await.expect("is there");
            assert_eq!((row.revision.version, row.audit.updated_by), (1, None), "{at}");
            return Cell::Held;
        }
        Family::Delete => return Cell::Not(DELETES),
        Family::Read => return Cell::Not(READS),
        Family::Upsert => (LIVE, upsert(road, on, vec![new(LIVE, "new")], How::Given, (false, None)).await),
        Family::Update => (LIVE, update(road, on, &Ask::name([LIVE], "new")).await),
        Family::Mark => {
            let key = if matches!(road, Road::Restore | Road::RestoreWhere) { GONE } else { LIVE };
            (key, mark(road, on, &Ask::name([key], "")).await)
        }
    };
    assert_eq!(done.expect("runs").rows, 1, "{at}");
    let row = get(on, key).await.expect("is there");
    let version = if key == GONE { 3 } else { 2 };
    assert_eq!(row.revision.version, version, "{at}");
    assert_eq!(row.audit.updated_by.as_deref(), Some(place.nobody), "{at}");
    // Within one transaction, `now()` does not change.
    assert!(place.aborts || row.audit.updated_at > row.audit.created_at, "{at}");
    Cell::Held
}

/// Returns a row that breaks the rule.
fn bad(rule: &str, key: (&str, &str)) -> New {
    match rule {
        "name max_length" => new(key, "eleven char"),
        "name nul" => new(key, "a\0b"),
        "price scale" => New { price: Some(Decimal::new(1005, 3)), ..new(key, "new") },
        _ => New { stock: Some(-1), ..new(key, "new") },
    }
}

async fn judged<E: Executor + ?Sized>(road: Road, on: &E, rule: &str, at: &str) -> Cell {
    let rows = || vec![new(FRESH, "fine"), bad(rule, LIVE)];
    let changes = || {
        let New { name, price, stock, .. } = bad(rule, LIVE);
        Changes { name: Some(name), price, stock }
    };
    let before = get(on, LIVE).await;
    // Single roads take the rows one after another, so those before the bad one stay.
    let position = if is_batch(road) { "1" } else { "0" };
    let only_changed = || vec![new(FRESH, "changed")];
    match road.family() {
        Family::Insert => {
            assert_eq!(refusal(insert(road, on, only_changed()).await, at), "0 name new", "{at}");
            let refused = refusal(insert(road, on, rows()).await, at);
            assert_eq!(refused, format!("{position} {rule}"), "{at}");
        }
        Family::Upsert => {
            let refused = refusal(upsert(road, on, rows(), How::Given, (false, None)).await, at);
            assert_eq!(refused, format!("{position} {rule}"), "{at}");
            let of_update = upsert(road, on, vec![new(LIVE, "new")], How::Stock(-1), (false, None)).await;
            assert_eq!(refusal(of_update, at), "0 stock stock", "{at}");
        }
        Family::Update => {
            let refused = refusal(update(road, on, &Ask { changes: changes(), ..Ask::name([LIVE], "") }).await, at);
            assert_eq!(refused, format!("0 {rule}"), "{at}");
            assert_eq!(get(on, LIVE).await, before, "{at}");
            let done = update(road, on, &Ask::name([LIVE], "changed")).await;
            assert_eq!(done.expect("a rule about new rows alone").rows, 1, "{at}");
            return Cell::Held;
        }
        Family::Mark | Family::Delete => return Cell::Not(NO_VALUE),
        Family::Read => return Cell::Not(READS),
    }
    assert_eq!(get(on, LIVE).await, before, "{at}");
    assert_eq!(get(on, FRESH).await.is_some(), !is_batch(road) && road.family() != Family::Update, "{at}");
    Cell::Held
}

async fn by_database<E: Executor + ?Sized>(
    road: Road,
    on: &E,
    (target, refused): (Target, &str),
    place: &Place,
    at: &str,
) -> Cell {
    let before = get(on, LIVE).await;
    let outcome = match road.family() {
        Family::Insert => return Cell::Not("the Rust type has no such value"),
        Family::Update if road == Road::UpdateManyPatches => return Cell::Not("the Rust type has no such value"),
        Family::Update => {
            let changes = Changes::default();
            update(road, on, &Ask { sql: Some(target), changes, ..Ask::name([LIVE], "") }).await
        }
        Family::Upsert => upsert(road, on, vec![new(LIVE, "new")], How::Sql(target), (false, None)).await,
        Family::Mark | Family::Delete => return Cell::Not(NO_VALUE),
        Family::Read => return Cell::Not(READS),
    };
    assert_eq!(refusal(outcome, at), refused, "{at}");
    if !place.aborts {
        assert_eq!(get(on, LIVE).await, before, "{at}");
    }
    Cell::Held
}

async fn acted<E: Executor + ?Sized>(road: Road, on: &E, actor: &str, at: &str) -> Cell {
    let created_by = get(on, LIVE).await.expect("is there").audit.created_by;
    let key = match road.family() {
        Family::Insert => {
            insert(road, on, vec![new(FRESH, "new")]).await.expect("inserts");
            let row = get(on, FRESH).await.expect("is there");
            assert_eq!((row.audit.created_by.as_str(), row.audit.updated_by), (actor, None), "{at}");
            return Cell::Held;
        }
        Family::Delete => return Cell::Not(DELETES),
        Family::Read => return Cell::Not(READS),
        Family::Upsert => {
            let rows = vec![new(FRESH, "new"), new(LIVE, "new")];
            upsert(road, on, rows, How::Given, (false, None)).await.expect("upserts");
            let row = get(on, FRESH).await.expect("is there");
            assert_eq!((row.audit.created_by.as_str(), row.audit.updated_by), (actor, None), "{at}");
            LIVE
        }
        Family::Update | Family::Mark => {
            let key = if matches!(road, Road::Restore | Road::RestoreWhere) { GONE } else { LIVE };
            change(road, on, &Ask::name([key], "new")).await.expect("changes");
            key
        }
    };
    let row = get(on, key).await.expect("is there");
    assert_eq!(row.audit.updated_by.as_deref(), Some(actor), "{at}");
    assert_eq!(row.audit.created_by, created_by, "{at}");
    Cell::Held
}

async fn not_glued<E: Executor + ?Sized>(road: Road, on: &E, at: &str) -> Cell {
    const KEYS: [(&str, &str); 2] = [("a", "bc"), ("ab", "c")];
    let rows = |name: &str| KEYS.iter().map(|key| new(*key, name)).collect::<Vec<_>>();
    if road.family() != Family::Insert {
        Item::insert_many(rows("old")).exec(on).await.expect("inserts");
    }
    let done = match road.family() {
        Family::Insert => insert(road, on, rows("new")).await,
        Family::Upsert => upsert(road, on, rows("new"), How::Given, (false, None)).await,
        Family::Update => update(road, on, &Ask::name(KEYS, "new")).await,
        Family::Mark => {
            if matches!(road, Road::Restore | Road::RestoreWhere) {
                mark(Road::Remove, on, &Ask::name(KEYS, "")).await.expect("removes");
            }
            mark(road, on, &Ask::name(KEYS, "")).await
        }
        Family::Delete => {
            if matches!(road, Road::Purge | Road::PurgeWhere) {
                mark(Road::Remove, on, &Ask::name(KEYS, "")).await.expect("removes");
            }
            delete(road, on, &Meant::keys(KEYS), Seen::Live).await
        }
        Family::Read => {
            for (area, code) in KEYS {
                Part::insert().area(area).code(code).exec(on).await.expect("inserts");
                if road == Road::Finder {
                    let slug = format!("{area}-{code}");
                    let update = Item::update((area.to_owned(), code.to_owned())).slug(slug);
                    update.exec(on).await.expect("updates");
                }
            }
            for key in KEYS {
                assert_eq!(read(road, on, key, Seen::Live).await.expect("reads").rows, 1, "{at}: {key:?}");
            }
            return Cell::Held;
        }
    };
    assert_eq!(done.expect("two rows").rows, 2, "{at}");
    for key in KEYS {
        let row = get(on, key).await;
        match road.family() {
            Family::Delete => assert_eq!(row, None, "{at}"),
            Family::Mark => assert!(row.expect("stays").revision.version > 1, "{at}"),
            _ => assert_eq!(row.expect("is there").name, "new", "{at}"),
        }
    }
    Cell::Held
}

async fn twice<E: Executor + ?Sized>(road: Road, on: &E, place: &Place, at: &str) -> Cell {
    if !is_batch(road) {
        return Cell::Not("one row at a time, or each row of a condition once");
    }
    let rows = vec![new(LIVE, "one"), new(FRESH, "two"), new(LIVE, "three")];
    let before = get(on, LIVE).await;
    let refused = match road.family() {
        Family::Insert => {
            assert_eq!(refusal(insert(road, on, rows[1..].to_vec()).await, at), "UniqueViolation", "{at}");
            None
        }
        Family::Upsert => Some(upsert(road, on, rows, How::Given, (false, None)).await),
        Family::Update => Some(update(road, on, &Ask::name([LIVE, FRESH, LIVE], "new")).await),
        Family::Delete => Some(delete(road, on, &Meant::keys([LIVE, FRESH, LIVE]), Seen::Live).await),
        Family::Mark | Family::Read => unreachable!("no batch"),
    };
    if let Some(refused) = refused {
        assert_eq!(refusal(refused, at), "2 area duplicate", "{at}");
    } else if place.aborts {
        return Cell::Held;
    }
    assert_eq!((get(on, LIVE).await, get(on, FRESH).await), (before, None), "{at}: nothing of it stays");
    Cell::Held
}

async fn null_keys<E: Executor + ?Sized>(road: Road, on: &E, at: &str) -> Cell {
    let keys = [("null", "1"), ("null", "2"), ("null", "3")];
    let rows = |name: &str| keys.iter().map(|key| New { slug: Some(None), ..new(*key, name) }).collect::<Vec<_>>();
    match road.family() {
        Family::Insert => {
            assert_eq!(insert(road, on, rows("new")).await.expect("inserts").rows, 3, "{at}");
            return Cell::Held;
        }
        Family::Upsert => {}
        Family::Update | Family::Mark | Family::Delete | Family::Read => {
            return Cell::Not("a primary key is never NULL");
        }
    }
    for keep in [None, Some(Keep::First), Some(Keep::Last)] {
        let done = upsert(road, on, rows("new"), How::Given, (true, keep)).await.expect("upserts");
        assert_eq!(done.rows, 3, "{at}: {keep:?}");
        assert_eq!(done.codes.unwrap_or(vec!["1".into(), "2".into(), "3".into()]), ["1", "2", "3"], "{at}: {keep:?}");
        let null = Item::delete_where(Item::area.eq("null")).exec(on).await.expect("deletes");
        assert_eq!(null, 3, "{at}: {keep:?}");
    }
    Cell::Held
}

async fn conflicts<E: Executor + ?Sized>(rule: Rule, road: Road, on: &E, at: &str) -> Cell {
    match road.family() {
        Family::Insert | Family::Update | Family::Mark | Family::Delete | Family::Read => {
            return Cell::Not(UPSERTS_ONLY);
        }
        Family::Upsert => {}
    }
    let row = |key: &(&str, &str)| New {
        price: Some(Decimal::new(5, 0)),
        origin: Some("there".to_owned()),
        ..new(*key, "new")
    };
    let take =
        async |keys: &[(&str, &str)], how| upsert(road, on, keys.iter().map(row).collect(), how, (false, None)).await;
    let (live, gone) = (get(on, LIVE).await.expect("is there"), get(on, GONE).await.expect("is there"));
    match rule {
        Rule::DoNothing => {
            assert_eq!(take(&[LIVE, GONE, FRESH], How::Nothing).await.expect("runs").rows, 1, "{at}");
            assert_eq!((get(on, LIVE).await, get(on, GONE).await), (Some(live), Some(gone)), "{at}");
            assert_eq!(get(on, FRESH).await.expect("is new").name, "new", "{at}");
        }
        Rule::OnlyWhatIsNamed => {
            assert_eq!(take(&[LIVE], How::Stock(9)).await.expect("runs").rows, 1, "{at}");
            let now = get(on, LIVE).await.expect("stays");
            assert_eq!((now.stock, now.name, now.price, now.slug), (9, live.name, live.price, live.slug), "{at}");
            let lacking = take(&[FRESH, LIVE], How::OnlySlug).await;
            assert_eq!(refusal(lacking, at), "0 slug required", "{at}");
        }
        Rule::GivenKeepsTheRest => {
            assert_eq!(take(&[LIVE], How::Given).await.expect("runs").rows, 1, "{at}");
            let now = get(on, LIVE).await.expect("stays");
            assert_eq!((now.name.as_str(), now.price), ("new", Decimal::new(5, 0)), "{at}");
            assert_eq!((now.slug, now.stock, now.origin), (live.slug, live.stock, live.origin), "{at}");
            assert_eq!(now.audit.created_at, live.audit.created_at, "{at}");
        }
        Rule::OverRemovedIsRefused => {
            if road == Road::UpsertRead {
                return Cell::Not("it has to say what happens to removed rows");
            }
            let refused = take(&[FRESH, GONE], How::Given).await;
            assert!(matches!(refused, Err(Error::Removed { table: "items" })), "{at}: {refused:?}");
            assert_eq!(get(on, GONE).await, Some(gone), "{at}");
            assert_eq!(get(on, FRESH).await.is_some(), !is_batch(road), "{at}: all or nothing");
        }
        Rule::ReviveRemoved => {
            assert_eq!(take(&[GONE, LIVE], How::Revive).await.expect("runs").rows, 2, "{at}");
            let now = get(on, GONE).await.expect("stays");
            assert_eq!((now.name.as_str(), now.removal.deactivated_at), ("new", None), "{at}");
        }
        Rule::KeepRemoved => {
            assert_eq!(take(&[GONE, LIVE], How::Keep).await.expect("runs").rows, 1, "{at}");
            assert_eq!(get(on, GONE).await, Some(gone), "{at}");
            assert_eq!(get(on, LIVE).await.expect("stays").name, "new", "{at}");
        }
        Rule::KeepOneOfTwo => {
            if !is_batch(road) {
                return Cell::Not("one row at a time");
            }
            for (keep, name) in [(Keep::First, "one"), (Keep::Last, "three")] {
                let rows = vec![new(LIVE, "one"), new(FRESH, "two"), new(LIVE, "three")];
                let done = upsert(road, on, rows, How::Given, (false, Some(keep))).await.expect("runs");
                assert_eq!(done.rows, 2, "{at}: {keep:?}");
                assert_eq!(get(on, LIVE).await.expect("stays").name, name, "{at}: {keep:?}");
            }
        }
        other => unreachable!("{other:?} is no rule of conflicts"),
    }
    Cell::Held
}

async fn order<E: Executor + ?Sized>(road: Road, on: &E, at: &str) -> Cell {
    let codes = ["3", "1", "4", "0", "2"];
    let keys: [(&str, &str); 5] = codes.map(|code| ("order", code));
    // Rows that set different columns, so that the batch takes several statements.
    let rows = |name: &str| {
        let row = |(nth, key): (usize, &(&str, &str))| New { stock: (nth % 2 == 0).then_some(3), ..new(*key, name) };
        keys.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    match road {
        Road::InsertMany | Road::InsertManyLarge | Road::InsertStream => return Cell::Not("it counts"),
        Road::UpsertMany | Road::UpdateMany | Road::UpdateManyPatches | Road::DeleteMany => {
            return Cell::Not("it counts");
        }
        road if !is_batch(road) => return Cell::Not("one row at a time, or in PostgreSQL's order"),
        _ => {}
    }
    if road.family() != Family::Insert {
        Item::insert_many(rows("old")).exec(on).await.expect("inserts");
    }
    let done = match road.family() {
        Family::Insert => insert(road, on, rows("new")).await,
        Family::Upsert => upsert(road, on, rows("new"), How::Given, (false, None)).await,
        Family::Update => update(road, on, &Ask::name(keys, "new")).await,
        Family::Delete => delete(road, on, &Meant::keys(keys), Seen::Live).await,
        Family::Mark | Family::Read => unreachable!("no batch"),
    };
    let done = done.expect("runs");
    assert_eq!(done.rows, 5, "{at}");
    assert_eq!(done.codes.expect("hands rows back"), codes, "{at}");
    Cell::Held
}
