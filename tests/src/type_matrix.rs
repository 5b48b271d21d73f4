//! Every way of writing and reading for any Rust type: the macro `types!` makes a test per type.

use std::fmt::Debug;

use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, RawSql, Result};
use tokio_postgres::Client;

use crate::catalog::connect;
use crate::fresh_database;

/// Creates a database with these tables, and the extension `citext`.
///
/// # Panics
/// When it cannot.
pub async fn database(sql: &str) -> (TestDatabase, Db, Client) {
    let database = fresh_database().await;
    let client = connect(database.url()).await;
    client.batch_execute(&format!("CREATE EXTENSION citext; {sql}")).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    (database, db, client)
}

/// The number of rows from which inserts use COPY.
pub const COPIED: i32 = 5_000;

/// Reads the values as they are listed without a model.
///
/// # Panics
/// When it cannot.
pub async fn listed<T: schemata::schema::ColumnType + Debug>(db: &Db, sql: &str) -> Vec<T> {
    let rows = db.query_as::<(T,)>(RawSql::trusted(sql.to_owned()), &[]).fetch().await;
    rows.unwrap_or_else(|error| panic!("{sql}: {error:?}")).into_iter().map(|(value,)| value).collect()
}

/// Asserts that reading is refused at the column `value`.
///
/// # Panics
/// Otherwise.
#[track_caller]
pub fn refused<T: Debug>(outcome: Result<T>, what: &str) {
    let error = outcome.expect_err(what);
    assert_eq!((error.kind(), error.column()), (ErrorKind::Decode, Some("value")), "{what}: {error:?}");
}

/// Asserts that a write is refused before it is sent, by a rule that names the column `value`.
///
/// # Panics
/// Otherwise.
#[track_caller]
pub fn unsendable<T: Debug>(outcome: Result<T>, what: &str) {
    let error = outcome.expect_err(what);
    let Error::Invalid(violations) = &error else { panic!("{what}: {error:?}") };
    assert!(violations.all.iter().all(|violation| violation.column == Some("value")), "{what}: {error:?}");
}

/// A test per type: the column's type, values with the SQL that equals them, least first if the type has an order, stored values
/// that cannot be read, and values that cannot be stored. `arrays` and `ordered` are the ways that only some types have.
#[macro_export]
macro_rules! types {
    ($($test:ident: $rust:ty, $declared:literal, $array:literal; $values:expr; read $unreadable:expr; write $unwritable:expr; $($way:ident)*;)*) => {$(
        #[tokio::test]
        #[allow(clippy::trivially_copy_pass_by_ref)]
        async fn $test() {
            use schemata::model::Write as _;
            use schemata::{Executor as _, RawSql, TableModel};
            use tokio_postgres::Client;

            #[derive(Debug, Clone, PartialEq, TableModel)]
            #[table(name = "holdings")]
            struct Holding {
                #[column(primary_key)]
                id: i32,
                #[column(sql_type = $declared)]
                value: $rust,
                #[column(sql_type = $declared)]
                maybe: Option<$rust>,
            }

            /// Asserts that the rows hold the values in turn.
            async fn verify(client: &Client, rows: i32, literals: &[&str], what: &str) {
                for (at, literal) in literals.iter().enumerate() {
                    let sql = format!(
                        "SELECT count(*) FROM holdings WHERE id % {} = {at} AND value::text IS NOT DISTINCT FROM (({literal})::{})::text \
                         AND maybe::text IS NOT DISTINCT FROM CASE WHEN id % 2 = 0 THEN value::text END", literals.len(), $declared
                    );
                    let same: i64 = client.query_one(&sql, &[]).await.expect("compares").get(0);
                    let among = (0..rows).filter(|id| usize::try_from(*id).expect("positive") % literals.len() == at).count();
                    assert_eq!(usize::try_from(same).expect("positive"), among, "{literal} by {what}");
                }
            }

            let table = format!("CREATE TABLE holdings (id int PRIMARY KEY, value {0} NOT NULL, maybe {0})", $declared);
            let (_database, db, client) = $crate::type_matrix::database(&table).await;
            let (values, literals): (Vec<$rust>, Vec<&str>) = Vec::<($rust, &str)>::from($values).into_iter().unzip();
            let of = |id: i32| values[usize::try_from(id).expect("positive") % values.len()].clone();
            let maybe = |id: i32| (id % 2 == 0).then(|| of(id));
            let row = |id: i32| Holding::insert().id(id).value(of(id)).maybe(maybe(id));
            let expected = |rows: i32| (0..rows).map(|id| Holding { id, value: of(id), maybe: maybe(id) }).collect::<Vec<_>>();
            let few = i32::try_from(2 * values.len()).expect("few");

            for rows in [few, 150, $crate::type_matrix::COPIED] {
                client.batch_execute("TRUNCATE holdings").await.expect("empties");
                Holding::insert_many((0..rows).map(row)).exec(&db).await.expect("inserts");
                verify(&client, rows, &literals, &format!("insert_many of {rows}")).await;
            }
            Holding::update_many((0..150).map(|id| Holding::update(id).value(of(id + 1)).maybe(None::<$rust>))).exec(&db).await.expect("updates");
            Holding::upsert_many((0..150).map(row), Holding::primary_key()).update_given().exec(&db).await.expect("upserts");
            verify(&client, $crate::type_matrix::COPIED, &literals, "update_many and upsert_many").await;
            client.batch_execute("TRUNCATE holdings").await.expect("empties");
            for id in 0..few {
                let inserted = Holding::insert().id(id).value(of(id + 1)).exec(&db).await.expect("inserts");
                assert_eq!(inserted, Holding { id, value: of(id + 1), maybe: None });
                row(id).on_conflict(Holding::primary_key()).update_given().exec(&db).await.expect("upserts");
                let updated = Holding::update(id).value(of(id)).maybe(maybe(id)).exec(&db).await.expect("updates");
                assert_eq!(updated, Some(Holding { id, value: of(id), maybe: maybe(id) }));
            }
            verify(&client, few, &literals, "single rows").await;

            let by_id = || Holding::select().order_by(Holding::id.asc());
            assert_eq!(by_id().fetch(&db).await.expect("reads"), expected(few));
            assert_eq!(by_id().columns((Holding::value, Holding::maybe)).fetch(&db).await.expect("reads"),
                (0..few).map(|id| (of(id), maybe(id))).collect::<Vec<_>>());
            assert_eq!($crate::type_matrix::listed::<$rust>(&db, "SELECT value FROM holdings ORDER BY id").await, (0..few).map(of).collect::<Vec<_>>());
            assert_eq!($crate::type_matrix::listed::<Option<$rust>>(&db, "SELECT maybe FROM holdings ORDER BY id").await, (0..few).map(maybe).collect::<Vec<_>>());
            $crate::types!(@page Holding, db, few, expected);
            $($crate::types!(@$way Holding, db, client, values, few, $rust, $declared, $array, literals, $unwritable);)*

            let unreadable: Vec<&str> = Vec::from($unreadable);
            for literal in unreadable {
                let insert = format!("TRUNCATE holdings; INSERT INTO holdings VALUES (1, ({literal})::{})", $declared);
                client.batch_execute(&insert).await.unwrap_or_else(|error| panic!("{literal}: {error:?}"));
                $crate::type_matrix::refused(Holding::get(&db, 1).await, literal);
                $crate::type_matrix::refused(by_id().columns(Holding::value).fetch(&db).await, literal);
                $crate::type_matrix::refused(by_id().page(1).fetch(&db).await.map(|page| page.rows), literal);
                $crate::type_matrix::refused(db.query_as::<(Option<$rust>,)>(RawSql::trusted("SELECT value FROM holdings".to_owned()), &[]).fetch().await, literal);
            }
            client.batch_execute("TRUNCATE holdings").await.expect("empties");
            let unwritable: Vec<$rust> = Vec::from($unwritable);
            for value in unwritable {
                let insert = |id: i32| Holding::insert().id(id).value(value.clone());
                $crate::type_matrix::unsendable(insert(1).exec(&db).await, &format!("{value:?}"));
                $crate::type_matrix::unsendable(Holding::insert_many([insert(1), insert(2)]).exec(&db).await, &format!("{value:?}"));
                $crate::type_matrix::unsendable(Holding::insert_many((0..$crate::type_matrix::COPIED).map(insert)).exec(&db).await, &format!("{value:?}"));
            }
            assert_eq!(Holding::select().count(&db).await.expect("counts"), 0, "nothing refused is written");
        }
    )*};

    // Pages by key: the cursor and the rows of both directions.
    (@page $model:ident, $db:ident, $few:ident, $expected:ident) => {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let page = $model::select().order_by($model::id.asc()).page(3).after_opt(cursor).fetch(&$db).await.expect("reads");
            seen.extend(page.rows);
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        assert_eq!(seen, $expected($few));
    };

    // Comparisons for equality.
    (@equal $model:ident, $db:ident, $client:ident, $values:ident, $few:ident, $rust:ty, $declared:literal, $array:literal, $literals:ident, $unwritable:expr) => {
        for (at, value) in $values.iter().enumerate() {
            let count = async |condition| $model::select().filter(condition).count(&$db).await.expect("counts");
            let every = i64::try_from($values.len()).expect("few");
            assert_eq!(count($model::value.eq(value.clone())).await, 2, "{value:?} is found");
            assert_eq!(count($model::value.ne(value.clone())).await, 2 * every - 2, "others than {value:?} are found");
            assert_eq!(count($model::value.is_not_distinct_from(value.clone())).await, 2, "{value:?} is found");
            assert_eq!(count($model::value.eq(value.clone()).or($model::value.eq($values[(at + 1) % $values.len()].clone()))).await,
                if every == 1 { 2 } else { 4 }, "{value:?} or the next");
        }
        let every = i64::try_from($values.len()).expect("few");
        let nulls = $model::select().filter($model::maybe.is_distinct_from(None::<$rust>)).count(&$db).await.expect("counts");
        assert_eq!(nulls, every, "NULL is found");
        let unwritable: Vec<$rust> = Vec::from($unwritable);
        for value in unwritable {
            let searched = $model::select().filter($model::value.eq(value)).count(&$db).await.expect_err("is refused");
            assert_eq!((searched.kind(), searched.column()), (schemata::ErrorKind::InvalidValue, Some("value")), "{searched:?}");
        }
    };

    // A list of values.
    (@list $model:ident, $db:ident, $client:ident, $values:ident, $few:ident, $rust:ty, $declared:literal, $array:literal, $literals:ident, $unwritable:expr) => {
        let among = $model::select().filter($model::value.is_in($values.clone())).count(&$db).await.expect("counts");
        assert_eq!(among, i64::from($few), "is_in");
        let none = $model::select().filter($model::value.not_in($values.clone())).count(&$db).await.expect("counts");
        assert_eq!(none, 0, "not_in");
    };

    // Order, pages by the value, least and greatest.
    (@ordered $model:ident, $db:ident, $client:ident, $values:ident, $few:ident, $rust:ty, $declared:literal, $array:literal, $literals:ident, $unwritable:expr) => {
        let (mut seen, mut cursor) = (Vec::new(), None::<String>);
        loop {
            let query = $model::select().order_by(($model::value.asc(), $model::id.asc()));
            let page = query.page(3).after_opt(cursor).fetch(&$db).await.expect("reads");
            seen.extend(page.rows.into_iter().map(|row| row.value));
            cursor = page.next;
            if cursor.is_none() { break; }
        }
        assert_eq!(seen, $values.iter().flat_map(|value| [value.clone(), value.clone()]).collect::<Vec<_>>(), "pages by value");
        let extremes = $model::select().aggregate(($model::value.min(), $model::value.max(), $model::value.count_distinct()));
        let (least, greatest, distinct) = extremes.fetch_one(&$db).await.expect("reads");
        assert_eq!((least.as_ref(), greatest.as_ref()), ($values.first(), $values.last()));
        assert_eq!(usize::try_from(distinct).expect("positive"), $values.len());
        let greater = $model::select().filter($model::value.gt($values[0].clone())).count(&$db).await.expect("counts");
        assert_eq!(greater, i64::from($few) - 2, "greater than the least");
    };

    // Arrays: as a column by every way of writing, with elements that are NULL, and gathered.
    (@arrays $model:ident, $db:ident, $client:ident, $values:ident, $few:ident, $rust:ty, $declared:literal, $array:literal, $literals:ident, $unwritable:expr) => {
        #[derive(Debug, Clone, PartialEq, TableModel)]
        #[table(name = "shelves")]
        struct Shelf {
            #[column(primary_key)]
            id: i32,
            #[column(sql_type = $array)]
            all: Vec<$rust>,
            #[column(sql_type = $array)]
            gaps: Option<Vec<Option<$rust>>>,
        }

        let gathered = $model::select().aggregate($model::value.array_agg().order_by($model::id.asc())).fetch_one(&$db).await;
        assert_eq!(&gathered.expect("reads").unwrap_or_default()[..$values.len()], &$values[..], "array_agg");
        let create = format!("CREATE TABLE shelves (id int PRIMARY KEY, \"all\" {0} NOT NULL, gaps {0})", $array);
        $client.batch_execute(&create).await.expect("creates");
        let shelf = |id: i32| Shelf {
            id,
            all: if id % 3 == 0 { Vec::new() } else { $values.clone() },
            gaps: (id % 2 == 0).then(|| vec![$values.first().cloned(), None]),
        };
        let insert = |id: i32| Shelf::insert().id(id).all(shelf(id).all).gaps(shelf(id).gaps);
        for rows in [2, 7, 150, $crate::type_matrix::COPIED] {
            $client.batch_execute("TRUNCATE shelves").await.expect("empties");
            if rows == 2 {
                assert_eq!(insert(0).exec(&$db).await.expect("inserts"), shelf(0));
                assert_eq!(insert(1).exec(&$db).await.expect("inserts"), shelf(1));
            } else {
                Shelf::insert_many((0..rows).map(insert)).exec(&$db).await.expect("inserts");
            }
            let different = format!(
                "SELECT count(*) FROM shelves WHERE \"all\" IS DISTINCT FROM CASE WHEN id % 3 = 0 THEN '{{}}' ELSE ARRAY[{0}]::{1} END \
                 OR gaps IS DISTINCT FROM CASE WHEN id % 2 = 0 THEN ARRAY[{2}, NULL]::{1} END",
                $literals.join(", "), $array, $literals[0]
            );
            let different: i64 = $client.query_one(&different, &[]).await.expect("compares").get(0);
            assert_eq!(different, 0, "arrays in {rows} rows");
        }
        let read = Shelf::select().order_by(Shelf::id.asc()).limit(6).fetch(&$db).await.expect("reads");
        assert_eq!(read, (0..6).map(shelf).collect::<Vec<_>>());
        let having = Shelf::select().filter(Shelf::all.contains_all($values.clone())).count(&$db).await.expect("counts");
        let equal = Shelf::select().filter(Shelf::all.eq($values.clone())).count(&$db).await.expect("counts");
        assert_eq!((having, equal), (i64::from($crate::type_matrix::COPIED / 3 * 2 + 1), i64::from($crate::type_matrix::COPIED / 3 * 2 + 1)));
    };
}
