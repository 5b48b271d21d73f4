//! A batch that the server refuses, for whatever reason, leaves a connection on which every later answer belongs to its own
//! request.

use schemata::testing::TestDatabase;
use schemata::{Db, Error, ErrorKind, Executor, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::warehouse::{Shelf, warehouse};
use schemata_tests::wire::CountingProxy;
use tokio_postgres::Client;

/// The reason why the server refuses a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    NoPrivilege,
    RowSecurity,
    ReadOnly,
    BecameGenerated,
    LockTimeout,
    StatementTimeout,
    DeferredConstraint,
}

impl Cause {
    const ALL: [Self; 7] = [
        Self::NoPrivilege,
        Self::RowSecurity,
        Self::ReadOnly,
        Self::BecameGenerated,
        Self::LockTimeout,
        Self::StatementTimeout,
        Self::DeferredConstraint,
    ];

    fn kind(self) -> ErrorKind {
        match self {
            Self::NoPrivilege | Self::RowSecurity => ErrorKind::NoPrivilege,
            Self::ReadOnly => ErrorKind::ReadOnly,
            Self::BecameGenerated => ErrorKind::Syntax,
            Self::LockTimeout => ErrorKind::LockNotAvailable,
            Self::StatementTimeout => ErrorKind::Cancelled,
            Self::DeferredConstraint => ErrorKind::Raised,
        }
    }

    /// Returns the SQL that the owner runs before the batch.
    fn preparation(self, role: &str) -> String {
        match self {
            Self::NoPrivilege => format!("GRANT SELECT ON shelves TO {role}"),
            Self::RowSecurity => format!(
                "GRANT SELECT, INSERT ON shelves TO {role}; ALTER TABLE shelves ENABLE ROW LEVEL SECURITY;
                 CREATE POLICY readable ON shelves FOR SELECT USING (true)"
            ),
            Self::BecameGenerated => format!(
                "ALTER TABLE shelves DROP amount, ADD amount int GENERATED ALWAYS AS (aisle) STORED;
                 GRANT SELECT, INSERT ON shelves TO {role}"
            ),
            Self::DeferredConstraint => format!(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
                 CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON shelves DEFERRABLE INITIALLY DEFERRED
                 FOR EACH ROW EXECUTE FUNCTION refuse();
                 GRANT SELECT, INSERT ON shelves TO {role}"
            ),
            Self::ReadOnly | Self::LockTimeout | Self::StatementTimeout => {
                format!("GRANT SELECT, INSERT ON shelves TO {role}")
            }
        }
    }

    fn options(self) -> &'static str {
        match self {
            Self::ReadOnly => "-c%20default_transaction_read_only%3Don",
            Self::LockTimeout => "-c%20lock_timeout%3D5",
            // Long enough for a find on a busy machine.
            Self::StatementTimeout => "-c%20statement_timeout%3D1000",
            _ => "",
        }
    }

    /// Returns how often each case is tried on the pool; elsewhere, it is a tenth of that.
    fn rounds(self) -> u32 {
        let rounds = match self {
            Self::NoPrivilege => 200,
            Self::StatementTimeout => 1,
            _ => 10,
        };
        rounds * std::env::var("SCHEMATA_ROUNDS").map_or(1, |factor| factor.parse().expect("a number"))
    }
}

/// A database whose shelves accept no batch from the role that its URL names.
struct Refusing {
    _database: TestDatabase,
    owner: Client,
    url: String,
    role: String,
}

impl Refusing {
    async fn because_of(cause: Cause) -> Self {
        let (database, db) = warehouse().await;
        Shelf::insert_many((1..=5).map(shelf)).exec(&db).await.expect("inserts");
        let owner = connect(database.url()).await;
        let role: String = owner.query_one("SELECT 'r' || md5(current_database())", &[]).await.expect("a name").get(0);
        let preparation = cause.preparation(&role);
        owner.batch_execute(&format!("CREATE ROLE {role} LOGIN; {preparation}")).await.expect("prepares");
        if matches!(cause, Cause::LockTimeout | Cause::StatementTimeout) {
            owner.batch_execute("BEGIN; LOCK TABLE shelves IN SHARE MODE").await.expect("locks");
        }
        let (options, separator) = (cause.options(), if database.url().contains('?') { '&' } else { '?' });
        let url = format!("{}{separator}user={role}&options={options}", database.url());
        Self { _database: database, owner, url, role }
    }

    async fn db(&self) -> Db {
        Db::builder(&self.url).max_connections(1).connect().await.expect("connects")
    }

    /// Waits until no other connection than the pool's is left.
    async fn has_one_backend(&self, cause: Cause) {
        let count = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1";
        for _ in 0..500 {
            let backends: i64 = self.owner.query_one(count, &[&self.role]).await.expect("counts").get(0);
            if backends <= 1 {
                return;
            }
            // Within a transaction the statistics would stay as they are.
            self.owner.batch_execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.01)").await.expect("waits");
        }
        panic!("{cause:?}: backends are left");
    }

    async fn finish(self) {
        let role = &self.role;
        let sql = format!("ROLLBACK; DROP OWNED BY {role}; DROP ROLE {role}");
        self.owner.batch_execute(&sql).await.expect("cleans up");
    }
}

fn shelf(aisle: i32) -> impl schemata::model::Insertable<Model = Shelf> {
    Shelf::insert().aisle(aisle).level("x").amount(aisle).label(format!("{aisle}"))
}

async fn batch(on: &(impl Executor + ?Sized)) -> schemata::Result<u64> {
    batch_of(150, on).await
}

async fn batch_of(rows: i32, on: &(impl Executor + ?Sized)) -> schemata::Result<u64> {
    Shelf::insert_many((1_001..=1_000 + rows).map(shelf)).exec(on).await
}

/// The number of rows from which on a batch in its own transaction uses COPY.
const COPIED: i32 = 5_000;

/// Five answers, each the row that was asked for.
async fn finds(on: &(impl Executor + ?Sized), cause: Cause) {
    for aisle in 1..=5 {
        let found = Shelf::find(on, (aisle, "x".to_owned())).await.expect("answers").expect("it is there");
        assert_eq!(found.aisle, aisle, "{cause:?}");
        assert_eq!(found.label.as_deref(), Some(aisle.to_string().as_str()), "{cause:?}");
    }
    assert_eq!(Shelf::select().filter(Shelf::aisle.gt(1_000)).count(on).await.expect("counts"), 0, "{cause:?}");
}

async fn plain(cause: Cause) {
    let refusing = Refusing::because_of(cause).await;
    let db = refusing.db().await;
    for _ in 0..cause.rounds() {
        assert_eq!(batch(&db).await.expect_err("refused").kind(), cause.kind(), "{cause:?}");
        finds(&db, cause).await;
    }
    for _ in 0..cause.rounds().div_ceil(10) {
        assert_eq!(batch_of(COPIED, &db).await.expect_err("refused").kind(), cause.kind(), "{cause:?}");
        finds(&db, cause).await;
        refusing.has_one_backend(cause).await;
    }
    refusing.finish().await;
}

/// A batch that is refused in a nested transaction is undone alone; the transaction around it continues.
async fn nested(cause: Cause) {
    let refusing = Refusing::because_of(cause).await;
    let db = refusing.db().await;
    for _ in 0..cause.rounds().div_ceil(10) {
        db.transaction(|tx| async move {
            if cause == Cause::DeferredConstraint {
                tx.execute_sql("SET CONSTRAINTS ALL IMMEDIATE", &[]).await?;
            }
            let refused = tx.transaction(|tx| async move { batch(&tx).await }).await;
            assert_eq!(refused.expect_err("refused").kind(), cause.kind(), "{cause:?}");
            finds(&tx, cause).await;
            Ok::<(), Error>(())
        })
        .await
        .expect("commits");
        finds(&db, cause).await;
    }
    refusing.finish().await;
}

/// When a batch is refused in a transaction without another one around it, the transaction fails, and says so.
async fn flat(cause: Cause) {
    let refusing = Refusing::because_of(cause).await;
    let db = refusing.db().await;
    for _ in 0..cause.rounds().div_ceil(10) {
        let outcome = db
            .transaction(|tx| async move {
                let refused = batch(&tx).await;
                // The batch has a savepoint of its own only if it takes several statements.
                if let Err(error) = &refused {
                    assert_eq!(error.kind(), cause.kind(), "{cause:?}");
                    let next = Shelf::find(&tx, (1, "x".to_owned())).await.expect_err("the transaction has failed");
                    assert_eq!(next.kind(), ErrorKind::TransactionAborted, "{cause:?}");
                }
                Ok::<(), Error>(())
            })
            .await;
        let expected = if cause == Cause::DeferredConstraint { cause.kind() } else { ErrorKind::TransactionAborted };
        assert_eq!(outcome.expect_err("nothing to commit").kind(), expected, "{cause:?}");
        finds(&db, cause).await;
    }
    refusing.finish().await;
}

async fn bare(cause: Cause) {
    let refusing = Refusing::because_of(cause).await;
    let mut client = connect(&refusing.url).await;
    for _ in 0..cause.rounds().div_ceil(10) {
        assert_eq!(batch(&client).await.expect_err("refused").kind(), cause.kind(), "{cause:?}");
        finds(&client, cause).await;
        let mut transaction = client.transaction().await.expect("begins");
        let inner = transaction.savepoint("nested").await.expect("nests");
        if cause != Cause::DeferredConstraint {
            assert_eq!(batch(&inner).await.expect_err("refused").kind(), cause.kind(), "{cause:?}");
        }
        inner.rollback().await.expect("rolls back");
        finds(&transaction, cause).await;
        transaction.commit().await.expect("commits");
    }
    refusing.finish().await;
}

/// What is sent on the connection of a refused COPY would be answered by what the server still sends for the COPY.
#[tokio::test]
async fn nothing_is_sent_after_a_refused_copy() {
    let refusing = Refusing::because_of(Cause::NoPrivilege).await;
    let proxy = CountingProxy::to(&refusing.url).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    for _ in 0..10 {
        finds(&db, Cause::NoPrivilege).await;
        proxy.take();
        assert_eq!(batch_of(COPIED, &db).await.expect_err("refused").kind(), ErrorKind::NoPrivilege);
        refusing.has_one_backend(Cause::NoPrivilege).await;
        // The types, BEGIN, what precedes a COPY, and the COPY itself; no ROLLBACK.
        assert_eq!(proxy.take(), 8, "requests");
    }
    refusing.finish().await;
}

async fn every_cause() {
    for cause in Cause::ALL {
        plain(cause).await;
        nested(cause).await;
        flat(cause).await;
        bare(cause).await;
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_refused_batch_mixes_up_no_answers_on_one_thread() {
    every_cause().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_batch_mixes_up_no_answers_on_several_threads() {
    every_cause().await;
}
