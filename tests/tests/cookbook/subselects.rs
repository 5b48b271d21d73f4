//! ## Sub-selects

use schemata::alias;
use schemata::prelude::*;
use schemata::query::{count, exists, scalar};
use schemata_tests::registry::{
    Dependency, Download, Follow, Keyword, Notification, Owner, Package, PackageKeyword, Release, User,
};

use crate::Outcome;
use crate::twins::Twins;

alias! {
    /// A later release of the same package.
    struct Later = Release;
}

#[tokio::test]
async fn subselects() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### A count of children in the list
    let sql = "
        SELECT p.name,
               (SELECT count(*) FROM releases r WHERE r.package_id = p.id),
               (SELECT max(r.published_at) FROM releases r WHERE r.package_id = p.id)
          FROM packages p
         WHERE p.deactivated_at IS NULL
         ORDER BY p.id";
    let rows = Package::select()
        .order_by(Package::id.asc())
        .columns((
            Package::name,
            scalar(Release::PACKAGE_ID_FKEY.children().aggregate(count())),
            scalar(Release::PACKAGE_ID_FKEY.children().aggregate(Release::published_at.max())),
        ))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A column of the newest child
    let sql = "
        SELECT p.name,
               (SELECT r.number
                  FROM releases r
                 WHERE r.package_id = p.id AND NOT r.yanked
                 ORDER BY r.published_at DESC, r.id DESC
                 LIMIT 1)
          FROM packages p
         WHERE p.deactivated_at IS NULL
         ORDER BY p.id";
    let newest = Release::PACKAGE_ID_FKEY
        .children()
        .filter(Release::yanked.eq(false))
        .order_by((Release::published_at.desc(), Release::id.desc()))
        .limit(1);
    let rows: Vec<(String, Option<String>)> = Package::select()
        .order_by(Package::id.asc())
        .columns((Package::name, scalar(newest.columns(Release::number))))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A sum over a join of the children
    let sql = "
        SELECT p.id,
               (SELECT sum(d.hits)
                  FROM downloads d JOIN releases r ON r.id = d.release_id
                 WHERE r.package_id = p.id)
          FROM packages p
         WHERE p.deactivated_at IS NULL
         ORDER BY p.id";
    let hits = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .correlated()
        .filter(Release::package_id.eq(Package::id))
        .aggregate(Download::hits.sum());
    let rows = Package::select().order_by(Package::id.asc()).columns((Package::id, scalar(hits))).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### ORDER BY a sub-select
    let sql = "
        SELECT p.name, (SELECT count(*) FROM follows f WHERE f.package_id = p.id) AS followers
          FROM packages p
         WHERE p.deactivated_at IS NULL
         ORDER BY followers DESC, p.id
         LIMIT 5";
    let followers = scalar(Follow::PACKAGE_ID_FKEY.children().aggregate(count()));
    let rows = Package::select()
        .order_by((followers.clone().desc(), Package::id.asc()))
        .limit(5)
        .columns((Package::name, followers))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### EXISTS in the list
    let sql = "
        SELECT p.name, EXISTS (SELECT FROM follows f WHERE f.package_id = p.id AND f.user_id = 3)
          FROM packages p
         WHERE p.deactivated_at IS NULL
         ORDER BY p.id";
    let rows = Package::select()
        .order_by(Package::id.asc())
        .columns((Package::name, Follow::PACKAGE_ID_FKEY.child_exists(Follow::user_id.eq(3))))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### EXISTS along a foreign key
    let sql = "
        SELECT p.name
          FROM packages p
         WHERE p.deactivated_at IS NULL
           AND EXISTS (SELECT FROM owners o WHERE o.package_id = p.id AND o.owner_id = 2 AND o.kind = 0)
         ORDER BY p.name";
    let rows = Package::select()
        .filter(Owner::PACKAGE_ID_FKEY.child_exists(Owner::owner_id.eq(2).and(Owner::kind.eq(0))))
        .order_by(Package::name.asc())
        .columns((Package::name,))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### EXISTS through a join table
    let sql = "
        SELECT p.name
          FROM packages p
         WHERE p.deactivated_at IS NULL
           AND EXISTS (SELECT FROM package_keywords pk
                        WHERE pk.package_id = p.id
                          AND EXISTS (SELECT FROM keywords k WHERE k.id = pk.keyword_id AND k.word = 'http'))
         ORDER BY p.name";
    let about_http = PackageKeyword::KEYWORD_ID_FKEY.parent_exists(Keyword::word.eq("http"));
    let rows = Package::select()
        .filter(PackageKeyword::PACKAGE_ID_FKEY.child_exists(about_http))
        .order_by(Package::name.asc())
        .columns((Package::name,))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### NOT EXISTS
    // A sub-select that reads the tables of the outer query is `correlated()`.
    let sql = "
        SELECT f.user_id, r.id, p.name
          FROM follows f
          JOIN packages p ON p.id = f.package_id AND p.deactivated_at IS NULL
          JOIN releases r ON r.package_id = p.id
         WHERE NOT EXISTS (SELECT FROM notifications n
                            WHERE n.user_id = f.user_id AND n.release_id = r.id)
         ORDER BY f.user_id, r.id";
    let told = Notification::select()
        .correlated()
        .filter(Notification::user_id.eq(Follow::user_id).and(Notification::release_id.eq(Release::id)));
    let rows = Follow::select()
        .join(Follow::PACKAGE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .filter(!exists(told))
        .order_by((Follow::user_id.asc(), Release::id.asc()))
        .columns((Follow::user_id, Release::id, Package::name))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### NOT EXISTS of the same table
    let sql = "
        SELECT r.id, r.package_id
          FROM releases r
         WHERE NOT EXISTS (SELECT FROM releases l
                            WHERE l.package_id = r.package_id AND l.published_at > r.published_at)
         ORDER BY r.id";
    let later = Later::select().correlated().filter(
        Later::of(Release::package_id)
            .eq(Release::package_id)
            .and(Later::of(Release::published_at).gt(Release::published_at)),
    );
    let rows = Release::select()
        .filter(!exists(later))
        .order_by(Release::id.asc())
        .columns((Release::id, Release::package_id))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### IN a sub-select
    let sql = "
        SELECT r.id, r.number
          FROM releases r
         WHERE r.package_id IN (SELECT o.package_id FROM owners o WHERE o.kind = 0 AND o.owner_id = ANY ('{1,2}'))
         ORDER BY r.id";
    let owned = Owner::select().filter(Owner::kind.eq(0).and(Owner::owner_id.is_in([1, 2])));
    let rows = Release::select()
        .filter(Release::package_id.in_select(owned.columns(Owner::package_id)))
        .order_by(Release::id.asc())
        .columns((Release::id, Release::number))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### NOT IN a sub-select
    // NULLs in the sub-select are left out: in plain SQL, a single one would leave no row at all.
    let sql = "
        SELECT u.login
          FROM users u
         WHERE u.deactivated_at IS NULL
           AND u.id NOT IN (SELECT r.published_by FROM releases r WHERE r.published_by IS NOT NULL)
         ORDER BY u.login";
    let rows = User::select()
        .filter(User::id.not_in_select(Release::select().columns(Release::published_by)))
        .order_by(User::login.asc())
        .columns((User::login,))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### IN groups
    let sql = "
        SELECT p.name
          FROM packages p
         WHERE p.deactivated_at IS NULL
           AND p.id IN (SELECT d.package_id FROM dependencies d GROUP BY d.package_id HAVING count(*) >= 4)
         ORDER BY p.name";
    let wanted = Dependency::select().group_by(Dependency::package_id).aggregate(()).having(count().ge(4));
    let rows = Package::select()
        .filter(Package::id.in_select(wanted))
        .order_by(Package::name.asc())
        .columns((Package::name,))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
