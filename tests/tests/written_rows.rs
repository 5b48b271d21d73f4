//! Queries that read the rows of writes in WITH: what they return, and that every rule of the writes holds.

use schemata::model::{Write, with_write};
use schemata::query::{Condition, bind, count, with};
use schemata::{AsActor, Error, ErrorKind, Projection, TableModel, Unsendable};
use schemata_tests::jobs::{Archive, Bucket, Job, Queue, jobs};

/// Jobs that a write changed.
#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Moved {
    id: i32,
    queue_id: i32,
}

/// Jobs that a query chose.
#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Chosen {
    id: i32,
}

/// Rows of the archive.
#[derive(Debug, PartialEq, Projection)]
#[projection(source)]
struct Archived {
    id: i32,
    payload: Option<String>,
    retries: i64,
}

/// The columns and rules of the violations.
fn rules<T>(outcome: schemata::Result<T>) -> Vec<(Option<&'static str>, &'static str)> {
    let Err(Error::Invalid(found)) = outcome else { panic!("{:?}", outcome.err()) };
    found.all.iter().map(|violation| (violation.column, violation.rule)).collect()
}

#[tokio::test]
async fn a_query_joins_the_rows_that_an_update_returns() {
    let jobs = jobs().await;
    let bob = jobs.db.as_actor("bob".to_owned());
    let update = Job::update_where(Job::state.eq("new")).state("moved").queue_id(2).returning((Job::id, Job::queue_id));
    let rows: Vec<(i32, String)> = with_write::<Moved>(update)
        .read(
            Moved::select()
                .join_on::<Queue>(Queue::id.eq(Moved::queue_id))
                .filter(Queue::priority.lt(5).and(Moved::id.gt(1)))
                .order_by(Moved::id.desc())
                .columns((Moved::id, Queue::name)),
        )
        .fetch(&bob)
        .await
        .expect("moves");
    assert_eq!(rows, [6, 4, 3, 2].map(|id| (id, "slow".to_owned())), "not job 5, which is removed");
    jobs.by_hand(
        "UPDATE S.jobs SET state = 'moved', queue_id = 2, version = version + 1, updated_by = 'bob'
          WHERE state = 'new' AND deactivated_at IS NULL",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn a_write_reads_what_stands_before_it() {
    let jobs = jobs().await;
    let next =
        || Job::select().filter(Job::state.eq("new")).order_by(Job::id.asc()).limit(2).skip_locked().columns(Job::id);
    let take = Job::update_where(Job::all_rows())
        .state("running")
        .join_on::<Chosen>(Chosen::id.eq(Job::id))
        .returning((Job::id, Job::queue_id));
    let taken = with::<Chosen>(next()).with_write::<Moved>(take).read(Moved::select().order_by(Moved::id.asc()));
    assert_eq!(
        taken.fetch(&jobs.db).await.expect("takes"),
        [Moved { id: 1, queue_id: 1 }, Moved { id: 2, queue_id: 1 }]
    );
    let named = Job::id.in_select(Chosen::select().columns(Chosen::id));
    let take = Job::update_where(named).state("running").returning((Job::id, Job::queue_id));
    let number = with::<Chosen>(next()).with_write::<Moved>(take).read(Moved::select().aggregate(count()));
    assert_eq!(number.fetch_one(&jobs.db).await.expect("takes"), 2);
    jobs.by_hand(
        "UPDATE S.jobs SET state = 'running', version = version + 1, updated_by = 'system'
          WHERE id IN (1, 2, 3, 4)",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn writes_follow_one_another_and_one_query_reads_them_all() {
    let jobs = jobs().await;
    let bob = jobs.db.as_actor("bob".to_owned());
    let gone = Job::delete_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).filter(Queue::id.eq(2));
    let gone = gone.returning((Job::id, Job::payload, Job::retries + bind(0_i64)));
    let archive = Archive::insert_select((Archive::id, Archive::payload, Archive::retries), gone);
    let archive = archive.returning((Archive::id, Archive::payload, Archive::retries));
    let bucket = Bucket::insert().id(9).tokens(4).returning((Bucket::id, Bucket::tokens));
    let rows: Vec<(i32, i64, Option<i32>)> = with_write::<Archived>(archive)
        .with_write::<Moved>(bucket)
        .with::<Chosen>(Archived::select().filter(Archived::retries.gt(2)).columns(Archived::id))
        .read(
            Archived::select()
                .left_join_on::<Chosen>(Chosen::id.eq(Archived::id))
                .join_on::<Moved>(Moved::queue_id.eq(4))
                .order_by(Archived::id.asc())
                .columns((Moved::id, Archived::retries, Chosen::id)),
        )
        .fetch(&bob)
        .await
        .expect("archives");
    assert_eq!(rows, [(9, 2, None), (9, 7, Some(6))]);
    jobs.by_hand(
        "WITH gone AS (DELETE FROM S.jobs WHERE queue_id = 2 AND deactivated_at IS NULL RETURNING id, payload, retries)
         INSERT INTO S.archive (id, payload, retries, created_by) SELECT *, 'bob' FROM gone",
    )
    .await;
    jobs.by_hand("INSERT INTO S.buckets (id, tokens) VALUES (9, 4)").await;
    for table in ["jobs", "archive", "buckets"] {
        jobs.agree(table).await;
    }
}

#[tokio::test]
async fn the_writes_run_to_their_end_whatever_the_query_reads() {
    let jobs = jobs().await;
    let all =
        || Job::update_where(Job::all_rows()).set(Job::retries, Job::retries + 1).returning((Job::id, Job::queue_id));
    let first = with_write::<Moved>(all()).read(Moved::select().order_by(Moved::id.asc())).fetch_one(&jobs.db).await;
    assert_eq!(first.expect("a job"), Moved { id: 1, queue_id: 1 });
    let none = || with_write::<Moved>(all()).read(Moved::select().filter(Moved::id.gt(100)));
    assert_eq!(none().fetch_optional(&jobs.db).await.expect("runs"), None);
    assert!(matches!(none().fetch_one(&jobs.db).await, Err(Error::NotFound { table: "Moved" | "moved" })));
    jobs.by_hand(
        "UPDATE S.jobs SET retries = retries + 3, version = version + 3, updated_by = 'system'
          WHERE deactivated_at IS NULL",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn an_upsert_is_read_whether_it_inserts_or_updates() {
    let jobs = jobs().await;
    let upsert = |tokens| {
        let insert = Bucket::insert().id(1).tokens(tokens).on_conflict(Bucket::primary_key());
        insert.on_update(Bucket::tokens, Bucket::tokens + 1).returning((Bucket::id, Bucket::tokens))
    };
    for tokens in [5, 6] {
        let read = with_write::<Moved>(upsert(5)).read(Moved::select().columns(Moved::queue_id));
        assert_eq!(read.fetch(&jobs.db).await.expect("upserts"), [tokens]);
    }
    let queue = || Queue::insert().id(3).name("new").priority(1).on_conflict(Queue::primary_key());
    let open = queue().update_given().returning((Queue::id, Queue::priority));
    let open = with_write::<Moved>(open).read(Moved::select()).fetch(&jobs.db).await;
    assert_eq!(rules(open), [(Some("deactivated_at"), "removed")], "no row would not tell why");
    let revived = queue().update_given().revive_removed().returning((Queue::id, Queue::priority));
    let revived = with_write::<Moved>(revived).read(Moved::select()).fetch(&jobs.db).await.expect("revives");
    assert_eq!(revived, [Moved { id: 3, queue_id: 1 }]);
    let kept = Bucket::insert().id(1).tokens(0).on_conflict(Bucket::primary_key()).do_nothing();
    let kept = with_write::<Moved>(kept.returning((Bucket::id, Bucket::tokens))).read(Moved::select());
    assert_eq!(kept.fetch(&jobs.db).await.expect("runs"), []);
}

#[tokio::test]
async fn what_a_write_refuses_alone_it_refuses_here() {
    let jobs = jobs().await;
    let ids = (Job::id, Job::queue_id);
    let open = with_write::<Moved>(Job::delete_where(Condition::all([])).returning(ids)).read(Moved::select());
    assert!(matches!(open.fetch(&jobs.db).await, Err(Error::Unconditional { operation: "delete", .. })));
    let empty = with_write::<Moved>(Job::update_where(Job::id.eq(1)).returning(ids)).read(Moved::select());
    assert!(matches!(empty.fetch(&jobs.db).await, Err(Error::NothingToSet { table: "jobs" })));
    let long = Job::update_where(Job::id.eq(1)).payload("longer than ten").returning(ids);
    let long = with_write::<Moved>(long).read(Moved::select()).fetch(&jobs.db).await;
    assert_eq!(rules(long), [(Some("payload"), "max_length")]);
    let long = Job::insert().id(9).queue_id(1).payload("longer than ten").returning(ids);
    let long = with_write::<Moved>(long).read(Moved::select()).fetch(&jobs.db).await;
    assert_eq!(rules(long), [(Some("payload"), "max_length")]);
    let early = Job::update_where(Job::id.in_select(Chosen::select().columns(Chosen::id))).retries(1).returning(ids);
    let early = with_write::<Moved>(early).with::<Chosen>(Job::select().columns(Job::id)).read(Moved::select());
    let refused = early.fetch(&jobs.db).await.expect_err("is refused");
    assert_eq!(refused.kind(), ErrorKind::Unsendable);
    assert!(matches!(refused, Error::Unsendable { source: Unsendable::UndefinedCte { .. }, .. }), "{refused}");
    let alone = Job::update_where(Job::all_rows()).retries(1).join_on::<Chosen>(Chosen::id.eq(Job::id));
    assert_eq!(alone.exec(&jobs.db).await.expect_err("is refused").kind(), ErrorKind::Unsendable);
    let twice = Job::insert().id(1).queue_id(1).payload("a").returning(ids);
    let twice = with_write::<Moved>(twice).read(Moved::select()).fetch(&jobs.db).await.expect_err("is refused");
    assert!(matches!(twice, Error::Database { operation: "insert", table: "jobs", .. }), "{twice}");
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn rows_that_the_program_changes_are_not_inserted_as_the_query_lists_them() {
    let jobs = jobs().await;
    let rows = Job::select().columns((Job::id, Job::payload, Job::retries + bind(0_i64)));
    let changed = rows.map(|(id, payload, retries)| (id + 100, payload, retries));
    let insert = Archive::insert_select((Archive::id, Archive::payload, Archive::retries), changed);
    assert_eq!(rules(insert.exec(&jobs.db).await), [(None, "map")]);
    jobs.agree("archive").await;
}
