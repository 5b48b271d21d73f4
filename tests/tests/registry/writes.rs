//! Writes that read: along relations, by sub-selects, with values that PostgreSQL computes.

use schemata::prelude::*;
use schemata_tests::registry::{
    Case, Download, Follow, Job, Notification, Owner, Package, Quota, Release, Token, User, day, instant,
};

pub async fn all(case: &mut Case) {
    updates(case).await;
    upserts(case).await;
    deletes(case).await;
}

async fn updates(case: &mut Case) {
    let (hash, now) = (vec![case.dice.pick(&[1_u8, 2, 3, 4, 5, 6]); 4], instant(&mut case.dice));
    let sought = hash.clone();
    let work = move |tx| {
        let hash = sought.clone();
        Box::pin(async move {
            let live = Token::hash.eq(hash).and(Token::revoked.eq(false));
            Token::update_where(live).used_at(now).returning((Token::id, Token::user_id)).exec(&tx).await
        }) as _
    };
    let sql = "UPDATE tokens SET used_at = $2 WHERE hash = $1 AND NOT revoked RETURNING id, user_id";
    case.check_write(&["tokens"], work, sql, &[&hash, &now]).await;

    let job = case.dice.pick(&[1, 2, 3, 4]);
    let work = move |tx| {
        Box::pin(async move {
            let update = Job::update_where(Job::id.eq(job)).set_sql(Job::retries, "retries + 1").due_at(now);
            update.returning((Job::id, Job::retries)).exec(&tx).await
        }) as _
    };
    let sql = "UPDATE jobs SET retries = retries + 1, due_at = $2 WHERE id = $1 RETURNING id, retries";
    case.check_write(&["jobs"], work, sql, &[&job, &now]).await;

    // All tokens of users who are gone.
    let work = |tx| {
        Box::pin(async move {
            let gone = !Token::USER_ID_FKEY.parent_exists(Condition::always());
            Token::update_where(gone.and(Token::revoked.eq(false))).revoked(true).returning(Token::id).exec(&tx).await
        }) as _
    };
    let sql = "UPDATE tokens SET revoked = true
                WHERE NOT revoked AND user_id NOT IN (SELECT id FROM users WHERE deactivated_at IS NULL)
               RETURNING id";
    case.check_write(&["tokens"], work, sql, &[]).await;
}

async fn upserts(case: &mut Case) {
    let (release, day, hits) = (case.dice.pick(&[1, 2, 3]), day(&mut case.dice), case.dice.pick(&[1, 20]));
    let work = move |tx| {
        Box::pin(async move {
            let insert = Download::insert().release_id(release).day(day).hits(hits);
            let upsert = insert.on_conflict(Download::primary_key());
            let upsert = upsert.on_update_sql(Download::hits, "downloads.hits + EXCLUDED.hits");
            Ok(vec![upsert.returning((Download::release_id, Download::hits)).exec(&tx).await?])
        }) as _
    };
    let sql = "INSERT INTO downloads (release_id, day, hits) VALUES ($1, $2, $3)
               ON CONFLICT (release_id, day) DO UPDATE SET hits = downloads.hits + EXCLUDED.hits
               RETURNING release_id, hits";
    case.check_write(&["downloads"], work, sql, &[&release, &day, &hits]).await;

    let now = instant(&mut case.dice);
    let work = move |tx| {
        Box::pin(async move {
            let insert = Quota::insert().user_id(1).action("publish").tokens(10).refilled_at(now);
            let upsert = insert.on_conflict(Quota::primary_key());
            let upsert = upsert.on_update_sql(Quota::tokens, "least(10, quotas.tokens + 3)");
            Ok(vec![upsert.exec(&tx).await?])
        }) as _
    };
    let sql = "INSERT INTO quotas (user_id, action, tokens, refilled_at) VALUES (1, 'publish', 10, $1)
               ON CONFLICT (user_id, action) DO UPDATE SET tokens = least(10, quotas.tokens + 3)
               RETURNING user_id, action, tokens, refilled_at";
    case.check_write(&["quotas"], work, sql, &[&now]).await;

    let (user, package) = (case.dice.pick(&[1, 2, 3]), case.dice.pick(&[1, 2, 3, 4]));
    let work = move |tx| {
        Box::pin(async move {
            let insert = Follow::insert().user_id(user).package_id(package).on_conflict(Follow::primary_key());
            let added = insert.do_nothing().returning((Follow::user_id, Follow::package_id)).exec(&tx).await?;
            Ok(added.into_iter().collect())
        }) as _
    };
    let sql = "INSERT INTO follows (user_id, package_id) VALUES ($1, $2)
               ON CONFLICT DO NOTHING
               RETURNING user_id, package_id";
    case.check_write(&["follows"], work, sql, &[&user, &package]).await;
}

async fn deletes(case: &mut Case) {
    let user = case.dice.pick(&[1, 2, 3, 4]);
    let work = move |tx| {
        Box::pin(async move {
            let owned = Owner::select().filter(Owner::owner_id.eq(user)).columns(Owner::package_id);
            let releases = Release::select().filter(Release::package_id.in_select(owned)).columns(Release::id);
            let condition = Notification::release_id.in_select(releases).and(Notification::seen_at.is_not_null());
            Ok(vec![(i64::try_from(Notification::delete_where(condition).exec(&tx).await?).expect("few"),)])
        }) as _
    };
    let sql = "WITH gone AS (
                   DELETE FROM notifications n
                    USING releases r, (SELECT DISTINCT package_id FROM owners WHERE owner_id = $1) o
                    WHERE r.id = n.release_id AND o.package_id = r.package_id AND n.seen_at IS NOT NULL
                   RETURNING 1)
               SELECT count(*) FROM gone";
    case.check_write(&["notifications"], work, sql, &[&user]).await;

    let work = move |tx| {
        Box::pin(async move {
            let orphaned = !Owner::PACKAGE_ID_FKEY.child_exists(Condition::always());
            Package::delete_where(orphaned).returning((Package::id, Package::name)).exec(&tx).await
        }) as _
    };
    let sql = "DELETE FROM packages p
                WHERE deactivated_at IS NULL AND NOT EXISTS (SELECT FROM owners o WHERE o.package_id = p.id)
               RETURNING id, name";
    case.check_write(&["packages", "releases", "follows"], work, sql, &[]).await;

    let work = |tx| {
        Box::pin(async move {
            let idle = !Release::PUBLISHED_BY_FKEY.child_exists(Condition::always());
            User::remove_where(idle.and(User::is_admin.eq(false))).returning((User::id, User::login)).exec(&tx).await
        }) as _
    };
    let sql = "UPDATE users u SET deactivated_at = now()
                WHERE deactivated_at IS NULL AND NOT is_admin
                  AND NOT EXISTS (SELECT FROM releases r WHERE r.published_by = u.id)
               RETURNING id, login";
    case.check_write(&["users"], work, sql, &[]).await;
}
