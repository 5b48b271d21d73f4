//! Writes that read other tables: updates and deletes with joins, inserts of what a query or another write returns.

use schemata::model::Write;
use schemata::query::{Both, Condition, Expr, bind, count, excluded};
use schemata::{AsActor, Error, TableModel, alias};
use schemata_tests::jobs::{Archive, Bucket, Job, Queue, jobs};

alias! {
    /// The queue that takes the jobs of a full one.
    struct Overflow = Queue;
}

/// The columns and rules of the violations.
fn rules<T>(outcome: schemata::Result<T>) -> Vec<(Option<&'static str>, &'static str)> {
    let Err(Error::Invalid(found)) = outcome else { panic!("{:?}", outcome.err()) };
    found.all.iter().map(|violation| (violation.column, violation.rule)).collect()
}

#[tokio::test]
async fn an_update_reads_joined_tables() {
    let jobs = jobs().await;
    let bob = jobs.db.as_actor("bob".to_owned());
    let mut rows: Vec<(i32, String, String, i32)> = Job::update_where(Job::state.eq("new"))
        .state("moved")
        .join(Job::QUEUE_ID_FKEY)
        .join(Queue::OVERFLOW_ID_FKEY.to(Overflow))
        .filter(Queue::priority.gt(Overflow::of(Queue::priority)))
        .set(Job::queue_id, Overflow::of(Queue::id))
        .set(Job::weight, Job::weight + Queue::priority)
        .set_default(Job::retries)
        .returning((Job::id, Queue::name, Overflow::of(Queue::name), Job::queue_id))
        .exec(&bob)
        .await
        .expect("updates");
    rows.sort_unstable();
    let row = |id| (id, "fast".to_owned(), "slow".to_owned(), 2);
    assert_eq!(rows, [row(1), row(2)]);
    jobs.by_hand(
        "UPDATE S.jobs AS j SET state = 'moved', queue_id = o.id, weight = j.weight + q.priority, retries = DEFAULT,
                updated_by = 'bob', version = j.version + 1
           FROM S.queues AS q JOIN S.queues AS o ON o.id = q.overflow_id AND o.deactivated_at IS NULL
          WHERE q.id = j.queue_id AND q.deactivated_at IS NULL AND j.deactivated_at IS NULL
            AND j.state = 'new' AND q.priority > o.priority",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn removed_rows_are_neither_changed_nor_partners() {
    let jobs = jobs().await;
    let all = || Job::update_where(Job::all_rows()).set(Job::retries, Job::retries + 1).join(Job::QUEUE_ID_FKEY);
    assert_eq!(all().exec(&jobs.db).await.expect("updates"), 4, "neither job 4 of the removed queue nor job 5");
    assert_eq!(all().only_deleted().exec(&jobs.db).await.expect("updates"), 1);
    assert_eq!(all().with_deleted().exec(&jobs.db).await.expect("updates"), 6);
    let jobs_of_fast = Job::update_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).filter(Queue::name.eq("fast"));
    let mut stopped = jobs_of_fast.set(Job::state, Queue::name).fetch(&jobs.db).await.expect("updates");
    stopped.sort_by_key(|job| job.id);
    assert_eq!(stopped.iter().map(|job| (job.id, job.state.as_str())).collect::<Vec<_>>(), [(1, "fast"), (2, "fast")]);
    let removed = Job::remove_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).filter(Queue::name.eq("slow"));
    assert_eq!(removed.exec(&jobs.db).await.expect("removes"), 2);
}

#[tokio::test]
async fn a_row_with_several_partners_changes_once() {
    let jobs = jobs().await;
    let changed = Queue::update_where(Queue::id.eq(1))
        .join(Job::QUEUE_ID_FKEY)
        .set(Queue::priority, Queue::priority + 1)
        .returning((Queue::priority, Job::id))
        .exec(&jobs.db)
        .await
        .expect("updates");
    assert!(matches!(changed.as_slice(), [(6, 1 | 2)]), "{changed:?}");
}

#[tokio::test]
async fn writes_with_joins_are_refused_like_those_without() {
    let jobs = jobs().await;
    let open = || Job::update_where(Condition::all([])).join(Job::QUEUE_ID_FKEY).set(Job::retries, 1);
    assert!(matches!(open().exec(&jobs.db).await, Err(Error::Unconditional { operation: "update", .. })));
    assert_eq!(open().filter(Queue::name.eq("slow")).exec(&jobs.db).await.expect("a condition"), 2);
    let nothing = Job::update_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).exec(&jobs.db).await;
    assert!(matches!(nothing, Err(Error::NothingToSet { table: "jobs" })));
    let long = Job::update_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).set(Job::payload, "longer than ten");
    assert_eq!(rules(long.validate()), [(Some("payload"), "max_length")]);
    let open = Job::delete_where(Condition::all([])).join(Job::QUEUE_ID_FKEY).exec(&jobs.db).await;
    assert!(matches!(open, Err(Error::Unconditional { operation: "delete", .. })));
}

#[tokio::test]
async fn a_delete_reads_joined_tables() {
    let jobs = jobs().await;
    let mut gone = Job::delete_where(Job::all_rows())
        .join(Job::QUEUE_ID_FKEY)
        .join_on::<Bucket>(Bucket::id.eq(Job::id))
        .filter(Queue::priority.gt(0).and(Bucket::tokens.eq(0)))
        .returning((Job::id, Queue::name, Bucket::tokens))
        .exec(&jobs.db)
        .await
        .expect("runs");
    assert_eq!(gone, [], "there are no buckets");
    for id in 1..=5 {
        Bucket::insert().id(id).tokens(id % 2).exec(&jobs.db).await.expect("inserts");
    }
    gone = Job::delete_where(Job::all_rows())
        .join(Job::QUEUE_ID_FKEY)
        .join_on::<Bucket>(Bucket::id.eq(Job::id))
        .filter(Queue::priority.gt(0).and(Bucket::tokens.eq(0)))
        .returning((Job::id, Queue::name, Bucket::tokens))
        .exec(&jobs.db)
        .await
        .expect("deletes");
    assert_eq!(gone, [(2, "fast".to_owned(), 0)], "the queue of job 4 is removed");
    let slow = Job::delete_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).filter(Queue::name.eq("slow"));
    let gone = slow.fetch(&jobs.db).await.expect("deletes");
    assert_eq!(gone.len(), 2);
    jobs.by_hand(
        "DELETE FROM S.jobs AS j USING S.queues AS q
          WHERE q.id = j.queue_id AND q.deactivated_at IS NULL AND j.deactivated_at IS NULL
            AND (q.name = 'slow' OR j.id = 2)",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn tables_without_a_foreign_key_are_joined_by_a_condition() {
    let jobs = jobs().await;
    for id in 1..=5 {
        Bucket::insert().id(id).tokens(id * 10).exec(&jobs.db).await.expect("inserts");
    }
    jobs.by_hand("INSERT INTO S.buckets (id, tokens) SELECT n, n * 10 FROM generate_series(1, 5) AS n").await;
    let changed = Job::update_where(Job::state.eq("new"))
        .join_on::<Bucket>(Bucket::id.eq(Job::id))
        .set(Job::retries, Bucket::tokens)
        .exec(&jobs.db)
        .await
        .expect("updates");
    assert_eq!(changed, 4, "job 5 is removed, and job 6 has no bucket");
    let mut gone = Job::delete_where(Job::retries.gt(10))
        .join_on::<Bucket>(Bucket::id.eq(Job::id).and(Bucket::tokens.lt(40)))
        .returning((Job::id, Bucket::tokens))
        .exec(&jobs.db)
        .await
        .expect("deletes");
    gone.sort_unstable();
    assert_eq!(gone, [(2, 20), (3, 30)]);
    jobs.by_hand(
        "UPDATE S.jobs AS j SET retries = b.tokens, version = version + 1, updated_by = 'system'
           FROM S.buckets AS b WHERE b.id = j.id AND j.state = 'new' AND j.deactivated_at IS NULL",
    )
    .await;
    jobs.by_hand("DELETE FROM S.jobs AS j USING S.buckets AS b WHERE b.id = j.id AND b.tokens IN (20, 30)").await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn a_joined_table_may_have_no_partner() {
    let jobs = jobs().await;
    for id in 1..=3 {
        Bucket::insert().id(id).tokens(id * 10).exec(&jobs.db).await.expect("inserts");
    }
    jobs.by_hand("INSERT INTO S.buckets (id, tokens) SELECT n, n * 10 FROM generate_series(1, 3) AS n").await;
    let all = || Job::update_where(Job::all_rows());
    let mut rows: Vec<(i32, Option<String>, Option<i32>)> = all()
        .join(Job::QUEUE_ID_FKEY)
        .left_join(Queue::OVERFLOW_ID_FKEY.to(Overflow))
        .left_join_on::<Bucket>(Bucket::id.eq(Queue::id).and(Bucket::tokens.gt(10)))
        .set(Job::weight, Overflow::of(Queue::priority))
        .returning((Job::id, Overflow::of(Queue::name), Bucket::tokens))
        .exec(&jobs.db)
        .await
        .expect("updates");
    rows.sort_unstable();
    let (one, two) = ((Some("slow".to_owned()), None), (None, Some(20)));
    let expected = [(1, &one), (2, &one), (3, &two), (6, &two)].map(|(id, (name, tokens))| (id, name.clone(), *tokens));
    assert_eq!(rows, expected);
    jobs.by_hand(
        "UPDATE S.jobs AS j SET weight = o.priority, version = j.version + 1, updated_by = 'system'
           FROM S.queues AS q LEFT JOIN S.queues AS o ON o.id = q.overflow_id AND o.deactivated_at IS NULL
          WHERE q.id = j.queue_id AND q.deactivated_at IS NULL AND j.deactivated_at IS NULL",
    )
    .await;
    jobs.agree("jobs").await;
    Queue::remove(2).exec(&jobs.db).await.expect("removes");
    let none = all()
        .join_on::<Bucket>(Bucket::id.eq(Job::id))
        .join(Job::QUEUE_ID_FKEY)
        .left_join(Queue::OVERFLOW_ID_FKEY.to(Overflow))
        .filter(Overflow::of(Queue::id).is_null())
        .set(Job::retries, Bucket::tokens);
    assert_eq!(none.exec(&jobs.db).await.expect("updates"), 2, "a removed queue is no partner");
    let gone = Job::delete_where(Job::all_rows())
        .join(Job::QUEUE_ID_FKEY)
        .left_join_on::<Bucket>(Bucket::id.eq(Queue::id))
        .filter(Bucket::id.is_null());
    assert_eq!(gone.exec(&jobs.db).await.expect("deletes"), 0);
}

#[tokio::test]
async fn the_rows_of_a_query_are_inserted() {
    let jobs = jobs().await;
    let bob = jobs.db.as_actor("bob".to_owned());
    let columns = (Archive::id, Archive::payload, Archive::retries);
    let heavy = Job::select()
        .join(Job::QUEUE_ID_FKEY)
        .filter(Queue::priority.gt(0))
        .order_by(Job::id.desc())
        .limit(3)
        .columns((Job::id, Queue::name, long_retries()));
    assert_eq!(Archive::insert_select(columns, heavy).exec(&bob).await.expect("inserts"), 3);
    jobs.by_hand(
        "INSERT INTO S.archive (id, payload, retries, created_by)
         SELECT j.id, q.name, j.retries + 0::int8, 'bob' FROM S.jobs AS j JOIN S.queues AS q ON q.id = j.queue_id
          WHERE j.deactivated_at IS NULL AND q.deactivated_at IS NULL ORDER BY j.id DESC LIMIT 3",
    )
    .await;
    jobs.agree("archive").await;
    let by_queue = Job::select().group_by(Job::queue_id).aggregate(count());
    let row = Bucket::insert_select((Bucket::id, Bucket::burst), Job::select().columns((Job::id, Job::id)));
    assert_eq!(rules(row.exec(&jobs.db).await), [(Some("tokens"), "required")]);
    let rows = Archive::insert_select((Archive::id, Archive::retries), by_queue).on_conflict(Archive::primary_key());
    let mut rows = rows.do_nothing().returning((Archive::id, Archive::note)).exec(&jobs.db).await.expect("inserts");
    rows.sort_unstable();
    assert_eq!(rows, [(1, "none".to_owned())], "2, 3 exist: {rows:?}");
}

/// `retries` as `i64`.
fn long_retries() -> Expr<Both<Job, ()>, i64> {
    Job::retries + bind(0_i64)
}

#[tokio::test]
async fn what_cannot_be_inserted_is_refused_before_it_is_sent() {
    let jobs = jobs().await;
    let ids = || Job::select().columns((Job::id, Job::payload));
    let missing = Archive::insert_select((Archive::id, Archive::payload), ids());
    assert_eq!(rules(missing.exec(&jobs.db).await), [(Some("retries"), "required")]);
    let twice = Bucket::insert_select(
        (Bucket::id, Bucket::id, Bucket::tokens),
        Job::select().columns((Job::id, Job::id, Job::id)),
    );
    assert_eq!(rules(twice.exec(&jobs.db).await), [(Some("id"), "duplicate")]);
    let pairs = || Job::select().columns((Job::id, Job::retries));
    let mapped = Bucket::insert_select((Bucket::id, Bucket::tokens), pairs().map(|(id, retries)| (retries, id)));
    assert_eq!(rules(mapped.exec(&jobs.db).await), [(None, "map")]);
    let generated = Archive::insert_select(
        (Archive::id, Archive::retries, Archive::length),
        Job::select().columns((Job::id, long_retries(), Job::id)),
    );
    assert_eq!(rules(generated.exec(&jobs.db).await), [(Some("length"), "generated")]);
    let long = jobs.db.as_actor("a".repeat(51));
    let actor =
        Archive::insert_select((Archive::id, Archive::retries), Job::select().columns((Job::id, long_retries())));
    assert_eq!(rules(actor.exec(&long).await), [(Some("created_by"), "max_length")]);
}

#[tokio::test]
async fn inserted_rows_can_meet_existing_ones() {
    let jobs = jobs().await;
    let rows = || Job::select().columns((Job::id, Job::retries));
    let upsert = || {
        let insert = Bucket::insert_select((Bucket::id, Bucket::tokens), rows()).on_conflict(Bucket::primary_key());
        insert.on_update(Bucket::tokens, Bucket::tokens + excluded(Bucket::tokens) + 1)
    };
    assert_eq!(upsert().exec(&jobs.db).await.expect("inserts"), 5);
    let some = upsert().on_update_where(Bucket::tokens.gt(0)).returning(Bucket::id).exec(&jobs.db).await;
    let mut some = some.expect("updates");
    some.sort_unstable();
    assert_eq!(some, [2, 3, 6]);
    for _ in 0..2 {
        jobs.by_hand(
            "INSERT INTO S.buckets AS b (id, tokens) SELECT id, retries FROM S.jobs WHERE deactivated_at IS NULL
                 ON CONFLICT (id) DO UPDATE SET tokens = b.tokens + EXCLUDED.tokens + 1 WHERE b.tokens > 0",
        )
        .await;
    }
    jobs.agree("buckets").await;
    let again = || {
        let rows = Job::select().with_deleted().columns((Job::id, Job::queue_id, Job::payload));
        let insert = Job::insert_select((Job::id, Job::queue_id, Job::payload), rows);
        insert.on_conflict(Job::primary_key()).on_update(Job::weight, 1)
    };
    assert_eq!(rules(again().exec(&jobs.db).await), [(Some("deactivated_at"), "removed")]);
    assert_eq!(again().keep_removed().exec(&jobs.db).await.expect("updates"), 5);
    assert_eq!(again().revive_removed().exec(&jobs.db).await.expect("updates"), 6);
    let job = Job::get(&jobs.db, 1).await.expect("reads");
    assert_eq!((job.weight, job.revision.version, job.audit.updated_by.as_deref()), (Some(1), 3, Some("system")));
}

#[tokio::test]
async fn rows_move_from_table_to_table_in_one_statement() {
    let jobs = jobs().await;
    let bob = jobs.db.as_actor("bob".to_owned());
    let gone = Job::delete_where(Job::all_rows()).join(Job::QUEUE_ID_FKEY).filter(Queue::name.eq("slow")).returning((
        Job::id,
        Job::payload,
        long_retries(),
    ));
    let archived = Archive::insert_select((Archive::id, Archive::payload, Archive::retries), gone);
    let counted = Bucket::insert_select((Bucket::id, Bucket::tokens), archived.returning((Archive::id, Archive::id)));
    let mut moved = counted.returning(Bucket::id).exec(&bob).await.expect("moves");
    moved.sort_unstable();
    assert_eq!(moved, [3, 6]);
    jobs.by_hand(
        "WITH gone AS (
             DELETE FROM S.jobs AS j USING S.queues AS q
              WHERE q.id = j.queue_id AND q.name = 'slow' AND j.deactivated_at IS NULL AND q.deactivated_at IS NULL
             RETURNING j.id, j.payload, j.retries
         ), archived AS (
             INSERT INTO S.archive (id, payload, retries, created_by) SELECT *, 'bob' FROM gone RETURNING id
         )
         INSERT INTO S.buckets (id, tokens) SELECT id, id FROM archived",
    )
    .await;
    for table in ["jobs", "archive", "buckets"] {
        jobs.agree(table).await;
    }
    let updated =
        Job::update_where(Job::id.eq(1)).set(Job::retries, Job::retries + 1).returning((Job::id, Job::retries));
    let copied = Bucket::insert_select((Bucket::id, Bucket::tokens), updated).fetch(&bob).await.expect("copies");
    assert_eq!(copied, [Bucket { id: 1, tokens: 1, burst: 10 }]);
    let deleted = Job::delete_where(Job::id.eq(2)).returning((Job::id, Job::retries));
    assert_eq!(Bucket::insert_select((Bucket::id, Bucket::tokens), deleted).exec(&bob).await.expect("copies"), 1);
    let open = Job::delete_where(Condition::all([])).returning((Job::id, Job::retries));
    let open = Bucket::insert_select((Bucket::id, Bucket::tokens), open).exec(&bob).await;
    assert!(matches!(open, Err(Error::Unconditional { table: "jobs", .. })));
}
