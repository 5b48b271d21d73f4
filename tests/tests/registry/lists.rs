//! Expressions in the list: arithmetic, sub-selects, conditions.

use schemata::prelude::*;
use schemata::query::{bind, count, exists, model, scalar};
use schemata_tests::registry::{
    Case, Dependency, Download, Follow, Notification, Owner, Package, Quota, Release, Token, User, instant,
};

pub async fn all(case: &mut Case) {
    counts(case).await;
    newest(case).await;
    conditions(case).await;
    arithmetic(case).await;
}

async fn counts(case: &mut Case) {
    let query = Package::select().order_by(Package::id.asc()).columns((
        Package::name,
        scalar(Release::PACKAGE_ID_FKEY.children().aggregate(count())),
        scalar(Release::PACKAGE_ID_FKEY.children().aggregate(Release::published_at.max())),
        scalar(Dependency::PACKAGE_ID_FKEY.children().aggregate(count())),
    ));
    let sql = "SELECT p.name,
                      (SELECT count(*) FROM releases r WHERE r.package_id = p.id),
                      (SELECT max(r.published_at) FROM releases r WHERE r.package_id = p.id),
                      (SELECT count(*) FROM dependencies d WHERE d.package_id = p.id)
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id";
    case.check_paged(query, sql, &[]).await;

    // Sorted by the number of followers, most first.
    let followers = scalar(Follow::PACKAGE_ID_FKEY.children().aggregate(count()));
    let query = Package::select()
        .order_by((followers.clone().desc(), Package::id.asc()))
        .limit(5)
        .columns((Package::name, followers));
    let sql = "SELECT p.name, (SELECT count(*) FROM follows f WHERE f.package_id = p.id) AS followers
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                ORDER BY followers DESC, p.id
                LIMIT 5";
    case.check(query, sql, &[]).await;
}

async fn newest(case: &mut Case) {
    let newest = Release::PACKAGE_ID_FKEY
        .children()
        .filter(Release::yanked.eq(false))
        .order_by((Release::published_at.desc(), Release::id.desc()))
        .limit(1);
    let query = Package::select().order_by(Package::id.asc()).columns((
        model::<Package>(),
        scalar(newest.clone().columns(Release::number)),
        scalar(newest.columns(Release::license)),
    ));
    let sql = "SELECT p.id, p.name, p.description, p.downloads, p.created_at, p.labels, p.metadata, p.deactivated_at,
                      (SELECT r.number FROM releases r WHERE r.package_id = p.id AND NOT r.yanked
                        ORDER BY r.published_at DESC, r.id DESC LIMIT 1),
                      (SELECT r.license FROM releases r WHERE r.package_id = p.id AND NOT r.yanked
                        ORDER BY r.published_at DESC, r.id DESC LIMIT 1)
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id";
    case.check_paged(query, sql, &[]).await;

    // The sum of a sub-select that joins.
    let query = Package::select().order_by(Package::id.asc()).columns((
        Package::id,
        scalar(
            Download::select()
                .join(Download::RELEASE_ID_FKEY)
                .correlated::<Package>()
                .filter(Release::package_id.eq(Package::id))
                .aggregate(Download::hits.sum()),
        ),
    ));
    let sql = "SELECT p.id,
                      (SELECT sum(d.hits) FROM downloads d JOIN releases r ON r.id = d.release_id WHERE r.package_id = p.id)
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id";
    case.check_paged(query, sql, &[]).await;
}

async fn conditions(case: &mut Case) {
    let user = case.dice.pick(&[1, 2, 3, 4, 5, 6]);
    let query = Package::select().order_by(Package::id.asc()).columns((
        Package::name,
        Follow::PACKAGE_ID_FKEY.child_exists(Follow::user_id.eq(user)),
        exists(Owner::PACKAGE_ID_FKEY.children().filter(Owner::owner_id.eq(user).and(Owner::kind.eq(0)))),
        Package::description.is_null(),
    ));
    let sql = "SELECT p.name,
                      EXISTS (SELECT FROM follows f WHERE f.package_id = p.id AND f.user_id = $1),
                      EXISTS (SELECT FROM owners o WHERE o.package_id = p.id AND o.owner_id = $1 AND o.kind = 0),
                      p.description IS NULL
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id";
    case.check(query.map(|(name, follows, owns, bare)| (name, follows, owns, bare)), sql, &[&user]).await;

    let now = instant(&mut case.dice);
    let query = Token::select().left_join(Token::USER_ID_FKEY).order_by(Token::id.asc()).columns((
        Token::name,
        User::login,
        Token::expires_at.le(now),
        User::is_admin,
        bind(7_i64),
    ));
    let sql = "SELECT t.name, u.login, t.expires_at <= $1, u.is_admin, 7::bigint
                 FROM tokens t LEFT JOIN users u ON u.id = t.user_id AND u.deactivated_at IS NULL
                ORDER BY t.id";
    case.check_paged(query, sql, &[&now]).await;
}

async fn arithmetic(case: &mut Case) {
    let query = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .filter((Download::hits * Release::size).gt(1000))
        .order_by(((Download::hits * Release::size).desc(), Download::release_id.asc(), Download::day.asc()))
        .columns((Release::number, Download::day, Download::hits * Release::size, Download::hits % 7 + 1));
    let sql = "SELECT r.number, d.day, d.hits * r.size, d.hits % 7 + 1
                 FROM downloads d JOIN releases r ON r.id = d.release_id
                WHERE d.hits * r.size > 1000
                ORDER BY d.hits * r.size DESC, d.release_id, d.day";
    case.check_paged(query, sql, &[]).await;

    let query = Quota::select()
        .left_join_on::<Notification>(Notification::user_id.eq(Quota::user_id))
        .filter(Notification::seen_at.is_null())
        .order_by((Quota::user_id.asc(), Notification::release_id.asc()))
        .columns((Quota::user_id, Quota::tokens - Notification::release_id));
    let sql = "SELECT q.user_id, q.tokens - n.release_id
                 FROM quotas q LEFT JOIN notifications n ON n.user_id = q.user_id
                WHERE n.seen_at IS NULL
                ORDER BY q.user_id, n.release_id";
    case.check_paged(query, sql, &[]).await;
}
