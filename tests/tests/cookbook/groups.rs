//! ## Groups

use schemata::prelude::*;
use schemata::query::count;
use schemata_tests::registry::{Category, Dependency, Download, Notification, Package, PackageCategory, Release};

use crate::Outcome;
use crate::twins::Twins;

#[tokio::test]
async fn groups() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### GROUP BY and HAVING
    // Each row is the key of a group and its aggregates: `(i32, (i64, Option<i32>))`.
    let sql = "
        SELECT package_id, count(*), max(size)
          FROM releases
         GROUP BY package_id
        HAVING count(*) > 2
         ORDER BY count(*) DESC, package_id";
    let rows: Vec<(i32, (i64, Option<i32>))> = Release::select()
        .group_by(Release::package_id)
        .aggregate((count(), Release::size.max()))
        .having(count().gt(2))
        .order_by((count().desc(), Release::package_id.asc()))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Totals
    let sql = "
        SELECT count(*), sum(hits), avg(hits), min(day), max(day)
          FROM downloads";
    let totals = (count(), Download::hits.sum(), Download::hits.avg(), Download::day.min(), Download::day.max());
    let rows = vec![Download::select().aggregate(totals).fetch_one(db).await?];
    twins.same(rows, sql).await;

    // ### GROUP BY over joins
    let sql = "
        SELECT p.name, sum(d.hits), count(DISTINCT r.id)
          FROM downloads d
          JOIN releases r ON r.id = d.release_id
          JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
         GROUP BY p.name
         ORDER BY sum(d.hits) DESC, p.name
         LIMIT 5";
    let hits = Download::hits.sum();
    let rows = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .group_by(Package::name)
        .aggregate((hits.clone(), Release::id.count_distinct()))
        .order_by((hits.desc(), Package::name.asc()))
        .limit(5)
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Groups without rows
    // `count` of a column counts what is not NULL: 0 for a category without packages.
    let sql = "
        SELECT c.path, count(p.id)
          FROM categories c
          LEFT JOIN package_categories pc ON pc.category_id = c.id
          LEFT JOIN packages p ON p.id = pc.package_id AND p.deactivated_at IS NULL
         GROUP BY c.path
         ORDER BY c.path";
    let rows = Category::select()
        .left_join(PackageCategory::CATEGORY_ID_FKEY)
        .left_join(PackageCategory::PACKAGE_ID_FKEY)
        .group_by(Category::path)
        .aggregate(Package::id.count())
        .order_by(Category::path.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### FILTER
    let sql = "
        SELECT user_id, count(*), count(*) FILTER (WHERE seen_at IS NULL)
          FROM notifications
         GROUP BY user_id
         ORDER BY user_id";
    let rows = Notification::select()
        .group_by(Notification::user_id)
        .aggregate((count(), count().filter(Notification::seen_at.is_null())))
        .order_by(Notification::user_id.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### GROUP BY an expression
    let sql = "
        SELECT size / 1000, count(*)
          FROM releases
         GROUP BY size / 1000
         ORDER BY size / 1000";
    let kilobytes = Release::size / 1000;
    let rows =
        Release::select().group_by(kilobytes.clone()).aggregate(count()).order_by(kilobytes.asc()).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### Calculating with aggregates
    let sql = "
        SELECT package_id, max(size) - min(size), sum(size) * 2
          FROM releases
         GROUP BY package_id
         ORDER BY package_id";
    let rows = Release::select()
        .group_by(Release::package_id)
        .aggregate((Release::size.max() - Release::size.min(), Release::size.sum() * 2_i64))
        .order_by(Release::package_id.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### COUNT DISTINCT
    let sql = "
        SELECT d.package_id, count(DISTINCT r.package_id)
          FROM dependencies d
          JOIN releases r ON r.id = d.release_id
         WHERE NOT r.yanked
         GROUP BY d.package_id
         ORDER BY d.package_id";
    let rows = Dependency::select()
        .join(Dependency::RELEASE_ID_FKEY)
        .filter(Release::yanked.eq(false))
        .group_by(Dependency::package_id)
        .aggregate(Release::package_id.count_distinct())
        .order_by(Dependency::package_id.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
