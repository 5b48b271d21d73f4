//! What every type goes through: each way to write it, to compare it, to sort by it and to read it back.
//!
//! A row has the value alone, nullable, in an array, and in an array with NULLs. After each way of writing, the rows are read back
//! as Rust values, and the database's text of every value is compared with what PostgreSQL makes of the literal.

use schemata::migrate::{MigrationEntry, MigrationSet, Migrator};
use schemata::testing::TestDatabase;
use schemata::{Db, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use tokio_postgres::Client;

/// The number of rows that a batch sends in one statement, and that from which on it copies them.
pub(crate) const UNNESTED: i32 = 150;
pub(crate) const COPIED: i32 = 5_050;

/// A database with the table `cells` for one type, and what PostgreSQL makes of the type's literals.
pub(crate) struct Bench {
    _database: TestDatabase,
    pub(crate) client: Client,
    pub(crate) db: Db,
    pub(crate) name: &'static str,
    /// The texts of each value, and of the arrays that begin with it.
    values: Vec<String>,
    lists: Vec<String>,
    holes: Vec<String>,
}

/// Returns whether the server has these extensions, and is at least of this major version.
pub(crate) async fn has(extensions: &[&str], majors: &[i32]) -> bool {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    let has = "SELECT $1 <@ ARRAY(SELECT name::text FROM pg_available_extensions)
        AND $2 <= current_setting('server_version_num')::int4 / 10000";
    let least = majors.first().copied().unwrap_or_default();
    client.query_one(has, &[&extensions, &least]).await.expect("asks the server").get(0)
}

fn quoted(literal: &str) -> String {
    format!("'{}'", literal.replace('\'', "''"))
}

impl Bench {
    /// Runs the migration, and asks for the texts. `sql` is the type; `literals` are the values as PostgreSQL prints them.
    pub(crate) async fn start(
        name: &'static str,
        sql: &str,
        literals: &[&str],
        extensions: &[&str],
        entry: MigrationEntry,
    ) -> Self {
        let database = fresh_database().await;
        let client = connect(database.url()).await;
        for extension in extensions {
            client.batch_execute(&format!("CREATE EXTENSION {extension}")).await.expect("the extension is installed");
        }
        Migrator::new(MigrationSet::new([entry]).expect("one")).run(database.url()).await.unwrap_or_else(|error| {
            panic!("{name}: {error:?}");
        });
        let db = Db::connect(database.url()).await.expect("connects");
        let (mut values, mut lists, mut holes) = (Vec::new(), Vec::new(), Vec::new());
        for (at, literal) in literals.iter().enumerate() {
            let (one, next) = (quoted(literal), quoted(literals[(at + 1) % literals.len()]));
            let query = format!(
                "SELECT {one}::{sql}::text, ARRAY[{one}::{sql}, {next}::{sql}]::text, ARRAY[NULL, {one}::{sql}]::text"
            );
            let row = client.query_one(&query, &[]).await.expect("literals of the type");
            values.push(row.get(0));
            lists.push(row.get(1));
            holes.push(row.get(2));
            assert_eq!(values[at], *literal, "{name}: the literal is not as PostgreSQL prints it");
        }
        Self { _database: database, client, db, name, values, lists, holes }
    }

    /// Returns the texts of a row that begins with the value at this place: value, nullable value, array, array with NULLs.
    fn expected(&self, at: usize) -> [Option<String>; 4] {
        let count = self.values.len();
        [
            Some(self.values[at % count].clone()),
            (!at.is_multiple_of(3)).then(|| self.values[(at + 1) % count].clone()),
            Some(if at % 4 == 3 { "{}".to_owned() } else { self.lists[at % count].clone() }),
            (!at.is_multiple_of(5)).then(|| self.holes[at % count].clone()),
        ]
    }

    /// Compares the database's texts of all rows; the row with a number has the values of the place `place(number)`.
    pub(crate) async fn compare(&self, road: &str, rows: i32, place: impl Fn(i32) -> usize) {
        let query = "SELECT id, value::text, maybe::text, list::text, holes::text FROM cells ORDER BY id";
        let found = self.client.query(query, &[]).await.expect("reads texts");
        assert_eq!(found.len(), usize::try_from(rows).expect("a number of rows"), "{}: {road}", self.name);
        for row in found {
            let id: i32 = row.get(0);
            let texts: [Option<String>; 4] = [row.get(1), row.get(2), row.get(3), row.get(4)];
            assert_eq!(texts, self.expected(place(id)), "{}: {road}, row {id}", self.name);
        }
    }

    pub(crate) async fn clear(&self) {
        self.client.batch_execute("TRUNCATE cells").await.expect("empties the table");
    }

    /// Returns the numbers that a query of the client returns.
    pub(crate) async fn ids(&self, query: &str) -> Vec<i32> {
        let rows =
            self.client.query(query, &[]).await.unwrap_or_else(|error| panic!("{}: {query}: {error:?}", self.name));
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Returns a literal of the value at this place.
    pub(crate) fn literal(&self, at: usize, sql: &str) -> String {
        format!("{}::{sql}", quoted(&self.values[at]))
    }

    /// Returns the text that a query of the client returns.
    pub(crate) async fn text(&self, query: &str) -> Option<String> {
        self.client.query_one(query, &[]).await.expect("reads a text").get(0)
    }

    /// Returns the place of a text among the values.
    pub(crate) fn place(&self, text: &str) -> usize {
        self.values.iter().position(|value| value == text).expect("one of the values")
    }
}

/// Reads all pages of a query; each has as many rows.
pub(crate) async fn pages<M: TableModel + Clone + std::fmt::Debug>(
    db: &Db,
    query: impl Fn() -> schemata::query::Select<M, M>,
) -> Vec<M> {
    let (mut all, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let page = query().page(7).after_opt(cursor).fetch(db).await.expect("reads a page");
        all.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

/// Declares a test of one type: `name: Type, "sql type", level, [(value, "text"), …]`.
///
/// The level says what PostgreSQL can do: `plain` compares nothing, `equality` has `=`, `order` sorts, `extremes` has `min` and
/// `max` too. `after "sql"` runs SQL before the tables are created; `with ["extension"]` creates extensions.
macro_rules! matrix {
    ($($name:ident: $ty:ty, $sql:literal, $level:ident
        $(, after $before:literal)? $(, with [$($extension:literal),*])? $(, where_installed [$($optional:literal),*])?
        $(, since $major:literal)?, [$($value:expr => $text:literal),+ $(,)?];)+) => {$(
        mod $name {
            #[allow(unused_imports, reason = "each type uses some")]
            use super::*;

            type Value = $ty;

            #[derive(Debug, Clone, PartialEq, schemata::TableModel)]
            #[table(name = "cells")]
            struct Cell {
                #[column(primary_key)]
                id: i32,
                value: Value,
                maybe: Option<Value>,
                list: Vec<Value>,
                holes: Option<Vec<Option<Value>>>,
            }

            async fn make(m: &mut schemata::migrate::Migration<'_>) -> schemata::migrate::MigrationResult {
                $(m.execute($before).await?;)?
                m.bootstrap(schemata::tables![Cell]).await
            }

            fn values() -> Vec<Value> {
                vec![$($value),+]
            }

            fn cell(id: i32, at: usize) -> Cell {
                let values = values();
                let (value, next) = (values[at % values.len()].clone(), values[(at + 1) % values.len()].clone());
                Cell {
                    id,
                    maybe: (!at.is_multiple_of(3)).then(|| next.clone()),
                    list: if at % 4 == 3 { Vec::new() } else { vec![value.clone(), next] },
                    holes: (!at.is_multiple_of(5)).then(|| vec![None, Some(value.clone())]),
                    value,
                }
            }

            fn insert(id: i32, at: usize) -> impl schemata::model::Insertable<Model = Cell> {
                let cell = cell(id, at);
                Cell::insert().id(id).value(cell.value).maybe(cell.maybe).list(cell.list).holes(cell.holes)
            }

            fn place(id: i32) -> usize {
                usize::try_from(id).expect("not negative")
            }

            #[tokio::test]
            async fn every_road() {
                if !crate::matrix::has(&[$($($optional),*)?], &[$($major)?]).await {
                    return;
                }
                let entry =
                    schemata::migrate::MigrationEntry::new("types", "1", |m| Box::pin(make(m)), file!(), line!());
                let bench =
                    Bench::start(stringify!($name), $sql, &[$($text),+], &[$($($extension),*)? $($($optional),*)?], entry).await;
                writes(&bench).await;
                reads(&bench).await;
                crate::matrix::$level!(bench, $sql);
            }

            async fn writes(bench: &Bench) {
                let db = &bench.db;
                for id in 0..12 {
                    let cell = cell(id, place(id));
                    let one =
                        Cell::insert().id(id).value(cell.value).maybe(cell.maybe).list(cell.list).holes(cell.holes);
                    one.exec(db).await.unwrap_or_else(|error| panic!("{}: insert: {error:?}", bench.name));
                }
                bench.compare("insert", 12, place).await;

                let updated = cell(3, 4);
                let update = Cell::update(3).value(updated.value).maybe(updated.maybe).list(updated.list);
                update.holes(updated.holes).exec(db).await.expect("updates");
                bench.compare("update", 12, |id| if id == 3 { 4 } else { place(id) }).await;
                bench.clear().await;

                let rows = || (0..UNNESTED).map(|id| insert(id, place(id)));
                let sent = Cell::insert_many(rows()).exec(db).await;
                assert_eq!(sent.unwrap_or_else(|error| panic!("{}: insert_many: {error:?}", bench.name)), 150);
                bench.compare("insert_many", UNNESTED, place).await;
                bench.clear().await;
                let returned = Cell::insert_many(rows()).fetch(db).await.expect("inserts and returns");
                assert_eq!(returned, (0..UNNESTED).map(|id| cell(id, place(id))).collect::<Vec<_>>(), "{}", bench.name);

                let changes = (0..UNNESTED).map(|id| {
                    let cell = cell(id, place(id) + 1);
                    Cell::update(id).value(cell.value).maybe(cell.maybe).list(cell.list).holes(cell.holes)
                });
                let changed = Cell::update_many(changes).fetch(db).await;
                let changed = changed.unwrap_or_else(|error| panic!("{}: update_many: {error:?}", bench.name));
                let expected: Vec<_> = (0..UNNESTED).map(|id| cell(id, place(id) + 1)).collect();
                assert_eq!(changed, expected, "{}: update_many", bench.name);
                bench.compare("update_many", UNNESTED, |id| place(id) + 1).await;

                let rows = (0..UNNESTED + 20).map(|id| insert(id, place(id) + 2));
                let upserted = Cell::upsert_many(rows, Cell::primary_key()).update_given().exec(db).await;
                upserted.unwrap_or_else(|error| panic!("{}: upsert_many: {error:?}", bench.name));
                bench.compare("upsert_many", UNNESTED + 20, |id| place(id) + 2).await;
                let cell = cell(0, 0);
                let one = Cell::insert().id(0).value(cell.value).maybe(cell.maybe).list(cell.list).holes(cell.holes);
                one.on_conflict(Cell::primary_key()).update_given().exec(db).await.expect("upserts");
                bench.compare("upsert", UNNESTED + 20, |id| if id == 0 { 0 } else { place(id) + 2 }).await;
                bench.clear().await;

                let copied = Cell::insert_many((0..COPIED).map(|id| insert(id, place(id)))).exec(db).await;
                copied.unwrap_or_else(|error| panic!("{}: COPY: {error:?}", bench.name));
                bench.compare("COPY", COPIED, place).await;
                bench.clear().await;
                Cell::insert_many((0..30).map(|id| insert(id, place(id)))).exec(db).await.expect("inserts");
            }

            async fn reads(bench: &Bench) {
                let db = &bench.db;
                let expected: Vec<_> = (0..30).map(|id| cell(id, place(id))).collect();
                let found = Cell::select().order_by(Cell::id.asc()).fetch(db).await.expect("reads");
                assert_eq!(found, expected, "{}: rows", bench.name);
                let listed = Cell::select().order_by(Cell::id.asc()).columns((Cell::value, Cell::maybe, Cell::holes));
                let columns: Vec<_> = expected.iter().map(|cell| (&cell.value, &cell.maybe, &cell.holes)).collect();
                let listed = listed.fetch(db).await.expect("lists");
                assert_eq!(listed.iter().map(|(v, m, h)| (v, m, h)).collect::<Vec<_>>(), columns, "{}: list", bench.name);

                let first = values().remove(0);
                let filled = schemata::query::coalesce(Cell::maybe, schemata::query::bind(first.clone()));
                let filled = Cell::select().order_by(Cell::id.asc()).columns(filled).fetch(db).await;
                let filled: Vec<_> =
                    filled.unwrap_or_else(|error| panic!("{}: coalesce: {error:?}", bench.name)).into_iter().collect();
                let expected_values: Vec<_> =
                    expected.iter().map(|cell| cell.maybe.clone().unwrap_or(first.clone())).collect();
                assert_eq!(filled, expected_values, "{}: a bound value", bench.name);

                let all = Cell::select().filter(Cell::id.lt(6)).aggregate(Cell::value.array_agg());
                let mut all = all.fetch_one(db).await.expect("aggregates").expect("rows");
                let mut six: Vec<_> = expected[..6].iter().map(|cell| cell.value.clone()).collect();
                let key = |value: &Value| format!("{value:?}");
                all.sort_by_key(key);
                six.sort_by_key(key);
                assert_eq!(all, six, "{}: array_agg", bench.name);
            }
        }
    )+};
}

/// Compares nothing.
macro_rules! plain {
    ($bench:ident, $sql:literal) => {
        let _ = $bench;
    };
}

/// Compares values for equality.
macro_rules! equality {
    ($bench:ident, $sql:literal) => {{
        let (bench, db) = (&$bench, &$bench.db);
        let find = async |condition: schemata::query::Condition<Cell>| {
            let found = Cell::select().filter(condition).order_by(Cell::id.asc()).columns(Cell::id).fetch(db).await;
            found.unwrap_or_else(|error| panic!("{}: {error:?}", bench.name))
        };
        let sql =
            async |condition: &str| bench.ids(&format!("SELECT id FROM cells WHERE {condition} ORDER BY id")).await;
        for (at, value) in values().into_iter().enumerate() {
            let literal = bench.literal(at, $sql);
            let other = bench.literal((at + 1) % values().len(), $sql);
            let next = values()[(at + 1) % values().len()].clone();
            assert_eq!(find(Cell::value.eq(&value)).await, sql(&format!("value = {literal}")).await);
            assert_eq!(find(Cell::maybe.ne(&value)).await, sql(&format!("maybe <> {literal}")).await);
            let distinct = find(Cell::maybe.is_distinct_from(&value)).await;
            assert_eq!(distinct, sql(&format!("maybe IS DISTINCT FROM {literal}")).await);
            let among = find(Cell::value.is_in([&value, &next])).await;
            assert_eq!(among, sql(&format!("value IN ({literal}, {other})")).await, "{}: is_in", bench.name);
            let outside = find(Cell::maybe.not_in([&value])).await;
            assert_eq!(outside, sql(&format!("maybe NOT IN ({literal})")).await);
            let contained = find(Cell::list.contains_all([&value])).await;
            assert_eq!(contained, sql(&format!("list @> ARRAY[{literal}]")).await, "{}: contains_all", bench.name);
            assert_eq!(find(Cell::list.any_eq(&value)).await, sql(&format!("{literal} = ANY (list)")).await);
            let whole = vec![value.clone(), next];
            assert_eq!(find(Cell::list.eq(whole)).await, sql(&format!("list = ARRAY[{literal}, {other}]")).await);
            assert!(!find(Cell::value.eq(&value)).await.is_empty(), "{}: a value equals itself", bench.name);
            // So many comparisons that they become one with an array.
            let many = (0..40).map(|_| Cell::value.eq(&value));
            assert_eq!(find(schemata::query::Condition::any(many)).await, sql(&format!("value = {literal}")).await);
        }
        let distinct = Cell::select().aggregate(Cell::value.count_distinct()).fetch_one(db).await.expect("counts");
        let expected = bench.text("SELECT count(DISTINCT value)::text FROM cells").await;
        assert_eq!(Some(distinct.to_string()), expected, "{}: count_distinct", bench.name);
    }};
}

/// Compares, sorts, and reads pages.
macro_rules! order {
    ($bench:ident, $sql:literal) => {{
        crate::matrix::equality!($bench, $sql);
        let (bench, db) = (&$bench, &$bench.db);
        for (at, value) in values().into_iter().enumerate() {
            let literal = bench.literal(at, $sql);
            let less = Cell::select().filter(Cell::value.lt(&value)).order_by(Cell::id.asc()).columns(Cell::id);
            let expected = bench.ids(&format!("SELECT id FROM cells WHERE value < {literal} ORDER BY id")).await;
            assert_eq!(less.fetch(db).await.expect("compares"), expected, "{}: lt", bench.name);
            let between = Cell::select().filter(Cell::maybe.between(&value, &value)).count(db).await.expect("compares");
            let expected = bench.ids(&format!("SELECT count(*)::int4 FROM cells WHERE maybe = {literal}")).await;
            assert_eq!(between, i64::from(expected[0]), "{}: between", bench.name);
        }
        let ids = |rows: Vec<Cell>| rows.into_iter().map(|cell| cell.id).collect::<Vec<_>>();
        let sorted = Cell::select().order_by((Cell::value.asc(), Cell::id.asc())).fetch(db).await.expect("sorts");
        assert_eq!(ids(sorted), bench.ids("SELECT id FROM cells ORDER BY value, id").await);
        let paged = pages(db, || Cell::select().order_by(Cell::value.desc())).await;
        assert_eq!(ids(paged), bench.ids("SELECT id FROM cells ORDER BY value DESC, id DESC").await, "{}", bench.name);
        let paged = pages(db, || Cell::select().order_by((Cell::maybe.asc().nulls_first(), Cell::id.desc()))).await;
        let expected = bench.ids("SELECT id FROM cells ORDER BY maybe NULLS FIRST, id DESC").await;
        assert_eq!(ids(paged), expected, "{}: pages with NULL", bench.name);
    }};
}

/// Does what `order` does, and asks for the least and the greatest value.
macro_rules! extremes {
    ($bench:ident, $sql:literal) => {{
        crate::matrix::order!($bench, $sql);
        let (bench, db) = (&$bench, &$bench.db);
        let found = Cell::select().aggregate((Cell::value.min(), Cell::maybe.max())).fetch_one(db).await;
        let (least, greatest) = found.expect("aggregates");
        let expected = bench.text("SELECT min(value)::text FROM cells").await.expect("rows");
        assert_eq!(least, values().get(bench.place(&expected)).cloned(), "{}: min", bench.name);
        let expected = bench.text("SELECT max(maybe)::text FROM cells").await.expect("rows");
        assert_eq!(greatest, values().get(bench.place(&expected)).cloned(), "{}: max", bench.name);
    }};
}

pub(crate) use {equality, extremes, matrix, order, plain};
