//! ## Joins

use schemata::alias;
use schemata::prelude::*;
use schemata_tests::registry::{
    Dependency, Follow, Keyword, Notification, Owner, Package, PackageKeyword, Release, TEAM, Team, USER, User,
};

use crate::Outcome;
use crate::twins::Twins;

alias! {
    /// The user who invited another one.
    struct Inviter = User;
    /// A package on which another one depends.
    struct Needed = Package;
    /// A later release of the same package.
    struct Later = Release;
}

#[tokio::test]
async fn joins() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### JOIN along a foreign key
    // The model has a constant for each foreign key, which works in both directions.
    let sql = "
        SELECT p.name, r.number, r.published_at
          FROM releases r
          JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
         WHERE NOT r.yanked
         ORDER BY r.published_at DESC, r.id
         LIMIT 10";
    let rows = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(Release::yanked.eq(false))
        .order_by((Release::published_at.desc(), Release::id.asc()))
        .limit(10)
        .columns((Package::name, Release::number, Release::published_at))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### LEFT JOIN
    // What the join can leave out is an `Option`: `Vec<(String, Option<String>)>`.
    let sql = "
        SELECT r.number, u.login
          FROM releases r
          LEFT JOIN users u ON u.id = r.published_by AND u.deactivated_at IS NULL
         ORDER BY r.id";
    let rows: Vec<(String, Option<String>)> = Release::select()
        .left_join(Release::PUBLISHED_BY_FKEY)
        .order_by(Release::id.asc())
        .columns((Release::number, User::login))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Several joins
    let sql = "
        SELECT u.email, p.name, r.number
          FROM notifications n
          JOIN releases r ON r.id = n.release_id
          JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
          JOIN users u ON u.id = n.user_id AND u.deactivated_at IS NULL
         WHERE n.seen_at IS NULL AND u.email IS NOT NULL
         ORDER BY u.id, r.id";
    let rows = Notification::select()
        .join(Notification::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .join(Notification::USER_ID_FKEY)
        .filter(Notification::seen_at.is_null().and(User::email.is_not_null()))
        .order_by((User::id.asc(), Release::id.asc()))
        .columns((User::email, Package::name, Release::number))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### The whole rows of several tables
    // `models()` returns `(Package, Release)`, and `Option<User>` after a left join.
    let sql = "
        SELECT p.id, p.name, p.description, p.downloads, p.created_at, p.labels, p.metadata, p.deactivated_at,
               r.id, r.package_id, r.number, r.published_by, r.published_at, r.yanked, r.license, r.size
          FROM packages p
          JOIN releases r ON r.package_id = p.id
         WHERE p.deactivated_at IS NULL
         ORDER BY p.name, r.id";
    let rows: Vec<(Package, Release)> = Package::select()
        .join(Release::PACKAGE_ID_FKEY)
        .order_by((Package::name.asc(), Release::id.asc()))
        .models()
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### The same table twice
    // `alias! { struct Inviter = User; }` declares the second name.
    let sql = "
        SELECT u.login, i.login
          FROM users u
          LEFT JOIN users i ON i.id = u.invited_by AND i.deactivated_at IS NULL
         WHERE u.deactivated_at IS NULL
         ORDER BY u.id";
    let rows = User::select()
        .left_join(User::INVITED_BY_FKEY.to(Inviter))
        .order_by(User::id.asc())
        .columns((User::login, Inviter::of(User::login)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Two ways to one table
    let sql = "
        SELECT p.name, r.number, n.name, d.requirement
          FROM dependencies d
          JOIN releases r ON r.id = d.release_id
          JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
          JOIN packages n ON n.id = d.package_id AND n.deactivated_at IS NULL
         ORDER BY d.id";
    let rows = Dependency::select()
        .join(Dependency::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .join(Dependency::PACKAGE_ID_FKEY.to(Needed))
        .order_by(Dependency::id.asc())
        .columns((Package::name, Release::number, Needed::of(Package::name), Dependency::requirement))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### JOIN on a condition
    let sql = "
        SELECT r.number, l.number
          FROM releases r
          JOIN releases l ON l.package_id = r.package_id AND l.published_at > r.published_at
         ORDER BY r.id, l.id";
    let rows = Release::select()
        .join_on::<Later>(
            Later::of(Release::package_id)
                .eq(Release::package_id)
                .and(Later::of(Release::published_at).gt(Release::published_at)),
        )
        .order_by((Release::id.asc(), Later::of(Release::id).asc()))
        .columns((Release::number, Later::of(Release::number)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### An owner in one of two tables
    let sql = "
        SELECT o.package_id, u.login, t.login
          FROM owners o
          LEFT JOIN users u ON u.id = o.owner_id AND o.kind = 0 AND u.deactivated_at IS NULL
          LEFT JOIN teams t ON t.id = o.owner_id AND o.kind = 1
         ORDER BY o.package_id, o.kind, o.owner_id";
    let rows = Owner::select()
        .left_join_on::<User>(User::id.eq(Owner::owner_id).and(Owner::kind.eq(USER)))
        .left_join_on::<Team>(Team::id.eq(Owner::owner_id).and(Owner::kind.eq(TEAM)))
        .order_by((Owner::package_id.asc(), Owner::kind.asc(), Owner::owner_id.asc()))
        .columns((Owner::package_id, User::login, Team::login))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Many to many
    let sql = "
        SELECT p.name, k.word
          FROM packages p
          JOIN package_keywords pk ON pk.package_id = p.id
          JOIN keywords k ON k.id = pk.keyword_id
         WHERE p.deactivated_at IS NULL
         ORDER BY p.name, k.word";
    let rows = Package::select()
        .join(PackageKeyword::PACKAGE_ID_FKEY)
        .join(PackageKeyword::KEYWORD_ID_FKEY)
        .order_by((Package::name.asc(), Keyword::word.asc()))
        .columns((Package::name, Keyword::word))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### FULL JOIN
    let sql = "
        SELECT f.package_id, n.release_id
          FROM follows f
          FULL JOIN notifications n ON n.user_id = f.user_id
         WHERE f.user_id IS NULL OR n.user_id IS NULL
         ORDER BY f.package_id, n.release_id, f.user_id, n.user_id";
    let rows: Vec<(Option<i32>, Option<i32>)> = Follow::select()
        .full_join_on::<Notification>(Notification::user_id.eq(Follow::user_id))
        .filter(Follow::user_id.is_null().or(Notification::user_id.is_null()))
        .order_by((
            Follow::package_id.asc(),
            Notification::release_id.asc(),
            Follow::user_id.asc(),
            Notification::user_id.asc(),
        ))
        .columns((Follow::package_id, Notification::release_id))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
