//! ## Writing

use schemata::prelude::*;
use schemata::query::{bind, coalesce, excluded, least, scalar};
use schemata::schema::Interval;
use schemata_tests::registry::{
    Dependency, Download, Follow, Job, Notification, Owner, Package, Quota, Release, Token,
};
use serde_json::json;

use crate::Outcome;
use crate::twins::Twins;

#[tokio::test]
async fn writing() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;
    let february = "2026-02-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;

    // ### INSERT … RETURNING
    let sql = r#"
        INSERT INTO jobs (id, kind, data, due_at)
        VALUES (100, 'index', '{"n": 100}', '2026-02-01T00:00:00Z')
        RETURNING id, kind, data, retries, due_at, priority"#;
    let rows = vec![Job::insert().id(100).kind("index").data(json!({"n": 100})).due_at(february).exec(db).await?];
    twins.same_write(rows, sql, "SELECT * FROM jobs").await;

    // ### INSERT of many rows
    let sql = "
        INSERT INTO follows (user_id, package_id)
        SELECT 7, * FROM unnest('{1,2,3}'::int[])";
    let follows = [1, 2, 3].map(|package| Follow::insert().user_id(7).package_id(package));
    let added = Follow::insert_many(follows).exec(db).await?;
    twins.same_count(added, sql, "SELECT * FROM follows").await;

    // ### UPDATE … RETURNING
    let sql = "
        UPDATE tokens
           SET used_at = '2026-02-01T00:00:00Z'
         WHERE hash = '\\x03030303' AND NOT revoked
        RETURNING id, user_id";
    let live = Token::hash.eq(vec![3; 4]).and(Token::revoked.eq(false));
    let rows = Token::update_where(live).used_at(february).returning((Token::id, Token::user_id)).exec(db).await?;
    twins.same_write(rows, sql, "SELECT * FROM tokens").await;

    // ### UPDATE with expressions
    let sql = "
        UPDATE jobs
           SET retries = retries + 1, due_at = due_at + interval '5 minutes', priority = DEFAULT
         WHERE kind = 'mail'";
    let changed = Job::update_where(Job::kind.eq("mail"))
        .set(Job::retries, Job::retries + 1)
        .set(Job::due_at, Job::due_at + Interval::minutes(5))
        .set_default(Job::priority)
        .exec(db)
        .await?;
    twins.same_count(changed, sql, "SELECT * FROM jobs").await;

    // ### UPDATE with a sub-select
    let sql = "
        UPDATE packages p
           SET downloads = coalesce((SELECT sum(d.hits)
                                       FROM downloads d JOIN releases r ON r.id = d.release_id
                                      WHERE r.package_id = p.id), 0)
         WHERE p.deactivated_at IS NULL";
    let hits = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .correlated::<Package>()
        .filter(Release::package_id.eq(Package::id))
        .aggregate(Download::hits.sum());
    let changed = Package::update_where(Package::all_rows())
        .set(Package::downloads, coalesce(scalar(hits), 0_i64))
        .exec(db)
        .await?;
    twins.same_count(changed, sql, "SELECT * FROM packages").await;

    // ### UPDATE … FROM
    let sql = "
        UPDATE releases r
           SET yanked = true, license = coalesce(r.license, p.description)
          FROM packages p
         WHERE p.id = r.package_id AND p.deactivated_at IS NULL AND 'archived' = ANY (p.labels)
        RETURNING r.id, p.name";
    let rows = Release::update_where(Release::all_rows())
        .join(Release::PACKAGE_ID_FKEY)
        .filter(Package::labels.contains_all(["archived"]))
        .set(Release::yanked, true)
        .set(Release::license, coalesce(Release::license, Package::description))
        .returning((Release::id, Package::name))
        .exec(db)
        .await?;
    twins.same_write(rows, sql, "SELECT * FROM releases").await;

    // ### UPDATE by rows of another table
    let sql = "
        UPDATE tokens t
           SET revoked = true
         WHERE NOT t.revoked
           AND NOT EXISTS (SELECT FROM users u WHERE u.id = t.user_id AND u.deactivated_at IS NULL)";
    let of_nobody = !Token::USER_ID_FKEY.parent_exists(Condition::always());
    let changed = Token::update_where(of_nobody.and(Token::revoked.eq(false))).revoked(true).exec(db).await?;
    twins.same_count(changed, sql, "SELECT * FROM tokens").await;

    // ### INSERT … ON CONFLICT DO UPDATE
    let sql = "
        INSERT INTO downloads (release_id, day, hits)
        VALUES (1, '2026-02-01', 7)
        ON CONFLICT (release_id, day) DO UPDATE SET hits = EXCLUDED.hits";
    let download = Download::insert().release_id(1).day(february.date_naive()).hits(7);
    download.on_conflict(Download::primary_key()).update_given().exec(db).await?;
    twins.same_count(1, sql, "SELECT * FROM downloads").await;

    // ### An upsert that adds
    let sql = "
        INSERT INTO downloads (release_id, day, hits)
        VALUES (1, '2026-02-01', 5)
        ON CONFLICT (release_id, day) DO UPDATE SET hits = downloads.hits + EXCLUDED.hits
        RETURNING release_id, hits";
    let download = Download::insert().release_id(1).day(february.date_naive()).hits(5);
    let upsert = download.on_conflict(Download::primary_key());
    let upsert = upsert.on_update(Download::hits, Download::hits + excluded(Download::hits));
    let rows = vec![upsert.returning((Download::release_id, Download::hits)).exec(db).await?];
    twins.same_write(rows, sql, "SELECT * FROM downloads").await;

    // ### An upsert under a condition
    let sql = "
        INSERT INTO quotas (user_id, action, tokens, refilled_at)
        VALUES (1, 'publish', 10, '2026-05-01T00:00:00Z')
        ON CONFLICT (user_id, action) DO UPDATE
           SET tokens = least(10, quotas.tokens + 3), refilled_at = EXCLUDED.refilled_at
         WHERE quotas.refilled_at < EXCLUDED.refilled_at";
    let may = "2026-05-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
    let quota = Quota::insert().user_id(1).action("publish").tokens(10).refilled_at(may);
    let refilled = quota
        .on_conflict(Quota::primary_key())
        .on_update(Quota::tokens, least(bind(10), Quota::tokens + 3))
        .on_update(Quota::refilled_at, excluded(Quota::refilled_at))
        .on_update_where(Quota::refilled_at.lt(excluded(Quota::refilled_at)))
        .exec(db)
        .await?;
    twins.same_count(refilled.iter().len() as u64, sql, "SELECT * FROM quotas").await;

    // ### INSERT … SELECT
    let sql = "
        INSERT INTO notifications (user_id, release_id)
        SELECT f.user_id, r.id
          FROM follows f
          JOIN packages p ON p.id = f.package_id AND p.deactivated_at IS NULL
          JOIN releases r ON r.package_id = p.id
        ON CONFLICT (user_id, release_id) DO NOTHING";
    let to_tell = Follow::select()
        .join(Follow::PACKAGE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .columns((Follow::user_id, Release::id));
    let told = Notification::insert_select((Notification::user_id, Notification::release_id), to_tell)
        .on_conflict(Notification::primary_key())
        .do_nothing()
        .exec(db)
        .await?;
    twins.same_count(told, sql, "SELECT * FROM notifications").await;

    // ### Rows moved from table to table
    let sql = "
        WITH gone AS (
            DELETE FROM notifications
             WHERE seen_at IS NOT NULL AND user_id = 2 AND release_id <= 14
            RETURNING user_id, release_id)
        INSERT INTO follows (user_id, package_id)
        SELECT user_id, release_id FROM gone
        ON CONFLICT (user_id, package_id) DO NOTHING";
    let gone = Notification::delete_where(
        Notification::seen_at.is_not_null().and(Notification::user_id.eq(2)).and(Notification::release_id.le(14)),
    );
    let moved = Follow::insert_select(
        (Follow::user_id, Follow::package_id),
        gone.returning((Notification::user_id, Notification::release_id)),
    );
    let moved = moved.on_conflict(Follow::primary_key()).do_nothing().exec(db).await?;
    twins.same_count(moved, sql, "SELECT * FROM follows").await;

    // ### INSERT … ON CONFLICT DO NOTHING
    let sql = "
        INSERT INTO follows (user_id, package_id)
        VALUES (7, 4)
        ON CONFLICT (user_id, package_id) DO NOTHING";
    let follow = Follow::insert().user_id(7).package_id(4).on_conflict(Follow::primary_key());
    let added = follow.do_nothing().exec(db).await?;
    twins.same_count(added.iter().len() as u64, sql, "SELECT * FROM follows").await;

    // ### DELETE … USING
    let sql = "
        DELETE FROM dependencies d
         USING releases r, packages p
         WHERE r.id = d.release_id AND p.id = d.package_id AND p.deactivated_at IS NULL AND r.yanked
        RETURNING d.id, p.name";
    let rows = Dependency::delete_where(Dependency::all_rows())
        .join(Dependency::RELEASE_ID_FKEY)
        .join(Dependency::PACKAGE_ID_FKEY)
        .filter(Release::yanked)
        .returning((Dependency::id, Package::name))
        .exec(db)
        .await?;
    twins.same_write(rows, sql, "SELECT * FROM dependencies").await;

    // ### DELETE by rows of other tables
    let sql = "
        DELETE FROM notifications n
         USING releases r, owners o
         WHERE r.id = n.release_id AND o.package_id = r.package_id AND o.owner_id = 2 AND o.kind = 0";
    let owned = Owner::select().filter(Owner::owner_id.eq(2).and(Owner::kind.eq(0))).columns(Owner::package_id);
    let of_owned = Notification::RELEASE_ID_FKEY.parent_exists(Release::package_id.in_select(owned));
    let deleted = Notification::delete_where(of_owned).exec(db).await?;
    twins.same_count(deleted, sql, "SELECT * FROM notifications").await;

    // ### DELETE … RETURNING
    let sql = "
        DELETE FROM packages p
         WHERE p.deactivated_at IS NULL AND NOT EXISTS (SELECT FROM owners o WHERE o.package_id = p.id)
        RETURNING id, name";
    let orphaned = !Owner::PACKAGE_ID_FKEY.child_exists(Condition::always());
    let rows = Package::delete_where(orphaned).returning((Package::id, Package::name)).exec(db).await?;
    twins.same_write(rows, sql, "SELECT * FROM packages").await;

    // ### Rows from a queue
    let sql = "
        SELECT id, kind
          FROM jobs
         WHERE due_at <= '2026-02-01T00:00:00Z'
         ORDER BY priority DESC, id
         LIMIT 3
           FOR UPDATE SKIP LOCKED";
    let rows = Job::select()
        .filter(Job::due_at.le(february))
        .order_by((Job::priority.desc(), Job::id.asc()))
        .limit(3)
        .for_update()
        .skip_locked()
        .columns((Job::id, Job::kind))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
