//! ## Expressions

use schemata::prelude::*;
use schemata::query::functions::{concat, date_trunc_in, days, extract, length, replace, round_to, split_part, unit};
use schemata::query::{
    bind, case, coalesce, count, greatest, lower, nullif, to_tsvector, ts_rank, websearch_to_tsquery,
};
use schemata::schema::Interval;
use schemata::{sql, sql_fn};
use schemata_tests::registry::{Download, Job, Package, Quota, Release, Token, User};
use serde_json::{Value, json};

use crate::Outcome;
use crate::twins::Twins;

sql_fn! {
    /// Whether a text begins with another one: a function of PostgreSQL.
    fn starts_with(text: String, beginning: String) -> bool;
}

#[tokio::test]
async fn expressions() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### Arithmetic
    let sql = "
        SELECT r.number, d.day, d.hits * r.size, d.hits % 7 + 1
          FROM downloads d
          JOIN releases r ON r.id = d.release_id
         WHERE d.hits * r.size > 1000
         ORDER BY d.hits * r.size DESC, d.release_id, d.day";
    let bytes = Download::hits * Release::size;
    let rows = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .filter(bytes.clone().gt(1000))
        .order_by((bytes.clone().desc(), Download::release_id.asc(), Download::day.asc()))
        .columns((Release::number, Download::day, bytes, Download::hits % 7 + 1))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A condition as a value
    // It is an `Option<bool>`, because a comparison with NULL is NULL.
    let sql = "
        SELECT id, expires_at <= '2026-02-01T00:00:00Z', scopes IS NULL
          FROM tokens
         ORDER BY id";
    let february = "2026-02-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
    let rows: Vec<(i32, Option<bool>, Option<bool>)> = Token::select()
        .order_by(Token::id.asc())
        .columns((Token::id, Token::expires_at.le(february), Token::scopes.is_null()))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### CASE
    let sql = "
        SELECT name, CASE WHEN downloads >= 400 THEN 'popular' WHEN downloads > 0 THEN 'known' ELSE 'new' END
          FROM packages
         WHERE deactivated_at IS NULL
         ORDER BY name";
    let fame =
        case().when(Package::downloads.ge(400), "popular").when(Package::downloads.gt(0), "known").otherwise("new");
    let rows: Vec<(String, String)> =
        Package::select().order_by(Package::name.asc()).columns((Package::name, fame)).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### ORDER BY CASE
    let sql = "
        SELECT id, license
          FROM releases
         ORDER BY CASE WHEN yanked THEN 2 WHEN license IS NULL THEN 1 ELSE 0 END, id";
    let rank = case().when(Release::yanked, 2).when(Release::license.is_null(), 1).otherwise(0);
    let rows = Release::select()
        .order_by((rank.asc(), Release::id.asc()))
        .columns((Release::id, Release::license))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### COALESCE
    // With a default that is never NULL, the value is not an `Option`, despite the left join.
    let sql = "
        SELECT r.id, coalesce(u.name, u.login, 'somebody'), coalesce(r.license, 'none')
          FROM releases r
          LEFT JOIN users u ON u.id = r.published_by AND u.deactivated_at IS NULL
         ORDER BY r.id";
    let publisher = coalesce(User::name, coalesce(User::login, "somebody"));
    let rows: Vec<(i32, String, String)> = Release::select()
        .left_join(Release::PUBLISHED_BY_FKEY)
        .order_by(Release::id.asc())
        .columns((Release::id, publisher, coalesce(Release::license, "none")))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### NULLIF and GREATEST
    let sql = "
        SELECT user_id, nullif(tokens, 0), greatest(tokens, 2)
          FROM quotas
         ORDER BY user_id";
    let rows: Vec<(i32, Option<i32>, i32)> = Quota::select()
        .order_by(Quota::user_id.asc())
        .columns((Quota::user_id, nullif(Quota::tokens, 0), greatest(Quota::tokens, 2)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A function in a condition
    let sql = "
        SELECT id, name
          FROM packages
         WHERE deactivated_at IS NULL AND replace(lower(name), '-', '_') = replace(lower('Re_Try2'), '-', '_')";
    let rows = Package::select()
        .filter(replace(lower(Package::name), "-", "_").eq(replace(lower("Re_Try2"), "-", "_")))
        .columns((Package::id, Package::name))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Functions on text
    let sql = "
        SELECT split_part(number, '.', 1)::int, length(number), 'v' || number, concat(license, '!')
          FROM releases
         ORDER BY split_part(number, '.', 1)::int DESC, id";
    let major = split_part(Release::number, ".", 1).cast::<i32>();
    let rows: Vec<(i32, i32, String, String)> = Release::select()
        .order_by((major.clone().desc(), Release::id.asc()))
        .columns((
            major,
            length(Release::number),
            bind("v".to_owned()).concat(Release::number),
            concat((Release::license, "!")),
        ))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### GROUP BY month
    let sql = "
        SELECT date_trunc('month', published_at, 'UTC'), count(*), round(avg(size), 1)
          FROM releases
         GROUP BY 1
         ORDER BY 1";
    let month = date_trunc_in(unit::Month, Release::published_at, "UTC");
    let rows = Release::select()
        .group_by(month.clone())
        .aggregate((count(), round_to(Release::size.avg(), 1)))
        .order_by(month.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Dates and intervals
    let sql = "
        SELECT id, due_at + interval '7 days', due_at - make_interval(days => retries)
          FROM jobs
         WHERE due_at + interval '7 days' < '2026-03-01T00:00:00Z'
         ORDER BY id";
    let march = "2026-03-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
    let week_later = Job::due_at + Interval::days(7);
    let rows = Job::select()
        .filter(week_later.clone().lt(march))
        .order_by(Job::id.asc())
        .columns((Job::id, week_later, Job::due_at - days(Job::retries)))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### EXTRACT
    let sql = "
        SELECT release_id, extract(isodow FROM day)::float8, extract(epoch FROM r.published_at - p.created_at)::float8
          FROM downloads d
          JOIN releases r ON r.id = d.release_id
          JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
         ORDER BY d.release_id, d.day";
    let age = extract(unit::Epoch, Release::published_at - Package::created_at);
    let rows = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .order_by((Download::release_id.asc(), Download::day.asc()))
        .columns((Download::release_id, extract(unit::IsoDayOfWeek, Download::day), age))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A function of the database
    // `sql_fn! { fn starts_with(text: String, beginning: String) -> bool; }` declares it.
    let sql = "
        SELECT p.name, r.number
          FROM releases r
          JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
         WHERE starts_with(p.name, 'tiny')
         ORDER BY r.id";
    let rows = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(starts_with(Package::name, "tiny"))
        .order_by(Release::id.asc())
        .columns((Package::name, Release::number))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A fragment of SQL
    let sql = "
        SELECT name, strpos(description, 'server')
          FROM packages
         WHERE deactivated_at IS NULL AND description SIMILAR TO '%(server|driver)%'
         ORDER BY name";
    let rows: Vec<(String, Option<i32>)> = Package::select()
        .filter(sql!(bool, "{} SIMILAR TO '%(server|driver)%'", Package::description))
        .order_by(Package::name.asc())
        .columns((Package::name, sql!(Option<i32>, "strpos({}, {})", Package::description, "server")))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### LIKE and regular expressions
    // In `starts_with`, `ends_with` and `contains`, `%` and `_` stand for themselves.
    let sql = r"
        SELECT name, description
          FROM packages
         WHERE deactivated_at IS NULL
           AND (description LIKE '%no\_std%' OR name ~ '^[A-Z][a-z]+[0-9]$')
         ORDER BY id";
    let rows = Package::select()
        .filter(Package::description.contains("no_std").or(Package::name.matches("^[A-Z][a-z]+[0-9]$")))
        .order_by(Package::id.asc())
        .columns((Package::name, Package::description))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Conditions on jsonb
    let sql = r#"
        SELECT id, kind
          FROM jobs
         WHERE data @> '{"try": 1}' OR data @? '$ ? (@.n > 10)'
         ORDER BY id"#;
    let rows = Job::select()
        .filter(Job::data.json_contains(json!({"try": 1})).or(Job::data.path_exists("$ ? (@.n > 10)")))
        .order_by(Job::id.asc())
        .columns((Job::id, Job::kind))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Members of a document
    let sql = "
        SELECT name, metadata -> 'stars', metadata #>> '{badge,ci}', (metadata ->> 'stars')::int
          FROM packages
         WHERE deactivated_at IS NULL AND metadata ? 'badge'
         ORDER BY (metadata ->> 'stars')::int DESC, id";
    let stars = Package::metadata.json_text("stars").cast::<i32>();
    let rows: Vec<(String, Option<Value>, Option<String>, Option<i32>)> = Package::select()
        .filter(Package::metadata.has_key("badge"))
        .order_by((stars.clone().desc(), Package::id.asc()))
        .columns((
            Package::name,
            Package::metadata.json("stars"),
            Package::metadata.json_path_text(["badge", "ci"]),
            stars,
        ))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Full text search
    let sql = "
        SELECT name, ts_rank(to_tsvector('english', description), websearch_to_tsquery('english', 'fast server or parsing'))
          FROM packages
         WHERE deactivated_at IS NULL
           AND to_tsvector('english', description) @@ websearch_to_tsquery('english', 'fast server or parsing')
         ORDER BY 2 DESC, name";
    let words = to_tsvector("english", Package::description);
    let sought = websearch_to_tsquery("english", "fast server or parsing");
    let rank = ts_rank(words.clone(), sought.clone());
    let rows: Vec<(String, Option<f32>)> = Package::select()
        .filter(words.matches_query(sought))
        .order_by((rank.clone().desc(), Package::name.asc()))
        .columns((Package::name, rank))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Conditions on arrays
    let sql = "
        SELECT id, labels
          FROM packages
         WHERE deactivated_at IS NULL AND labels && '{stable,wanted}' AND NOT labels @> '{archived}'
         ORDER BY id";
    let rows = Package::select()
        .filter(Package::labels.overlaps(["stable", "wanted"]).and(!Package::labels.contains_all(["archived"])))
        .order_by(Package::id.asc())
        .columns((Package::id, Package::labels))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;
    Ok(())
}
