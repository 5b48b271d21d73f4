//! ## Writing

use schemata::prelude::*;
use schemata_tests::registry::{Download, Follow, Job, Notification, Owner, Package, Release, Token};
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

    // ### INSERT … ON CONFLICT DO NOTHING
    let sql = "
        INSERT INTO follows (user_id, package_id)
        VALUES (7, 4)
        ON CONFLICT (user_id, package_id) DO NOTHING";
    let follow = Follow::insert().user_id(7).package_id(4).on_conflict(Follow::primary_key());
    let added = follow.do_nothing().exec(db).await?;
    twins.same_count(added.iter().len() as u64, sql, "SELECT * FROM follows").await;

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
