//! ## Queries as tables

use schemata::prelude::*;
use schemata::query::{bind, coalesce, count, generate_series, position, unnest, with, with_recursive};
use schemata_tests::registry::{Download, Package, Release, Team, Token, User};

use crate::Outcome;
use crate::twins::Twins;

/// How many releases a package has, and how large they are.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct PerPackage {
    package_id: i32,
    releases: i64,
    size: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Newest {
    number: String,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Invited {
    id: i32,
    depth: i32,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Offset {
    days: i32,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Label {
    label: String,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Wanted {
    name: String,
    least: i64,
}

#[tokio::test]
async fn tables() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### A sub-select in FROM
    // `#[derive(Projection)] #[projection(source)] struct PerPackage` names its columns and their types.
    let sql = "
        SELECT p.name, c.releases
          FROM packages p
          LEFT JOIN (SELECT package_id, count(*) AS releases, sum(size) AS size
                       FROM releases
                      GROUP BY package_id) c ON c.package_id = p.id
         WHERE p.deactivated_at IS NULL
         ORDER BY p.name";
    let per_package = Release::select().group_by(Release::package_id).aggregate((count(), Release::size.sum()));
    let rows: Vec<(String, Option<i64>)> = Package::select()
        .left_join_query::<PerPackage>(per_package, PerPackage::package_id.eq(Package::id))
        .order_by(Package::name.asc())
        .columns((Package::name, PerPackage::releases))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### LATERAL
    let sql = "
        SELECT p.name, n.number
          FROM packages p
          LEFT JOIN LATERAL (SELECT r.number
                               FROM releases r
                              WHERE r.package_id = p.id
                              ORDER BY r.published_at DESC, r.id DESC
                              LIMIT 2) n ON true
         WHERE p.deactivated_at IS NULL
         ORDER BY p.name, n.number";
    let newest = Release::PACKAGE_ID_FKEY
        .children()
        .order_by((Release::published_at.desc(), Release::id.desc()))
        .limit(2)
        .columns((Release::number,));
    let rows: Vec<(String, Option<String>)> = Package::select()
        .left_join_lateral::<Newest>(newest)
        .order_by((Package::name.asc(), Newest::number.asc()))
        .columns((Package::name, Newest::number))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### WITH
    let sql = "
        WITH per_package AS (
            SELECT package_id, count(*) AS releases, sum(size) AS size
              FROM releases
             GROUP BY package_id)
        SELECT package_id, releases
          FROM per_package
         WHERE releases > 2
         ORDER BY package_id";
    let per_package = Release::select().group_by(Release::package_id).aggregate((count(), Release::size.sum()));
    let rows = with::<PerPackage>(per_package)
        .read(PerPackage::select().filter(PerPackage::releases.gt(2)).order_by(PerPackage::package_id.asc()))
        .columns((PerPackage::package_id, PerPackage::releases))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### WITH RECURSIVE
    let sql = "
        WITH RECURSIVE invited (id, depth) AS (
            SELECT id, 0 FROM users WHERE id = 1
            UNION ALL
            SELECT u.id, i.depth + 1
              FROM users u
              JOIN invited i ON i.id = u.invited_by
             WHERE u.deactivated_at IS NULL)
        SELECT id, depth
          FROM invited
         ORDER BY depth, id";
    let first = User::select().filter(User::id.eq(1)).columns((User::id, bind(0)));
    let next =
        User::select().join_on::<Invited>(Invited::id.eq(User::invited_by)).columns((User::id, Invited::depth + 1));
    let rows = with_recursive::<Invited>(first, next)
        .read(Invited::select().order_by((Invited::depth.asc(), Invited::id.asc())))
        .columns((Invited::id, Invited::depth))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### UNION ALL
    let sql = "
        SELECT login, 'user' AS kind FROM users WHERE deactivated_at IS NULL
        UNION ALL
        SELECT login, 'team' FROM teams
        ORDER BY 1";
    let users = User::select().columns((User::login, bind("user".to_owned())));
    let teams = Team::select().columns((Team::login, bind("team".to_owned())));
    let rows = users.union_all(teams).order_by(position(1).asc()).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### EXCEPT
    let sql = "
        SELECT id FROM users WHERE deactivated_at IS NULL
        EXCEPT
        SELECT user_id FROM tokens
        ORDER BY 1";
    let users = User::select().columns((User::id,));
    let with_token = Token::select().columns((Token::user_id,));
    let rows = users.except(with_token).order_by(position(1).asc()).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### A row for each day
    let sql = "
        SELECT s.days, coalesce(d.hits, 0)
          FROM generate_series(0, 60) AS s (days)
          LEFT JOIN downloads d ON d.release_id = 1 AND d.day = date '2026-01-01' + s.days
         ORDER BY s.days";
    let january = chrono::NaiveDate::from_ymd_opt(2026, 1, 1).ok_or("a day")?;
    let rows: Vec<(i32, i32)> = Offset::from_function(generate_series(bind(0), bind(60)))
        .left_join_on::<Download>(Download::release_id.eq(1).and(Download::day.eq(bind(january) + Offset::days)))
        .order_by(Offset::days.asc())
        .columns((Offset::days, coalesce(Download::hits, 0)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### The elements of an array column
    let sql = "
        SELECT l.label, count(*)
          FROM packages p
         CROSS JOIN LATERAL unnest(p.labels) AS l (label)
         WHERE p.deactivated_at IS NULL
         GROUP BY l.label
         ORDER BY l.label";
    let rows = Package::select()
        .join_function::<Label>(unnest(Package::labels))
        .group_by(Label::label)
        .aggregate(count())
        .order_by(Label::label.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Values of the program as a table
    let sql = "
        SELECT w.name, p.id, p.downloads >= w.least
          FROM unnest('{tiny1,tiny4,unknown}'::text[], '{100,300,0}'::bigint[]) AS w (name, least)
          LEFT JOIN packages p ON p.name = w.name AND p.deactivated_at IS NULL
         ORDER BY w.name";
    let names = ["tiny1", "tiny4", "unknown"].map(str::to_owned).to_vec();
    let rows: Vec<(String, Option<i32>, Option<bool>)> = Wanted::from_function(unnest((names, vec![100_i64, 300, 0])))
        .left_join_on::<Package>(Package::name.eq(Wanted::name))
        .order_by(Wanted::name.asc())
        .columns((Wanted::name, Package::id, Package::downloads.ge(Wanted::least)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
