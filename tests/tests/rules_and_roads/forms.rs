//! Two rules with tables of their own: a key with several forms (1 and 1.0 are one number), and a unique key in which NULL
//! equals NULL.

use futures_util::{StreamExt as _, stream};
use rust_decimal::Decimal;
use schemata::model::{Insert, Keep, Write, with_write};
use schemata::{Executor, Projection, Result, TableModel};

use crate::models::{Slot, Weight};
use crate::roads::{Done, Family, Road, Yields};
use crate::rules::{Cell, Place, refusal};

/// Hits that a write in WITH returns.
#[derive(Projection)]
#[projection(source)]
struct Hits {
    hits: i32,
}

/// A weight with all that an insert needs.
type Ready = <Weight as TableModel>::Ready<Insert>;

impl Yields for Weight {
    fn done(self) -> Done {
        1_u64.done()
    }
}

impl Yields for Vec<Weight> {
    fn done(self) -> Done {
        (self.len() as u64).done()
    }
}

impl Yields for Vec<i32> {
    fn done(self) -> Done {
        (self.len() as u64).done()
    }
}

/// The forms 1 and 1.00.
fn forms() -> [Decimal; 2] {
    [Decimal::ONE, Decimal::new(100, 2)]
}

#[expect(clippy::too_many_lines, reason = "one arm for each road")]
pub(crate) async fn one_key<E: Executor + ?Sized>(road: Road, on: &E, place: &Place, at: &str) -> Cell {
    let row = |grams, hits| Weight::insert().grams(grams).hits(hits);
    let [one, same] = forms();
    let pair = || [row(one, 1), row(same, 2)];
    match road {
        Road::Touch
        | Road::Remove
        | Road::RemoveWhere
        | Road::Restore
        | Road::RestoreWhere
        | Road::Purge
        | Road::PurgeWhere => {
            return Cell::Not("weights are never removed");
        }
        Road::Children | Road::Parents | Road::ChildExists | Road::ParentExists | Road::InSelect => {
            return Cell::Not("no table refers to weights");
        }
        _ => {}
    }
    row(Decimal::TWO, 0).exec(on).await.expect("inserts");
    if road.family() != Family::Insert {
        row(one, 0).exec(on).await.expect("inserts");
    }
    let hits = async || Weight::find(on, one).await.expect("reads").map(|row| row.hits);
    let update = |grams, hits| Weight::update(grams).hits(hits);
    let refused: Result<Done> = match road {
        Road::Insert | Road::InsertReturning => {
            row(one, 1).exec(on).await.expect("inserts");
            row(same, 2).exec(on).await.map(Yields::done)
        }
        Road::InsertRead => {
            let query =
                |row: Ready| with_write::<Hits>(row.returning(Weight::hits)).read(Hits::select().columns(Hits::hits));
            query(row(one, 1)).fetch(on).await.expect("inserts");
            query(row(same, 2)).fetch(on).await.map(Yields::done)
        }
        Road::InsertMany => Weight::insert_many(pair()).exec(on).await.map(Yields::done),
        Road::InsertManyLarge => {
            let many = (10..5_010).map(|n| row(Decimal::from(n), 0));
            Weight::insert_many(pair().into_iter().chain(many)).exec(on).await.map(Yields::done)
        }
        Road::InsertStream => Weight::insert_stream(stream::iter(pair()).map(Ok)).exec(on).await.map(Yields::done),
        Road::InsertManyFetch => Weight::insert_many(pair()).fetch(on).await.map(Yields::done),
        Road::InsertManyReturning => {
            Weight::insert_many(pair()).returning(Weight::hits).exec(on).await.map(Yields::done)
        }
        Road::Upsert | Road::UpsertReturning => {
            let upsert = row(same, 2).on_conflict(Weight::primary_key()).update_given();
            upsert.returning(Weight::hits).exec(on).await.expect("updates");
            assert_eq!(hits().await, Some(2), "{at}");
            return Cell::Held;
        }
        Road::UpsertRead => {
            let upsert = row(same, 2).on_conflict(Weight::primary_key()).update_given().returning(Weight::hits);
            let found = with_write::<Hits>(upsert).read(Hits::select().columns(Hits::hits)).fetch(on).await;
            assert_eq!((found.expect("updates"), hits().await), (vec![2], Some(2)), "{at}");
            return Cell::Held;
        }
        Road::UpsertMany => {
            Weight::upsert_many(pair(), Weight::primary_key()).update_given().exec(on).await.map(Yields::done)
        }
        Road::UpsertManyFetch => {
            Weight::upsert_many(pair(), Weight::primary_key()).update_given().fetch(on).await.map(Yields::done)
        }
        Road::UpsertManyReturning => {
            let upsert = Weight::upsert_many(pair(), Weight::primary_key()).update_given();
            upsert.returning(Weight::hits).exec(on).await.map(Yields::done)
        }
        Road::Update | Road::UpdatePatch | Road::UpdateReturning => {
            update(same, 5).exec(on).await.expect("updates");
            assert_eq!(hits().await, Some(5), "{at}");
            return Cell::Held;
        }
        Road::UpdateWhere | Road::UpdateWhereFetch | Road::UpdateWhereReturning | Road::UpdateWhereRead => {
            let done = Weight::update_where(Weight::grams.is_in([same])).hits(5).exec(on).await;
            assert_eq!((done.expect("updates"), hits().await), (1, Some(5)), "{at}");
            return Cell::Held;
        }
        Road::UpdateMany | Road::UpdateManyPatches => {
            Weight::update_many([update(one, 1), update(same, 2)]).exec(on).await.map(Yields::done)
        }
        Road::UpdateManyFetch => {
            Weight::update_many([update(one, 1), update(same, 2)]).fetch(on).await.map(Yields::done)
        }
        Road::UpdateManyReturning => {
            let update = Weight::update_many([update(one, 1), update(same, 2)]);
            update.returning(Weight::hits).exec(on).await.map(Yields::done)
        }
        Road::Delete => {
            assert!(Weight::delete(on, same).await.expect("deletes"), "{at}");
            assert_eq!(hits().await, None, "{at}");
            return Cell::Held;
        }
        Road::DeleteWhere | Road::DeleteWhereFetch | Road::DeleteWhereReturning | Road::DeleteWhereRead => {
            assert_eq!(Weight::delete_where(Weight::grams.eq(same)).exec(on).await.expect("deletes"), 1, "{at}");
            return Cell::Held;
        }
        Road::DeleteMany => Weight::delete_many(forms()).exec(on).await.map(Yields::done),
        Road::DeleteManyFetch => Weight::delete_many(forms()).fetch(on).await.map(Yields::done),
        Road::DeleteManyReturning => {
            Weight::delete_many(forms()).returning(Weight::hits).exec(on).await.map(Yields::done)
        }
        Road::Find | Road::Get | Road::Finder => {
            assert!(Weight::find(on, same).await.expect("reads").is_some(), "{at}");
            return Cell::Held;
        }
        Road::Fetch
        | Road::FetchOptional
        | Road::FetchOne
        | Road::Count
        | Road::Exists
        | Road::Aggregate
        | Road::Columns
        | Road::Page
        | Road::Stream => {
            assert_eq!(Weight::select().filter(Weight::grams.eq(same)).count(on).await.expect("counts"), 1, "{at}");
            return Cell::Held;
        }
        other => unreachable!("{other:?} has no cell"),
    };
    let by_constraint = road.family() == Family::Insert;
    let expected = if by_constraint { "UniqueViolation" } else { "1 grams duplicate" };
    assert_eq!(refusal(refused, at), expected, "{at}");
    if !(by_constraint && place.aborts) {
        let first_stays = matches!(road, Road::Insert | Road::InsertReturning | Road::InsertRead);
        let before = if by_constraint { first_stays.then_some(1) } else { Some(0) };
        assert_eq!(hits().await, before, "{at}: nothing of it stays");
    }
    Cell::Held
}

pub(crate) async fn nulls_not_distinct<E: Executor + ?Sized>(road: Road, on: &E, place: &Place, at: &str) -> Cell {
    match road.family() {
        Family::Upsert => {}
        Family::Insert => return Cell::Not("an insert meets the constraint, as any other"),
        Family::Update | Family::Mark | Family::Delete | Family::Read => {
            return Cell::Not("a primary key is never NULL");
        }
    }
    if !place.has_slots {
        return Cell::Not("PostgreSQL 15 brought it");
    }
    let slot =
        |id: i32, house: i32, amount: i32| Slot::insert().id(id).house(house).room(None::<String>).amount(amount);
    slot(1, 1, 1).exec(on).await.expect("inserts");
    let stored = async || {
        let rows = Slot::select().order_by(Slot::id.asc()).columns((Slot::id, Slot::amount)).fetch(on).await;
        rows.expect("reads")
    };
    if matches!(road, Road::Upsert | Road::UpsertReturning | Road::UpsertRead) {
        let upsert = slot(2, 1, 5).on_conflict(Slot::by_house_and_room).update_only(Slot::amount);
        assert_eq!(upsert.returning(Slot::id).exec(on).await.expect("finds it by NULL"), 1, "{at}");
        assert_eq!(stored().await, [(1, 5)], "{at}");
        return Cell::Held;
    }
    let pair = || [slot(2, 2, 6), slot(3, 1, 5), slot(4, 2, 7)];
    let upsert = |rows: Vec<_>| Slot::upsert_many(rows, Slot::by_house_and_room).update_only(Slot::amount);
    let other = Slot::insert().id(5).house(1).room(String::new()).amount(8);
    assert_eq!(upsert(vec![other, slot(6, 1, 1)]).exec(on).await.expect("NULL is no empty text"), 2, "{at}");
    Slot::delete(on, 5).await.expect("deletes");
    let refused = refusal(upsert(pair().into()).exec(on).await.map(Yields::done), at);
    assert_eq!(refused, "2 house duplicate", "{at}: two rows of one key");
    assert_eq!(stored().await, [(1, 1)], "{at}");
    for (keep, amount, id) in [(Keep::First, 6, 2), (Keep::Last, 7, 4)] {
        let upsert = upsert(pair().into()).on_duplicate(keep);
        let handed_back = match road {
            Road::UpsertMany => upsert.exec(on).await.map(|_| None),
            Road::UpsertManyFetch => {
                upsert.fetch(on).await.map(|rows| Some(rows.iter().map(|row| (row.id, row.amount)).collect::<Vec<_>>()))
            }
            _ => upsert.returning((Slot::id, Slot::amount)).exec(on).await.map(Some),
        };
        let expected = if keep == Keep::First { vec![(2, 6), (1, 5)] } else { vec![(1, 5), (4, 7)] };
        let handed_back = handed_back.expect("upserts").unwrap_or_else(|| expected.clone());
        assert_eq!(handed_back, expected, "{at}: in the order of the batch, {keep:?}");
        assert_eq!(stored().await, [(1, 5), (id, amount)], "{at}: {keep:?}");
        Slot::delete(on, id).await.expect("deletes");
    }
    Cell::Held
}

pub(crate) async fn clear_slots<E: Executor + ?Sized>(on: &E) -> Result<()> {
    Slot::delete_where(Slot::all_rows()).exec(on).await.map(drop)
}
