//! Queues, their jobs and an archive, in two PostgreSQL schemas with equal rows: one for the library, one for SQL by hand.

use schemata::migrate::{Migration, MigrationResult, Migrator};
use schemata::model::{Audit, RowVersion, SoftDelete, Write};
use schemata::testing::TestDatabase;
use schemata::{Db, Executor, Ident, RawSql, TableModel, tables};

/// A queue.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "queues")]
pub struct Queue {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The name.
    pub name: String,
    /// The priority.
    pub priority: i32,
    /// The number of its jobs.
    pub jobs: Option<i64>,
    /// The queue that takes its jobs if it is full.
    #[column(references = Self::id)]
    pub overflow_id: Option<i32>,
    /// Whether it stands still.
    #[column(default = false)]
    pub paused: bool,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

/// A job.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "jobs")]
pub struct Job {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The queue.
    #[column(references = Queue::id)]
    pub queue_id: i32,
    /// What to do.
    #[column(sql_type = "varchar(10)")]
    pub payload: String,
    /// The number of attempts.
    #[column(default = 0)]
    pub retries: i32,
    /// The weight.
    pub weight: Option<i32>,
    /// The state.
    #[column(sql_type = "varchar(10)", default = "new")]
    pub state: String,
    /// Whether it is overdue; unknown without a weight.
    pub is_heavy: Option<bool>,
    /// Never changes.
    #[column(immutable, default = "here")]
    pub origin: String,
    /// Audit columns.
    #[column(flatten)]
    pub audit: Audit,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
    /// The version.
    #[column(flatten)]
    pub revision: RowVersion,
}

/// A job that is done.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "archive")]
pub struct Archive {
    /// The key of the job.
    #[column(primary_key)]
    pub id: i32,
    /// What was done.
    pub payload: Option<String>,
    /// The number of attempts.
    pub retries: i64,
    /// A note.
    #[column(default = "none")]
    pub note: String,
    /// Its length.
    #[column(generated = "length(payload)")]
    pub length: Option<i32>,
    /// Audit columns.
    #[column(flatten)]
    pub audit: Audit,
}

/// Tokens of a user.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "buckets")]
pub struct Bucket {
    /// The user.
    #[column(primary_key)]
    pub id: i32,
    /// The tokens.
    pub tokens: i32,
    /// The most tokens.
    #[column(default = 10)]
    pub burst: i32,
}

/// A member, by e-mail address in any letter case.
#[expect(clippy::duplicated_attributes, reason = "each index is unique")]
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "members",
    index(team, expression("lower(email)"), unique, where = "NOT guest", name = "team_and_lower_email"),
    index(expression("lower(email)"), unique, where = "team = 0", name = "a name that is no Rust name")
)]
pub struct Member {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i32,
    /// The team.
    pub team: i32,
    /// The address.
    pub email: String,
    /// The number of visits.
    #[column(default = 1)]
    pub visits: i32,
    /// Whether the member is a guest.
    #[column(default = false)]
    pub guest: bool,
}

async fn create(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Queue, Job, Archive, Bucket, Member]).await
}

/// A database with the tables in the schemas `typed` and `by_hand`, and the same rows in both.
#[derive(Debug)]
pub struct Jobs {
    /// The pool, for SQL with schemas.
    pub all: Db,
    /// The handle of the schema `typed`.
    pub db: Db,
    database: TestDatabase,
}

/// Creates the database.
///
/// # Panics
/// When it cannot be created.
pub async fn jobs() -> Jobs {
    let database = crate::fresh_database().await;
    let all = Db::connect(database.url()).await.expect("connects");
    for schema in ["typed", "by_hand"] {
        all.execute_sql(RawSql::trusted(format!("CREATE SCHEMA {schema}")), &[]).await.expect("creates the schema");
        let set = crate::shop::set(&[crate::shop::entry("1", |m| Box::pin(create(m)))]);
        let migrator = Migrator::new(set).schema(Ident::new(schema).expect("short"));
        migrator.run(database.url()).await.expect("creates the tables");
        fill(&all.in_schema(schema).expect("short")).await;
    }
    Jobs { db: all.in_schema("typed").expect("short"), all, database }
}

/// Three queues, of which the third is removed; six jobs, of which the fifth is removed.
async fn fill(db: &Db) {
    for (id, name, priority) in [(1, "fast", 5), (2, "slow", 1), (3, "gone", 9)] {
        Queue::insert().id(id).name(name).priority(priority).exec(db).await.expect("inserts a queue");
    }
    Queue::update(1).overflow_id(2).exec(db).await.expect("updates");
    Queue::remove(3).exec(db).await.expect("removes");
    let jobs = [
        (1, 1, 0, Some(3)),
        (2, 1, 1, None),
        (3, 2, 2, Some(40)),
        (4, 3, 0, Some(5)),
        (5, 1, 0, Some(6)),
        (6, 2, 7, None),
    ];
    for (id, queue, retries, weight) in jobs {
        let job = Job::insert().id(id).queue_id(queue).payload(format!("job {id}")).retries(retries);
        job.weight(weight).actor("ann").exec(db).await.expect("inserts a job");
    }
    Job::remove(5).exec(db).await.expect("removes");
}

impl Jobs {
    /// Runs SQL by hand: `S.` stands for the schema.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn by_hand(&self, sql: &str) {
        let sql = sql.replace("S.", "by_hand.");
        self.all.execute_sql(RawSql::trusted(sql), &[]).await.expect("runs");
    }

    /// Reads a table of a schema, without times.
    ///
    /// # Panics
    /// When the database refuses.
    pub async fn rows(&self, schema: &str, table: &str) -> Vec<String> {
        let sql = format!(
            "SELECT (to_jsonb(t) - '{{created_at,updated_at,deactivated_at}}'::text[])::text FROM {schema}.{table} AS t ORDER BY id"
        );
        let rows: Vec<(String,)> = self.all.query_as(RawSql::trusted(sql), &[]).await.expect("reads");
        rows.into_iter().map(|(row,)| row).collect()
    }

    /// Compares what the library and what SQL by hand have made of a table.
    ///
    /// # Panics
    /// When they differ.
    pub async fn agree(&self, table: &str) {
        assert_eq!(self.rows("typed", table).await, self.rows("by_hand", table).await, "{}", self.database.url());
    }
}
