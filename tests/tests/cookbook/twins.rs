//! Two registries with the same rows: what is typed runs on one, what is written by hand on the other.

use std::fmt::Debug;

use schemata::testing::TestDatabase;
use schemata::{Db, Executor, RawSql};
use schemata_tests::registry::{Flat, Take, filled_registry};

pub type Outcome = Result<(), Box<dyn std::error::Error>>;

pub struct Twins {
    pub db: Db,
    by_hand: Db,
    _databases: [TestDatabase; 2],
}

impl Twins {
    pub async fn new() -> Self {
        let ((one, db), (other, by_hand)) = (filled_registry().await, filled_registry().await);
        Self { db, by_hand, _databases: [one, other] }
    }

    /// Compares rows with those of the SQL, in their order. There must be some.
    pub async fn same<T: Take + PartialEq + Debug + Send>(&self, rows: Vec<T>, sql: &'static str) {
        assert_eq!(rows, self.by_hand(sql).await, "{sql}");
        assert!(!rows.is_empty(), "nothing is found by\n{sql}");
    }

    async fn by_hand<T: Take + Send>(&self, sql: &'static str) -> Vec<T> {
        let rows = self.by_hand.query_as::<Flat<T>>(sql, &[]).await;
        rows.unwrap_or_else(|error| panic!("{error:?}\n{sql}")).into_iter().map(|row| row.0).collect()
    }

    /// Compares what a write returned, in any order, and the rows of `left` after it.
    pub async fn same_write<T: Take + PartialEq + Debug + Send>(
        &self,
        mut rows: Vec<T>,
        sql: &'static str,
        left: &str,
    ) {
        let mut by_hand = self.by_hand(sql).await;
        for rows in [&mut rows, &mut by_hand] {
            rows.sort_by_key(|row| format!("{row:?}"));
        }
        assert_eq!(rows, by_hand, "{sql}");
        assert!(!rows.is_empty(), "nothing is changed by\n{sql}");
        self.same_left(sql, left).await;
    }

    /// Compares the number of rows that a write changed, and the rows of `left` after it.
    pub async fn same_count(&self, changed: u64, sql: &'static str, left: &str) {
        let by_hand = self.by_hand.execute_sql(sql, &[]).await;
        assert_eq!(changed, by_hand.unwrap_or_else(|error| panic!("{error:?}\n{sql}")), "{sql}");
        assert_ne!(changed, 0, "nothing is changed by\n{sql}");
        self.same_left(sql, left).await;
    }

    async fn same_left(&self, sql: &str, left: &str) {
        let text = format!("SELECT to_jsonb(q)::text FROM ({left}) q ORDER BY 1");
        let mut rows = Vec::new();
        for db in [&self.db, &self.by_hand] {
            rows.push(db.query_as::<(String,)>(RawSql::trusted(text.clone()), &[]).await.expect("reads"));
        }
        assert_eq!(rows[0], rows[1], "after {sql}");
    }
}
