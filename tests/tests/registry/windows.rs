//! Window functions, gathered values, and full text search.

use schemata::prelude::*;
use schemata::query::{
    array, count, jsonb_build_object, lower, plainto_tsquery, rank, row_number, to_tsvector, ts_rank, window,
};
use schemata_tests::registry::{
    Case, Dependency, Download, Job, Keyword, Package, PackageKeyword, Release, Token, User, day,
};
use serde_json::json;

pub async fn all(case: &mut Case) {
    top_of_each(case).await;
    downloads(case).await;
    gathered(case).await;
    documents(case).await;
}

/// A release with its place among those of its package.
#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Placed {
    package_id: i32,
    id: i32,
    published_by: Option<i32>,
    place: i64,
}

async fn top_of_each(case: &mut Case) {
    let most = case.dice.pick(&[1_i64, 2, 3]);
    let newest_first =
        window().partition_by(Release::package_id).order_by((Release::published_at.desc(), Release::id.desc()));
    let placed = Release::select().filter(Release::yanked.is_false()).columns((
        Release::package_id,
        Release::id,
        Release::published_by,
        row_number().over(newest_first),
    ));
    let query = Placed::from_query(placed)
        .left_join_on::<User>(User::id.eq(Placed::published_by))
        .filter(Placed::place.le(most))
        .order_by((Placed::package_id.asc(), Placed::place.asc()))
        .columns((Placed::package_id, Placed::id, Placed::place, User::login));
    let sql = "SELECT t.package_id, t.id, t.place, u.login
                 FROM (SELECT package_id, id, published_by,
                              row_number() OVER (PARTITION BY package_id ORDER BY published_at DESC, id DESC) AS place
                         FROM releases
                        WHERE NOT yanked) t
                 LEFT JOIN users u ON u.id = t.published_by AND u.deactivated_at IS NULL
                WHERE t.place <= $1
                ORDER BY t.package_id, t.place";
    case.check(query, sql, &[&most]).await;

    // A page with the number of all rows that qualify.
    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(Package::downloads.ge(100))
        .order_by((Package::name.asc(), Release::id.asc()))
        .limit(4)
        .offset(2)
        .columns((Package::name, Release::id, count().over(window())));
    let sql = "SELECT p.name, r.id, count(*) OVER ()
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                WHERE p.downloads >= 100
                ORDER BY p.name, r.id
                LIMIT 4 OFFSET 2";
    case.check(query, sql, &[]).await;

    let place = rank().over(window().order_by(count().desc()));
    let query = Dependency::select()
        .join(Dependency::PACKAGE_ID_FKEY)
        .group_by(Package::name)
        .aggregate((count(), place.clone()))
        .order_by((place.asc(), Package::name.asc()));
    let sql = "SELECT p.name, count(*), rank() OVER (ORDER BY count(*) DESC)
                 FROM dependencies d JOIN packages p ON p.id = d.package_id AND p.deactivated_at IS NULL
                GROUP BY p.name
                ORDER BY 3, p.name";
    case.check(query, sql, &[]).await;
}

async fn downloads(case: &mut Case) {
    let since = day(&mut case.dice);
    let by_day = || window().partition_by(Release::package_id).order_by((Download::day.asc(), Release::id.asc()));
    let query = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .filter(Download::day.ge(since))
        .order_by((Release::package_id.asc(), Download::day.asc(), Release::id.asc()))
        .columns((
            Release::package_id,
            Download::day,
            Download::hits.sum().over(by_day()),
            Download::hits - Download::hits.lag_or(1, 0).over(by_day()),
            Download::day - Download::day.first_value().over(by_day()),
        ));
    let sql = "SELECT r.package_id, d.day, sum(d.hits) OVER w, d.hits - lag(d.hits, 1, 0) OVER w,
                      d.day - first_value(d.day) OVER w
                 FROM downloads d JOIN releases r ON r.id = d.release_id
                WHERE d.day >= $1
               WINDOW w AS (PARTITION BY r.package_id ORDER BY d.day, r.id)
                ORDER BY r.package_id, d.day, r.id";
    case.check(query, sql, &[&since]).await;
}

async fn gathered(case: &mut Case) {
    let query = Package::select()
        .left_join(PackageKeyword::PACKAGE_ID_FKEY)
        .left_join(PackageKeyword::KEYWORD_ID_FKEY)
        .group_by(Package::name)
        .aggregate((
            Keyword::word.string_agg(", ").order_by(Keyword::word.desc()),
            Keyword::word.array_agg_not_null().order_by(Keyword::word.asc()),
        ))
        .order_by(Package::name.asc());
    let sql = "SELECT p.name, string_agg(k.word, ', ' ORDER BY k.word DESC),
                      array_agg(k.word ORDER BY k.word) FILTER (WHERE k.word IS NOT NULL)
                 FROM packages p
                 LEFT JOIN package_keywords pk ON pk.package_id = p.id
                 LEFT JOIN keywords k ON k.id = pk.keyword_id
                WHERE p.deactivated_at IS NULL
                GROUP BY p.name
                ORDER BY p.name";
    case.check(query, sql, &[]).await;

    // A package with its releases as a document, and the numbers of all as an array.
    let release = jsonb_build_object((("number", Release::number), ("by", User::login)));
    let query = Release::select()
        .left_join(Release::PUBLISHED_BY_FKEY)
        .group_by(Release::package_id)
        .aggregate((
            release.jsonb_agg().order_by(Release::id.asc()),
            Release::size.percentile_disc(0.5),
            Release::yanked.bool_or(),
        ))
        .order_by(Release::package_id.asc());
    let sql = "SELECT r.package_id,
                      jsonb_agg(jsonb_build_object('number', r.number, 'by', u.login) ORDER BY r.id),
                      percentile_disc(0.5) WITHIN GROUP (ORDER BY r.size), bool_or(r.yanked)
                 FROM releases r LEFT JOIN users u ON u.id = r.published_by AND u.deactivated_at IS NULL
                GROUP BY r.package_id
                ORDER BY r.package_id";
    case.check(query, sql, &[]).await;

    let tokens = Token::USER_ID_FKEY.children().filter(Token::revoked.is_false()).order_by(Token::id.asc());
    let query = User::select().order_by(User::id.asc()).columns((
        User::login,
        array(tokens.columns(Token::id)),
        User::email.is_not_null(),
    ));
    let sql = "SELECT u.login, ARRAY(SELECT t.id FROM tokens t WHERE t.user_id = u.id AND NOT t.revoked ORDER BY t.id),
                      u.email IS NOT NULL
                 FROM users u
                WHERE u.deactivated_at IS NULL
                ORDER BY u.id";
    case.check_paged(query, sql, &[]).await;
}

async fn documents(case: &mut Case) {
    let stars = Package::metadata.json_text("stars").cast::<i32>();
    let query = Package::select()
        .filter(stars.clone().gt(2))
        .order_by((stars.clone().desc(), lower(Package::name).asc()))
        .columns((
            Package::name,
            stars,
            Package::metadata.json_path_text(["badge", "ci"]),
            Package::labels.cardinality(),
        ));
    let sql = "SELECT name, (metadata ->> 'stars')::int, metadata #>> '{badge,ci}', cardinality(labels)
                 FROM packages
                WHERE deactivated_at IS NULL AND (metadata ->> 'stars')::int > 2
                ORDER BY 2 DESC, lower(name)";
    case.check_paged(query, sql, &[]).await;

    let text = case.dice.pick(&["server", "parsing", "drivers"]);
    let words = to_tsvector("english", Package::description);
    let sought = plainto_tsquery("english", text);
    let score = ts_rank(words.clone(), sought.clone());
    let query = Package::select()
        .filter(words.matches_query(sought))
        .order_by((score.clone().desc(), Package::id.asc()))
        .columns((Package::id, score));
    let sql = "SELECT id, ts_rank(to_tsvector('english', description), plainto_tsquery('english', $1))
                 FROM packages
                WHERE deactivated_at IS NULL
                  AND to_tsvector('english', description) @@ plainto_tsquery('english', $1)
                ORDER BY 2 DESC, id";
    case.check_paged(query, sql, &[&text]).await;

    let query = Job::select().order_by((Job::data.json_text("try").cast::<i32>().desc(), Job::id.asc())).columns((
        Job::id,
        Job::data.json("n"),
        Job::data.jsonb_set(["try"], json!(0)).json_text("try"),
    ));
    let sql = "SELECT id, data -> 'n', jsonb_set(data, '{try}', '0') ->> 'try'
                 FROM jobs
                ORDER BY (data ->> 'try')::int DESC, id";
    case.check_paged(query, sql, &[]).await;
}
