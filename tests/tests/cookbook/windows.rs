//! ## Windows and lists

use schemata::prelude::*;
use schemata::query::{array, count, current_row, jsonb_build_object, preceding, rank, row_number, window};
use schemata_tests::registry::{Download, Keyword, Package, PackageKeyword, Release};
use serde_json::Value;

use crate::Outcome;
use crate::twins::Twins;

/// A release with its place among the releases of its package.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Placed {
    package_id: i32,
    number: String,
    place: i64,
}

#[tokio::test]
async fn windows() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### row_number
    let sql = "
        SELECT package_id, number, row_number() OVER (PARTITION BY package_id ORDER BY published_at DESC, id DESC)
          FROM releases
         ORDER BY package_id, 3";
    let newest_first =
        window().partition_by(Release::package_id).order_by((Release::published_at.desc(), Release::id.desc()));
    let place = row_number().over(newest_first);
    let rows = Release::select()
        .order_by((Release::package_id.asc(), place.clone().asc()))
        .columns((Release::package_id, Release::number, place))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### The first two of each group
    // `#[derive(Projection)] #[projection(source)] struct Placed` names the columns of the inner query.
    let sql = "
        SELECT package_id, number
          FROM (SELECT package_id, number,
                       row_number() OVER (PARTITION BY package_id ORDER BY published_at DESC, id DESC) AS place
                  FROM releases) placed
         WHERE place <= 2
         ORDER BY package_id, place";
    let newest_first =
        window().partition_by(Release::package_id).order_by((Release::published_at.desc(), Release::id.desc()));
    let placed = Release::select().columns((Release::package_id, Release::number, row_number().over(newest_first)));
    let rows = Placed::from_query(placed)
        .filter(Placed::place.le(2))
        .order_by((Placed::package_id.asc(), Placed::place.asc()))
        .columns((Placed::package_id, Placed::number))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A running sum
    let sql = "
        SELECT release_id, day, sum(hits) OVER (PARTITION BY release_id ORDER BY day)
          FROM downloads
         ORDER BY release_id, day";
    let until_now = window().partition_by(Download::release_id).order_by(Download::day.asc());
    let rows = Download::select()
        .order_by((Download::release_id.asc(), Download::day.asc()))
        .columns((Download::release_id, Download::day, Download::hits.sum().over(until_now)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A moving average
    let sql = "
        SELECT day, avg(hits) OVER (ORDER BY day, release_id ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
          FROM downloads
         ORDER BY day, release_id";
    let seven =
        window().order_by((Download::day.asc(), Download::release_id.asc())).rows_between(preceding(6), current_row());
    let rows = Download::select()
        .order_by((Download::day.asc(), Download::release_id.asc()))
        .columns((Download::day, Download::hits.avg().over(seven)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### The row before
    let sql = "
        SELECT release_id, day, hits - lag(hits) OVER (PARTITION BY release_id ORDER BY day)
          FROM downloads
         ORDER BY release_id, day";
    let by_day = window().partition_by(Download::release_id).order_by(Download::day.asc());
    let rows: Vec<(i32, chrono::NaiveDate, Option<i32>)> = Download::select()
        .order_by((Download::release_id.asc(), Download::day.asc()))
        .columns((Download::release_id, Download::day, Download::hits - Download::hits.lag(1).over(by_day)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### count(*) OVER ()
    let sql = "
        SELECT name, count(*) OVER ()
          FROM packages
         WHERE deactivated_at IS NULL AND downloads >= 100
         ORDER BY name
         LIMIT 5";
    let rows = Package::select()
        .filter(Package::downloads.ge(100))
        .order_by(Package::name.asc())
        .limit(5)
        .columns((Package::name, count().over(window())))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### rank
    let sql = "
        SELECT name, rank() OVER (ORDER BY downloads DESC)
          FROM packages
         WHERE deactivated_at IS NULL
         ORDER BY 2, name";
    let place = rank().over(window().order_by(Package::downloads.desc()));
    let rows = Package::select()
        .order_by((place.clone().asc(), Package::name.asc()))
        .columns((Package::name, place))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### string_agg and array_agg
    let sql = "
        SELECT p.name, string_agg(k.word, ', ' ORDER BY k.word), array_agg(k.id ORDER BY k.id DESC)
          FROM package_keywords pk
          JOIN packages p ON p.id = pk.package_id AND p.deactivated_at IS NULL
          JOIN keywords k ON k.id = pk.keyword_id
         GROUP BY p.name
         ORDER BY p.name";
    let rows = PackageKeyword::select()
        .join(PackageKeyword::PACKAGE_ID_FKEY)
        .join(PackageKeyword::KEYWORD_ID_FKEY)
        .group_by(Package::name)
        .aggregate((
            Keyword::word.string_agg(", ").order_by(Keyword::word.asc()),
            Keyword::id.array_agg().order_by(Keyword::id.desc()),
        ))
        .order_by(Package::name.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### ARRAY of a sub-select
    // The array is empty if there are no rows, and never NULL.
    let sql = "
        SELECT p.name, ARRAY(SELECT r.number FROM releases r WHERE r.package_id = p.id ORDER BY r.id)
          FROM packages p
         WHERE p.deactivated_at IS NULL
         ORDER BY p.name";
    let numbers = Release::PACKAGE_ID_FKEY.children().order_by(Release::id.asc()).columns(Release::number);
    let rows: Vec<(String, Vec<String>)> =
        Package::select().order_by(Package::name.asc()).columns((Package::name, array(numbers))).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### Children as JSON
    let sql = "
        SELECT p.name, jsonb_agg(jsonb_build_object('number', r.number, 'size', r.size) ORDER BY r.id)
          FROM packages p
          JOIN releases r ON r.package_id = p.id
         WHERE p.deactivated_at IS NULL
         GROUP BY p.name
         ORDER BY p.name";
    let release = jsonb_build_object((("number", Release::number), ("size", Release::size)));
    let rows: Vec<(String, Option<Value>)> = Package::select()
        .join(Release::PACKAGE_ID_FKEY)
        .group_by(Package::name)
        .aggregate(release.jsonb_agg().order_by(Release::id.asc()))
        .order_by(Package::name.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A median
    let sql = "
        SELECT package_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY size)
          FROM releases
         GROUP BY package_id
         ORDER BY package_id";
    let rows = Release::select()
        .group_by(Release::package_id)
        .aggregate(Release::size.percentile_cont(0.5))
        .order_by(Release::package_id.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
