//! Updates and upserts that compute: expressions, defaults, the rows of a conflict, and indexes with expressions as its target.

use schemata::model::{Keep, Write};
use schemata::query::{Condition, bind, count, excluded, scalar};
use schemata::{AsActor, Error, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::fresh_database;
use schemata_tests::jobs::{Bucket, Job, Member, Queue, jobs};

/// The columns and rules of the violations.
fn rules<T>(outcome: schemata::Result<T>) -> Vec<(Option<&'static str>, &'static str)> {
    let Err(Error::Invalid(found)) = outcome else { panic!("{:?}", outcome.err()) };
    found.all.iter().map(|violation| (violation.column, violation.rule)).collect()
}

#[tokio::test]
async fn an_update_computes_from_the_row_as_it_was() {
    let jobs = jobs().await;
    let changed = Job::update_where(Job::state.eq("new"))
        .set(Job::retries, Job::retries + 1)
        .set(Job::weight, Job::weight * 2 + Job::retries)
        .set(Job::is_heavy, Job::weight.gt(10))
        .set(Job::payload, "again")
        .exec(&jobs.db)
        .await
        .expect("updates");
    assert_eq!(changed, 5, "the removed one stays");
    jobs.by_hand(
        "UPDATE S.jobs SET retries = retries + 1, weight = weight * 2 + retries, is_heavy = weight > 10,
                payload = 'again', updated_by = 'system', version = version + 1
          WHERE state = 'new' AND deactivated_at IS NULL",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn a_sub_select_and_a_column_are_new_values() {
    let jobs = jobs().await;
    Queue::update_where(Queue::all_rows())
        .set(Queue::jobs, scalar(Job::QUEUE_ID_FKEY.children().aggregate(count())))
        .set(Queue::overflow_id, Queue::id)
        .exec(&jobs.db)
        .await
        .expect("updates");
    jobs.by_hand(
        "UPDATE S.queues AS q SET overflow_id = q.id,
                jobs = (SELECT count(*) FROM S.jobs AS j WHERE j.queue_id = q.id AND j.deactivated_at IS NULL)
          WHERE deactivated_at IS NULL",
    )
    .await;
    jobs.agree("queues").await;
}

#[tokio::test]
async fn a_column_returns_to_its_default_if_it_has_one() {
    let jobs = jobs().await;
    let job = Job::update(3).state("done").set_default(Job::weight).set_default(Job::retries).exec(&jobs.db).await;
    let job = job.expect("updates").expect("it is there");
    assert_eq!((job.state.as_str(), job.weight, job.retries), ("done", None, 0));
    let job = Job::update(3).set_default(Job::state).exec(&jobs.db).await.expect("updates").expect("it is there");
    assert_eq!(job.state, "new");
    assert_eq!(rules(Job::update(3).set_default(Job::payload).validate()), [(Some("payload"), "required")]);
    assert_eq!(rules(Job::update(3).set_default(Job::origin).exec(&jobs.db).await), [(Some("origin"), "immutable")]);
}

#[tokio::test]
async fn values_are_validated_and_what_cannot_change_is_refused() {
    let jobs = jobs().await;
    let long = Job::update(1).set(Job::payload, "longer than ten").set(Job::retries, Job::retries + 1);
    assert_eq!(rules(long.exec(&jobs.db).await), [(Some("payload"), "max_length")]);
    assert_eq!(rules(Job::update(1).set(Job::id, Job::id + 1).exec(&jobs.db).await), [(Some("id"), "immutable")]);
    let origin = Job::update_where(Job::all_rows()).set(Job::origin, Job::payload).validate();
    assert_eq!(rules(origin), [(Some("origin"), "immutable")]);
    let computed = Job::update(1).set(Job::payload, bind("longer than ten".to_owned())).exec(&jobs.db).await;
    let refused = computed.expect_err("PostgreSQL checks what is computed");
    assert_eq!(refused.sqlstate(), Some("22001"));
    let unconditional = Job::update_where(Condition::all([])).set(Job::retries, Job::retries + 1);
    assert!(matches!(unconditional.exec(&jobs.db).await, Err(Error::Unconditional { .. })));
}

#[tokio::test]
async fn audit_version_and_removal_hold_for_computed_values() {
    let jobs = jobs().await;
    let bob = jobs.db.as_actor("bob".to_owned());
    let job = Job::update(1).set(Job::retries, Job::retries + 5).expect_version(1).exec(&bob).await;
    let job = job.expect("updates").expect("it is there");
    assert_eq!((job.retries, job.revision.version), (5, 2));
    assert_eq!((job.audit.updated_by.as_deref(), job.audit.created_by.as_str()), (Some("bob"), "ann"));
    assert!(job.audit.updated_at > job.audit.created_at);
    let stale = Job::update(1).set(Job::retries, Job::retries + 5).expect_version(1).exec(&bob).await;
    assert!(matches!(stale, Err(Error::Stale { .. })));
    assert_eq!(Job::update(5).set(Job::retries, Job::retries + 1).exec(&bob).await.expect("runs"), None);
    let removed = Job::update(5).set(Job::retries, Job::retries + 1).with_deleted().exec(&bob).await.expect("runs");
    assert_eq!(removed.map(|job| job.retries), Some(1));
}

#[tokio::test]
async fn concurrent_updates_all_count() {
    let jobs = jobs().await;
    let tasks: Vec<_> = (0..24)
        .map(|_| {
            let db = jobs.db.clone();
            tokio::spawn(async move { Job::update(1).set(Job::retries, Job::retries + 1).exec(&db).await })
        })
        .collect();
    for task in tasks {
        task.await.expect("does not panic").expect("updates").expect("it is there");
    }
    assert_eq!(Job::get(&jobs.db, 1).await.expect("reads").retries, 24);
}

#[tokio::test]
async fn a_batch_computes_each_row_from_itself() {
    let jobs = jobs().await;
    let updates = [
        Job::update(1).set(Job::retries, Job::retries + 1),
        Job::update(2).set(Job::retries, Job::retries + 1),
        Job::update(3).set(Job::retries, Job::retries * 10),
        Job::update(4).retries(99),
        Job::update(6).set_default(Job::retries).set(Job::weight, Job::retries),
    ];
    let rows = Job::update_many(updates).fetch(&jobs.db).await.expect("updates");
    assert_eq!(
        rows.iter().map(|job| (job.id, job.retries)).collect::<Vec<_>>(),
        [(1, 1), (2, 2), (3, 20), (4, 99), (6, 0)]
    );
    jobs.by_hand(
        "UPDATE S.jobs SET version = 2, updated_by = 'system', weight = CASE id WHEN 6 THEN retries ELSE weight END,
                retries = CASE id WHEN 3 THEN 20 WHEN 4 THEN 99 WHEN 6 THEN 0 ELSE retries + 1 END
          WHERE id <> 5",
    )
    .await;
    jobs.agree("jobs").await;
}

#[tokio::test]
async fn an_upsert_computes_from_both_rows() {
    let jobs = jobs().await;
    let bucket = |tokens: i32| Bucket::insert().id(1).tokens(tokens).on_conflict(Bucket::primary_key());
    let add = |tokens| bucket(tokens).on_update(Bucket::tokens, Bucket::tokens + excluded(Bucket::tokens));
    assert_eq!(add(3).exec(&jobs.db).await.expect("inserts").tokens, 3);
    assert_eq!(add(4).exec(&jobs.db).await.expect("adds").tokens, 7);
    let row = bucket(5).on_update(Bucket::tokens, 1).on_update(Bucket::burst, Bucket::burst - 1).exec(&jobs.db).await;
    assert_eq!(row.map(|row| (row.tokens, row.burst)).expect("updates"), (1, 9));
    let many = [Bucket::insert().id(1).tokens(2), Bucket::insert().id(2).tokens(8)];
    let many = Bucket::upsert_many(many, Bucket::primary_key())
        .on_update(Bucket::tokens, Bucket::tokens * 100 + excluded(Bucket::tokens))
        .fetch(&jobs.db)
        .await
        .expect("upserts");
    assert_eq!(many.iter().map(|row| row.tokens).collect::<Vec<_>>(), [102, 8]);
    jobs.by_hand("INSERT INTO S.buckets (id, tokens, burst) VALUES (1, 3, 10) ON CONFLICT (id) DO NOTHING").await;
    jobs.by_hand(
        "INSERT INTO S.buckets AS b (id, tokens) VALUES (1, 4)
             ON CONFLICT (id) DO UPDATE SET tokens = b.tokens + EXCLUDED.tokens",
    )
    .await;
    jobs.by_hand("UPDATE S.buckets SET tokens = 1, burst = burst - 1").await;
    jobs.by_hand(
        "INSERT INTO S.buckets AS b (id, tokens) VALUES (1, 2), (2, 8)
             ON CONFLICT (id) DO UPDATE SET tokens = b.tokens * 100 + EXCLUDED.tokens",
    )
    .await;
    jobs.agree("buckets").await;
}

#[tokio::test]
async fn a_condition_decides_whether_an_existing_row_changes() {
    let jobs = jobs().await;
    let bucket = |tokens: i32| Bucket::insert().id(1).tokens(tokens).on_conflict(Bucket::primary_key());
    let raise = |tokens| bucket(tokens).update_given().on_update_where(excluded(Bucket::tokens).gt(Bucket::tokens));
    assert_eq!(raise(3).exec(&jobs.db).await.expect("inserts").map(|row| row.tokens), Some(3));
    assert_eq!(raise(2).exec(&jobs.db).await.expect("leaves it"), None);
    assert_eq!(raise(9).returning(Bucket::tokens).exec(&jobs.db).await.expect("raises"), Some(9));
    let rows = [Bucket::insert().id(1).tokens(4), Bucket::insert().id(2).tokens(5)];
    let many = Bucket::upsert_many(rows, Bucket::primary_key())
        .update_given()
        .on_update_where(excluded(Bucket::tokens).gt(Bucket::tokens));
    assert_eq!(many.fetch(&jobs.db).await.expect("upserts"), [Bucket { id: 2, tokens: 5, burst: 10 }]);
    assert_eq!(Bucket::get(&jobs.db, 1).await.expect("reads").tokens, 9);
}

#[tokio::test]
async fn a_conditional_upsert_says_what_happens_to_removed_rows() {
    let jobs = jobs().await;
    let job = |id: i32| {
        let job = Job::insert().id(id).queue_id(1).payload("more").on_conflict(Job::primary_key());
        job.on_update(Job::retries, Job::retries + 100)
    };
    let open = job(1).on_update_where(Job::retries.lt(50));
    assert_eq!(rules(open.exec(&jobs.db).await), [(Some("deactivated_at"), "removed")]);
    assert_eq!(rules(job(1).on_update_where(Job::retries.lt(50)).validate()), [(Some("deactivated_at"), "removed")]);
    let kept = |id| job(id).on_update_where(Job::retries.lt(50)).keep_removed().exec(&jobs.db);
    let first = kept(1).await.expect("updates").expect("the condition holds");
    assert_eq!((first.retries, first.revision.version, first.payload.as_str()), (100, 2, "job 1"));
    assert_eq!((kept(1).await.expect("runs"), kept(5).await.expect("runs")), (None, None));
    let revived = job(5).revive_removed().on_update_where(Job::retries.lt(50)).exec(&jobs.db).await.expect("runs");
    assert_eq!(revived.map(|job| (job.retries, job.removal.deactivated_at)), Some((100, None)));
    assert!(matches!(job(4).on_update(Job::weight, 1).exec(&jobs.db).await, Ok(row) if row.weight == Some(1)));
}

/// A word in any letter case.
#[derive(Debug, TableModel)]
#[table(name = "words", index(expression("lower(word)"), unique, name = "lower_word"))]
struct Word {
    #[column(primary_key, identity)]
    id: i32,
    word: String,
    #[column(default = 1)]
    uses: i32,
}

#[tokio::test]
async fn an_index_of_an_expression_alone_is_a_conflict_target() {
    let database = fresh_database().await;
    let sql = "CREATE TABLE words (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, word text NOT NULL,
                                   uses int NOT NULL DEFAULT 1);
               CREATE UNIQUE INDEX lower_word ON words (lower(word))";
    connect(database.url()).await.batch_execute(sql).await.expect("creates");
    let db = schemata::Db::connect(database.url()).await.expect("connects");
    for (word, uses) in [("Tea", 1), ("TEA", 2), ("tea", 3)] {
        let used = Word::insert().word(word).on_conflict(Word::by_lower_word).on_update(Word::uses, Word::uses + 1);
        let used = used.exec(&db).await.expect("inserts or counts");
        assert_eq!((used.word.as_str(), used.uses, used.id), ("Tea", uses, 1));
    }
}

#[tokio::test]
async fn an_index_with_expressions_is_a_conflict_target() {
    let jobs = jobs().await;
    let visit = |team: i32, email: &str| {
        let member = Member::insert().team(team).email(email).on_conflict(Member::by_team_and_lower_email);
        member.on_update(Member::visits, Member::visits + 1).exec(&jobs.db)
    };
    let first = visit(1, "Ada@x").await.expect("inserts");
    let again = visit(1, "ADA@X").await.expect("counts");
    assert_eq!((again.id, again.visits, again.email.as_str()), (first.id, 2, "Ada@x"));
    assert_ne!(visit(2, "ada@x").await.expect("inserts").id, first.id);
    Member::insert().team(1).email("ada@X").guest(true).exec(&jobs.db).await.expect("the index has no guests");
    let rows = || ["ada@X", "new@x", "AdA@x"].map(|email| Member::insert().team(3).email(email));
    let twice = Member::upsert_many(rows(), Member::by_team_and_lower_email).update_given().exec(&jobs.db).await;
    assert_eq!(twice.expect_err("two rows of one key").sqlstate(), Some("21000"));
    let rows = || ["ada@X", "new@x", "Bea@x"].map(|email| Member::insert().team(1).email(email));
    let many = Member::upsert_many(rows(), Member::by_team_and_lower_email)
        .on_update(Member::visits, Member::visits + excluded(Member::visits))
        .returning((Member::email, Member::visits))
        .exec(&jobs.db)
        .await
        .expect("upserts");
    assert_eq!(many, [("Ada@x".to_owned(), 3), ("new@x".to_owned(), 1), ("Bea@x".to_owned(), 1)]);
    let kept = Member::upsert_many(rows(), Member::by_team_and_lower_email).do_nothing().on_duplicate(Keep::First);
    assert_eq!(rules(kept.exec(&jobs.db).await), [(None, "duplicate")]);
}
