//! Random joins of every kind, with random NULLs, removed rows, conditions, orders, limits and pages, each compared with SQL that is
//! written by hand. `SCHEMATA_SEED` is the first seed, `SCHEMATA_CASES` their number.

#![allow(
    clippy::cast_possible_truncation,
    clippy::format_collect,
    clippy::format_push_string,
    reason = "small numbers and texts"
)]
#![expect(dead_code, reason = "some columns are only read by PostgreSQL")]

use schemata::RawSql;
use schemata::prelude::*;
use schemata::query::{FirstRow, Models, Order, ProjectionOf, ReadBy, Select, Tables, Unlisted, count, position, with};
use schemata::testing::TestDatabase;
use schemata_tests::dice::Dice;

#[derive(Debug, Clone, TableModel)]
#[table(name = "shelves")]
struct Shelf {
    #[column(primary_key)]
    id: i32,
    size: Option<i32>,
    #[column(flatten)]
    removal: SoftDelete,
}

#[derive(Debug, Clone, TableModel)]
#[table(name = "items")]
struct Item {
    #[column(primary_key)]
    id: i32,
    #[column(references = Shelf::id)]
    shelf_id: Option<i32>,
    weight: i32,
    #[column(flatten)]
    removal: SoftDelete,
}

#[derive(Debug, Clone, TableModel)]
#[table(name = "labels")]
struct Label {
    #[column(primary_key)]
    id: i32,
    #[column(references = Item::id)]
    item_id: Option<i32>,
    rank: Option<i32>,
}

/// A row of any of the joins.
#[derive(Debug, Clone, PartialEq, PartialOrd, Projection)]
#[projection(of = (Shelf, Item, Label))]
struct Row {
    #[projection(column = Shelf::id)]
    shelf: Option<i32>,
    size: Option<i32>,
    #[projection(column = Item::id)]
    item: Option<i32>,
    #[projection(column = Item::weight)]
    weight: Option<i32>,
    #[projection(expr = Item::weight + Shelf::size, reads = (Item, Shelf))]
    sum: Option<i32>,
    #[projection(column = Label::id)]
    label: Option<i32>,
}

/// The columns of a [`Row`] as a table.
#[derive(Debug, Clone, PartialEq, PartialOrd, Projection)]
#[projection(source)]
struct Joined {
    shelf: Option<i32>,
    size: Option<i32>,
    item: Option<i32>,
    weight: Option<i32>,
    sum: Option<i32>,
    label: Option<i32>,
}

#[derive(Debug, Projection)]
#[projection(of = Item)]
struct ItemBrief {
    weight: i32,
}

#[derive(Debug, Projection)]
#[projection(of = (Label, Item))]
struct Nested {
    #[projection(nested)]
    item: Option<ItemBrief>,
    rank: Option<i32>,
}

const LIST: &str =
    "shelf.id AS shelf, shelf.size, item.id AS item, item.weight, item.weight + shelf.size AS sum, label.id AS label";

/// The order that ends every other one, so that no rows tie.
const LAST: &str = "shelf.id, item.id, label.id";

async fn filled(dice: &mut Dice) -> (TestDatabase, Db) {
    let database = schemata_tests::fresh_database().await;
    let db = Db::connect(database.url()).await.expect("connects");
    let mut sql = String::from(
        "CREATE TABLE shelves (id integer PRIMARY KEY, size integer, deactivated_at timestamptz);
         CREATE TABLE items (id integer PRIMARY KEY, shelf_id integer REFERENCES shelves, weight integer NOT NULL,
             deactivated_at timestamptz);
         CREATE TABLE labels (id integer PRIMARY KEY, item_id integer REFERENCES items, rank integer);\n",
    );
    let number = |dice: &mut Dice, sides: u64| {
        if dice.once_in(4) { "NULL".to_owned() } else { (dice.roll(sides) + 1).to_string() }
    };
    let removed = |dice: &mut Dice| if dice.once_in(4) { "now()" } else { "NULL" };
    for id in 1..=8 {
        sql += &format!("INSERT INTO shelves VALUES ({id}, {}, {});\n", number(dice, 4), removed(dice));
    }
    for id in 1..=14 {
        let (shelf, weight) = (number(dice, 8), dice.roll(4));
        sql += &format!("INSERT INTO items VALUES ({id}, {shelf}, {weight}, {});\n", removed(dice));
    }
    for id in 1..=12 {
        sql += &format!("INSERT INTO labels VALUES ({id}, {}, {});\n", number(dice, 14), number(dice, 3));
    }
    let (client, connection) = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await.expect("connects");
    let connection = tokio::spawn(connection);
    client.batch_execute(&sql).await.expect("fills the tables");
    drop(client);
    connection.await.expect("ends").expect("without an error");
    (database, db)
}

/// A condition, and the same as SQL.
type Pair<S> = (Condition<S>, String);

fn heavier(than: i32) -> Condition<Item> {
    Item::weight.gt(than)
}

fn heavier_items(than: i32) -> Select<Item, i32> {
    Item::select().filter(heavier(than)).columns(Item::id)
}

fn leaf<S, I, J, K>(dice: &mut Dice) -> Pair<S>
where
    Shelf: ReadBy<S, I>,
    Item: ReadBy<S, J>,
    Label: ReadBy<S, K>,
{
    let (n, m) = (i32::try_from(dice.roll(5)).expect("small"), i32::try_from(dice.roll(5)).expect("small"));
    match dice.roll(12) {
        0 => (Shelf::size.eq(n), format!("shelf.size = {n}")),
        1 => (Item::weight.lt(Shelf::size), "item.weight < shelf.size".into()),
        2 => (Label::item_id.is_null(), "label.item_id IS NULL".into()),
        3 => (Item::weight.is_distinct_from(Some(n)), format!("item.weight IS DISTINCT FROM {n}")),
        4 => ((Item::weight + Shelf::size).gt(n), format!("item.weight + shelf.size > {n}")),
        5 => (Label::rank.is_in([n, m]), format!("label.rank IN ({n}, {m})")),
        6 => (Item::shelf_id.is_not_null(), "item.shelf_id IS NOT NULL".into()),
        7 => (Shelf::size.between(n, m), format!("shelf.size BETWEEN {n} AND {m}")),
        8 => (
            Item::SHELF_ID_FKEY.child_exists(heavier(n)),
            format!(
                "EXISTS (SELECT FROM items i WHERE i.shelf_id = shelf.id AND i.weight > {n} AND i.deactivated_at IS NULL)"
            ),
        ),
        9 => (
            Label::ITEM_ID_FKEY.parent_exists(!heavier(n)),
            format!(
                "EXISTS (SELECT FROM items i WHERE i.id = label.item_id AND NOT (i.weight > {n}) AND i.deactivated_at IS NULL)"
            ),
        ),
        10 => (
            Label::item_id.not_in_select(heavier_items(n)),
            format!("label.item_id NOT IN (SELECT id FROM items WHERE weight > {n} AND deactivated_at IS NULL)"),
        ),
        _ => (Shelf::id.ne(Label::item_id), "shelf.id <> label.item_id".into()),
    }
}

fn condition<S, I, J, K>(dice: &mut Dice, depth: u32) -> Pair<S>
where
    Shelf: ReadBy<S, I>,
    Item: ReadBy<S, J>,
    Label: ReadBy<S, K>,
{
    if depth == 0 || dice.once_in(3) {
        return leaf(dice);
    }
    let ((one, sql), (other, other_sql)) = (condition(dice, depth - 1), condition(dice, depth - 1));
    match dice.roll(3) {
        0 => (one.and(other), format!("(({sql}) AND ({other_sql}))")),
        1 => (one.or(other), format!("(({sql}) OR ({other_sql}))")),
        _ => (!one, format!("NOT ({sql})")),
    }
}

fn key<S, I, J, K>(dice: &mut Dice) -> (Order<S>, String)
where
    Shelf: ReadBy<S, I>,
    Item: ReadBy<S, J>,
    Label: ReadBy<S, K>,
{
    let descends = dice.once_in(2);
    macro_rules! by {
        ($expr:expr, $sql:literal) => {
            (if descends { $expr.desc() } else { $expr.asc() }, $sql)
        };
    }
    let (order, sql) = match dice.roll(5) {
        0 => by!(Shelf::size, "shelf.size"),
        1 => by!(Item::weight, "item.weight"),
        2 => by!(Label::rank, "label.rank"),
        3 => by!(Item::weight * 2 - Shelf::size, "item.weight * 2 - shelf.size"),
        _ => by!(Item::id, "item.id"),
    };
    let sql = format!("{sql} {}", if descends { "DESC" } else { "ASC" });
    match dice.roll(3) {
        0 => (order.nulls_first(), sql + " NULLS FIRST"),
        1 => (order.nulls_last(), sql + " NULLS LAST"),
        _ => (order, sql),
    }
}

/// The ids of a row of models.
trait Ids {
    fn ids(&self) -> [Option<i32>; 3];
}

trait Id {
    fn id(&self) -> Option<i32>;
}

macro_rules! id {
    ($($model:ident)*) => {$(
        impl Id for $model {
            fn id(&self) -> Option<i32> {
                Some(self.id)
            }
        }
    )*};
}

id! { Shelf Item Label }

impl<M: Id> Id for Option<M> {
    fn id(&self) -> Option<i32> {
        self.as_ref().and_then(Id::id)
    }
}

impl<A: Id, B: Id, C: Id> Ids for (A, B, C) {
    fn ids(&self) -> [Option<i32>; 3] {
        [self.0.id(), self.1.id(), self.2.id()]
    }
}

/// The rows of a table as the query sees them.
fn visible(table: &str, removed: &str) -> String {
    match removed {
        "hidden" => format!("(SELECT * FROM {table} WHERE deactivated_at IS NULL)"),
        "only" => format!("(SELECT * FROM {table} WHERE deactivated_at IS NOT NULL)"),
        _ => table.to_owned(),
    }
}

async fn plain<T: schemata::FromRow + Send>(db: &Db, sql: String, seed: u64) -> Vec<T> {
    let shown = sql.clone();
    let rows = db.query_as::<T>(RawSql::trusted(sql), &[]).fetch().await;
    rows.unwrap_or_else(|error| panic!("seed {seed}: {error:?}\n{shown}"))
}

/// Compares everything that can be asked of a join with plain SQL.
async fn prove<S, T, I, J, K, P, Q>(db: &Db, seed: u64, mut dice: Dice, base: Select<S, T>, kinds: [&str; 2])
where
    S: Tables + Models<Rows: Ids + Send> + 'static,
    T: Unlisted<FirstRow<S>> + Send + 'static,
    Shelf: ReadBy<S, I>,
    Item: ReadBy<S, J>,
    Label: ReadBy<S, K>,
    Row: ProjectionOf<S, P>,
    Nested: ProjectionOf<S, Q>,
{
    let dice = &mut dice;
    let removed = dice.pick(&["hidden", "hidden", "only", "shown"]);
    let base = match removed {
        "only" => base.only_deleted(),
        "shown" => base.with_deleted(),
        _ => base,
    };
    let (filter, filter_sql) = condition(dice, 2);
    let orders: Vec<(Order<S>, String)> = (0..dice.roll(3)).map(|_| key(dice)).collect();
    let by: String = orders.iter().map(|(_, sql)| format!("{sql}, ")).collect::<String>() + LAST;
    let orders = orders.into_iter().map(|(order, _)| order).collect::<Vec<_>>();
    let last = (Shelf::id.asc(), Item::id.asc(), Label::id.asc());
    let query = base.filter(filter).order_by(orders).order_by(last);
    let joined = visible("items", if removed == "shown" { "shown" } else { "hidden" });
    let from = format!(
        "FROM {} shelf {} {joined} item ON item.shelf_id = shelf.id {} labels label ON label.item_id = item.id WHERE {filter_sql}",
        visible("shelves", removed),
        kinds[0],
        kinds[1],
    );
    let expected: Vec<Row> = plain(db, format!("SELECT {LIST} {from} ORDER BY {by}"), seed).await;
    let rows = query.clone().project::<Row>();
    let found = rows.clone().fetch(db).await.unwrap_or_else(|error| panic!("seed {seed}: {error:?}"));
    assert_eq!(found, expected, "seed {seed}: {from}");

    let (limit, offset) = (dice.roll(6), dice.roll(6));
    let part = rows.clone().limit(limit).offset(offset);
    let some: Vec<Row> = expected.iter().skip(offset as usize).take(limit as usize).cloned().collect();
    assert_eq!(part.clone().fetch(db).await.expect("reads"), some, "seed {seed}: {from}");
    let number = i64::try_from(expected.len()).expect("few");
    assert_eq!(query.clone().count(db).await.expect("counts"), number, "seed {seed}: {from}");
    assert_eq!(query.clone().exists(db).await.expect("asks"), number > 0, "seed {seed}: {from}");
    let models = query.clone().models().fetch(db).await.expect("reads models");
    let ids: Vec<_> = expected.iter().map(|row| [row.shelf, row.item, row.label]).collect();
    assert_eq!(models.iter().map(Ids::ids).collect::<Vec<_>>(), ids, "seed {seed}: {from}");
    let nested = query.clone().project::<Nested>().fetch(db).await.expect("reads nested projections");
    let weights: Vec<_> = nested.iter().map(|row| row.item.as_ref().map(|item| item.weight)).collect();
    assert_eq!(weights, expected.iter().map(|row| row.weight).collect::<Vec<_>>(), "seed {seed}: {from}");

    let size = u32::try_from(1 + dice.roll(7)).expect("small");
    let (mut paged, mut cursor) = (Vec::new(), None);
    loop {
        let page = rows.clone().page(size).after_opt(cursor).fetch(db).await.expect("reads a page");
        paged.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, expected, "seed {seed}, {size} rows a page: {from}");
    derived(db, seed, dice, &from, rows, part).await;
}

/// Reads the join as a derived table and as a common table expression, and combines it with itself.
async fn derived<S: Tables + 'static>(
    db: &Db,
    seed: u64,
    dice: &mut Dice,
    from: &str,
    rows: Select<S, Row>,
    part: Select<S, Row>,
) {
    let n = i32::try_from(dice.roll(4)).expect("small");
    let order = (Joined::shelf.asc(), Joined::item.asc(), Joined::label.asc());
    let list = "shelf, size, item, weight, sum, label";
    let table = format!("(SELECT {LIST} {from}) joined");
    let heavy = Joined::from_query(rows.clone()).filter(Joined::weight.ge(n)).order_by(order.clone());
    let by = "ORDER BY shelf, item, label";
    let expected: Vec<Joined> = plain(db, format!("SELECT {list} FROM {table} WHERE weight >= {n} {by}"), seed).await;
    assert_eq!(heavy.fetch(db).await.expect("reads a derived table"), expected, "seed {seed}: {from}");

    let sizes = with::<Joined>(rows.clone())
        .read(Joined::select().left_join_on::<Shelf>(Shelf::id.eq(Joined::size)))
        .group_by(Shelf::size)
        .aggregate((count(), Joined::weight.sum()))
        .order_by(Shelf::size.asc());
    let sizes: Vec<(Option<i32>, i64, Option<i64>)> =
        sizes.map(|(size, (rows, sum))| (size, rows, sum)).fetch(db).await.expect("reads groups");
    let grouped = format!(
        "SELECT s.size, count(*), sum(weight) FROM {table}
         LEFT JOIN shelves s ON s.id = joined.size AND s.deactivated_at IS NULL GROUP BY 1 ORDER BY 1"
    );
    assert_eq!(sizes, plain::<(Option<i32>, i64, Option<i64>)>(db, grouped, seed).await, "seed {seed}: {from}");

    let (word, both) = match dice.roll(4) {
        0 => ("UNION", rows.clone().union(part.clone())),
        1 => ("UNION ALL", rows.clone().union_all(part.clone())),
        2 => ("INTERSECT", rows.clone().intersect(part.clone())),
        _ => ("EXCEPT", rows.clone().except(part.clone())),
    };
    let some = part.fetch(db).await.expect("reads");
    let both = both.order_by((position(1).asc(), position(3).asc(), position(6).asc()));
    let mut expected = rows.fetch(db).await.expect("reads");
    match word {
        "UNION ALL" => expected.extend(some),
        "INTERSECT" => expected.retain(|row| some.contains(row)),
        "EXCEPT" => expected.retain(|row| !some.contains(row)),
        _ => {}
    }
    // NULLs sort last.
    expected.sort_by_key(|row| [row.shelf, row.item, row.label].map(|id| id.unwrap_or(i32::MAX)));
    assert_eq!(both.fetch(db).await.expect("combines"), expected, "seed {seed}, {word}: {from}");
}

macro_rules! all_kinds {
    ($db:expr, $seed:expr, $dice:expr; $($first:ident $first_sql:literal)*) => {
        match $dice.roll(4) {
            0 => all_kinds!(@second $db, $seed, $dice, "JOIN"; $($first $first_sql)*; join),
            1 => all_kinds!(@second $db, $seed, $dice, "LEFT JOIN"; $($first $first_sql)*; left_join),
            2 => all_kinds!(@second $db, $seed, $dice, "RIGHT JOIN"; $($first $first_sql)*; right_join),
            _ => all_kinds!(@second $db, $seed, $dice, "FULL JOIN"; $($first $first_sql)*; full_join),
        }
    };
    (@second $db:expr, $seed:expr, $dice:expr, $second_sql:literal; $($first:ident $first_sql:literal)*; $second:ident) => {{
        let kind = $dice.roll(4);
        let mut nth = 0;
        $(
            if kind == nth {
                let base = Shelf::select().$first(Item::SHELF_ID_FKEY).$second(Label::ITEM_ID_FKEY);
                Box::pin(prove($db, $seed, $dice.clone(), base, [$first_sql, $second_sql])).await;
            }
            nth += 1;
        )*
        let _ = nth;
    }};
}

#[tokio::test]
async fn every_join_returns_what_plain_sql_returns() {
    let of = |name: &str| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let (first, cases) = (of("SCHEMATA_SEED").unwrap_or(0), of("SCHEMATA_CASES").unwrap_or(160));
    let mut database = None;
    for seed in first..first + cases {
        let mut dice = Dice::new(seed);
        if seed % 24 == 0 || database.is_none() {
            database = Some(filled(&mut Dice::new(seed / 24)).await);
        }
        let (_, db) = database.as_ref().expect("just made");
        all_kinds!(db, seed, dice; join "JOIN" left_join "LEFT JOIN" right_join "RIGHT JOIN" full_join "FULL JOIN");
    }
}
