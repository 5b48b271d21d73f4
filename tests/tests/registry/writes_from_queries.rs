//! Writes with computed values, joins, and the rows of queries.

use schemata::prelude::*;
use schemata::query::{bind, coalesce, count, excluded, least, scalar};
use schemata::schema::Interval;
use schemata_tests::registry::{
    Case, Dependency, Download, Follow, Job, Notification, Package, Quota, Release, Token, User, day, instant,
};

pub async fn all(case: &mut Case) {
    computed(case).await;
    joined(case).await;
    upserts(case).await;
    inserted(case).await;
}

async fn computed(case: &mut Case) {
    let job = case.dice.pick(&[1, 2, 3, 4, 5]);
    let work = move |tx| {
        Box::pin(async move {
            Job::update_where(Job::id.le(job))
                .set(Job::retries, Job::retries + 1)
                .set(Job::due_at, Job::due_at + bind(Interval::minutes(5)) * (Job::retries + 1))
                .set_default(Job::priority)
                .returning((Job::id, Job::retries, Job::due_at))
                .exec(&tx)
                .await
        }) as _
    };
    let sql = "UPDATE jobs
                  SET retries = retries + 1, due_at = due_at + interval '5 minutes' * (retries + 1), priority = DEFAULT
                WHERE id <= $1
               RETURNING id, retries, due_at";
    case.check_write(&["jobs"], work, sql, &[&job]).await;

    let work = |tx| {
        Box::pin(async move {
            let hits = Download::select()
                .join(Download::RELEASE_ID_FKEY)
                .correlated::<Package>()
                .filter(Release::package_id.eq(Package::id))
                .aggregate(Download::hits.sum());
            let update = Package::update_where(Package::all_rows());
            let update = update.set(Package::downloads, coalesce(scalar(hits), 0_i64));
            update.returning((Package::id, Package::downloads)).exec(&tx).await
        }) as _
    };
    let sql = "UPDATE packages p
                  SET downloads = coalesce((SELECT sum(d.hits) FROM downloads d JOIN releases r ON r.id = d.release_id
                                             WHERE r.package_id = p.id), 0)
                WHERE deactivated_at IS NULL
               RETURNING id, downloads";
    case.check_write(&["packages"], work, sql, &[]).await;
}

async fn joined(case: &mut Case) {
    let now = instant(&mut case.dice);
    let work = move |tx| {
        Box::pin(async move {
            Token::update_where(Token::revoked.is_false())
                .join(Token::USER_ID_FKEY)
                .filter(User::is_admin.eq(true).or(Token::expires_at.lt(now)))
                .set(Token::revoked, true)
                .set(Token::name, User::login)
                .returning((Token::id, User::login))
                .exec(&tx)
                .await
        }) as _
    };
    let sql = "UPDATE tokens t SET revoked = true, name = u.login
                 FROM users u
                WHERE u.id = t.user_id AND u.deactivated_at IS NULL AND NOT t.revoked
                  AND (u.is_admin OR t.expires_at < $1)
               RETURNING t.id, u.login";
    case.check_write(&["tokens"], work, sql, &[&now]).await;

    let work = |tx| {
        Box::pin(async move {
            let delete = Dependency::delete_where(Dependency::optional.eq(true));
            let delete = delete.join(Dependency::RELEASE_ID_FKEY).join(Dependency::PACKAGE_ID_FKEY);
            delete.filter(Release::yanked).returning((Dependency::id, Package::name)).exec(&tx).await
        }) as _
    };
    let sql = "DELETE FROM dependencies d
                USING releases r, packages p
                WHERE r.id = d.release_id AND p.id = d.package_id AND p.deactivated_at IS NULL
                  AND d.optional AND r.yanked
               RETURNING d.id, p.name";
    case.check_write(&["dependencies"], work, sql, &[]).await;
}

async fn upserts(case: &mut Case) {
    let (user, now) = (case.dice.pick(&[1, 2, 3, 4, 5]), instant(&mut case.dice));
    let work = move |tx| {
        Box::pin(async move {
            let insert = Quota::insert().user_id(user).action("publish").tokens(10).refilled_at(now);
            let upsert = insert
                .on_conflict(Quota::primary_key())
                .on_update(Quota::tokens, least(bind(10), Quota::tokens + 3))
                .on_update(Quota::refilled_at, excluded(Quota::refilled_at))
                .on_update_where(Quota::refilled_at.lt(excluded(Quota::refilled_at)));
            Ok(upsert.returning((Quota::user_id, Quota::tokens)).exec(&tx).await?.into_iter().collect())
        }) as _
    };
    let sql = "INSERT INTO quotas (user_id, action, tokens, refilled_at) VALUES ($1, 'publish', 10, $2)
               ON CONFLICT (user_id, action) DO UPDATE
                  SET tokens = least(10, quotas.tokens + 3), refilled_at = EXCLUDED.refilled_at
                WHERE quotas.refilled_at < EXCLUDED.refilled_at
               RETURNING user_id, tokens";
    case.check_write(&["quotas"], work, sql, &[&user, &now]).await;
}

async fn inserted(case: &mut Case) {
    // Tell the followers of every package of its releases, once.
    let since = instant(&mut case.dice);
    let work = move |tx| {
        Box::pin(async move {
            let new = Follow::select()
                .join(Follow::PACKAGE_ID_FKEY)
                .join(Release::PACKAGE_ID_FKEY)
                .filter(Release::published_at.ge(since))
                .columns((Follow::user_id, Release::id));
            let told = Notification::insert_select((Notification::user_id, Notification::release_id), new);
            let told = told.on_conflict(Notification::primary_key()).do_nothing();
            told.returning((Notification::user_id, Notification::release_id)).exec(&tx).await
        }) as _
    };
    let sql = "INSERT INTO notifications (user_id, release_id)
               SELECT f.user_id, r.id
                 FROM follows f
                 JOIN packages p ON p.id = f.package_id AND p.deactivated_at IS NULL
                 JOIN releases r ON r.package_id = p.id
                WHERE r.published_at >= $1
               ON CONFLICT DO NOTHING
               RETURNING user_id, release_id";
    case.check_write(&["notifications"], work, sql, &[&since]).await;

    // The downloads of withdrawn releases move to one day, as one statement.
    let to = day(&mut case.dice);
    let work = move |tx| {
        Box::pin(async move {
            let sums = Release::select()
                .join_on::<Download>(Download::release_id.eq(Release::id))
                .filter(Release::yanked)
                .group_by((Release::id, bind(to)))
                .aggregate(coalesce(count().cast::<i32>(), 0));
            let columns = ((Download::release_id, Download::day), Download::hits);
            let insert = Download::insert_select(columns, sums).on_conflict(Download::primary_key());
            let upsert = insert.on_update(Download::hits, Download::hits + excluded(Download::hits));
            upsert.returning((Download::release_id, Download::hits)).exec(&tx).await
        }) as _
    };
    let sql = "INSERT INTO downloads (release_id, day, hits)
               SELECT r.id, $1, count(*)::int
                 FROM releases r JOIN downloads d ON d.release_id = r.id
                WHERE r.yanked
                GROUP BY r.id
               ON CONFLICT (release_id, day) DO UPDATE SET hits = downloads.hits + EXCLUDED.hits
               RETURNING release_id, hits";
    case.check_write(&["downloads"], work, sql, &[&to]).await;
}
