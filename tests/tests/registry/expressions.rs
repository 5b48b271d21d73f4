//! Functions, CASE and fragments, in lists, conditions, orders and groups.

use schemata::prelude::*;
use schemata::query::functions::{concat_ws, date_trunc_in, extract, length, replace, round_to, split_part, unit};
use schemata::query::{bind, case, coalesce, count, greatest, least, lower, nullif, scalar};
use schemata::schema::Interval;
use schemata::sql;
use schemata_tests::registry::{
    Case, Download, Job, Owner, Package, Quota, Release, TEAM, Team, Token, USER, User, instant,
};

schemata::sql_fn! {
    /// Whether a text begins with another one: a function of PostgreSQL.
    fn starts_with(text: String, beginning: String) -> bool;
}

pub async fn all(case: &mut Case) {
    names(case).await;
    owners(case).await;
    choices(case).await;
    months(case).await;
    times(case).await;
}

async fn names(case: &mut Case) {
    // A name in its canonical form: the look-up of a package.
    let asked = case.dice.pick(&["FAST1", "re_try2", "My-SQL3", "tiny4", "Re-Try5", "WEB6"]);
    let canonical = replace(lower(Package::name), "-", "_");
    let query = Package::select()
        .filter(canonical.clone().ge(replace(lower(asked), "-", "_")))
        .order_by((canonical.clone().asc(), Package::id.asc()))
        .columns((Package::id, canonical));
    let sql = "SELECT id, replace(lower(name), '-', '_')
                 FROM packages
                WHERE deactivated_at IS NULL AND replace(lower(name), '-', '_') >= replace(lower($1), '-', '_')
                ORDER BY 2, id";
    case.check_paged(query, sql, &[&asked]).await;

    // Exact matches first, then names that begin like this, then the rest by downloads.
    let query = Package::select()
        .filter(Package::name.contains_insensitive("t").or(Package::description.contains_insensitive("t")))
        .order_by((
            lower(Package::name).eq(lower(asked)).into_expr().desc(),
            sql!(bool, "starts_with(lower({}), lower(left({}, 2)))", Package::name, asked).desc(),
            Package::downloads.desc(),
            Package::id.asc(),
        ))
        .columns((Package::name, Package::downloads));
    let sql = "SELECT name, downloads
                 FROM packages
                WHERE deactivated_at IS NULL AND (name ILIKE '%t%' OR description ILIKE '%t%')
                ORDER BY (lower(name) = lower($1)) DESC, starts_with(lower(name), lower(left($1, 2))) DESC,
                         downloads DESC, id";
    case.check_paged(query, sql, &[&asked]).await;

    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(starts_with(Package::name, "tiny"))
        .filter(Release::yanked.is_false())
        .order_by((split_part(Release::number, ".", 1).cast::<i32>().desc(), Release::id.asc()))
        .columns((concat_ws(" ", (Package::name, Release::number)), length(Release::license)));
    let sql = "SELECT concat_ws(' ', p.name, r.number), length(r.license)
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                WHERE starts_with(p.name, 'tiny') AND NOT r.yanked
                ORDER BY split_part(r.number, '.', 1)::int DESC, r.id";
    case.check_paged(query, sql, &[]).await;
}

async fn owners(test: &mut Case) {
    // The login of an owner in one of two tables.
    let login = coalesce(User::login, Team::login);
    let query = Owner::select()
        .left_join_on::<User>(User::id.eq(Owner::owner_id).and(Owner::kind.eq(USER)))
        .left_join_on::<Team>(Team::id.eq(Owner::owner_id).and(Owner::kind.eq(TEAM)))
        .order_by((Owner::package_id.asc(), login.clone().asc(), Owner::owner_id.asc()))
        .columns((
            Owner::package_id,
            login,
            case().when(Owner::kind.eq(USER), "user").when(Owner::kind.eq(TEAM), "team").end(),
            coalesce(User::name, coalesce(User::login, "nobody")),
        ));
    let sql = "SELECT o.package_id, coalesce(u.login, t.login), CASE o.kind WHEN 0 THEN 'user' WHEN 1 THEN 'team' END,
                      coalesce(u.name, u.login, 'nobody')
                 FROM owners o
                 LEFT JOIN users u ON u.id = o.owner_id AND o.kind = 0 AND u.deactivated_at IS NULL
                 LEFT JOIN teams t ON t.id = o.owner_id AND o.kind = 1
                ORDER BY o.package_id, coalesce(u.login, t.login), o.owner_id";
    test.check_paged(query, sql, &[]).await;
}

async fn choices(test: &mut Case) {
    let fame =
        case().when(Package::downloads.ge(400), "popular").when(Package::downloads.gt(0), "known").otherwise("new");
    let query = Package::select()
        .group_by(fame.clone())
        .aggregate((count(), Package::downloads.sum()))
        .order_by(count().desc())
        .map(|(fame, (packages, downloads))| (fame, packages, downloads));
    let sql = "SELECT CASE WHEN downloads >= 400 THEN 'popular' WHEN downloads > 0 THEN 'known' ELSE 'new' END,
                      count(*), sum(downloads)
                 FROM packages
                WHERE deactivated_at IS NULL
                GROUP BY 1
                ORDER BY 2 DESC";
    test.check(query, sql, &[]).await;

    let query = Quota::select().order_by(Quota::user_id.asc()).columns((
        Quota::user_id,
        nullif(Quota::tokens, 0),
        least(greatest(Quota::tokens, 1), bind(2)),
    ));
    let sql = "SELECT user_id, nullif(tokens, 0), least(greatest(tokens, 1), 2) FROM quotas ORDER BY user_id";
    test.check_paged(query, sql, &[]).await;

    // A default for a sub-select without a row.
    let newest = Release::PACKAGE_ID_FKEY.children().order_by(Release::id.desc()).limit(1).columns(Release::number);
    let query = Package::select().order_by(Package::id.asc()).columns((
        Package::id,
        coalesce(scalar(newest), "none"),
        coalesce(Package::description, Package::name),
    ));
    let sql = "SELECT p.id,
                      coalesce((SELECT r.number FROM releases r WHERE r.package_id = p.id ORDER BY r.id DESC LIMIT 1), 'none'),
                      coalesce(p.description, p.name)
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id";
    test.check_paged(query, sql, &[]).await;
}

async fn months(case: &mut Case) {
    let month = date_trunc_in(unit::Month, Release::published_at, "UTC");
    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .group_by((month.clone(), Package::name))
        .aggregate((count(), round_to(Release::size.avg(), 2)))
        .having(count().gt(1))
        .order_by((month.asc(), Package::name.asc()));
    let sql = "SELECT date_trunc('month', r.published_at, 'UTC'), p.name, count(*), round(avg(r.size), 2)
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                GROUP BY 1, 2
               HAVING count(*) > 1
                ORDER BY 1, 2";
    case.check(query, sql, &[]).await;

    let weekday = extract(unit::IsoDayOfWeek, Download::day);
    let query = Download::select()
        .group_by(weekday.clone())
        .aggregate((Download::hits.sum(), coalesce(Download::hits.avg(), rust_decimal::Decimal::ZERO)))
        .order_by(weekday.asc());
    let sql = "SELECT extract(isodow FROM day)::float8, sum(hits), coalesce(avg(hits), 0)
                 FROM downloads
                GROUP BY 1
                ORDER BY 1";
    case.check(query, sql, &[]).await;
}

async fn times(case: &mut Case) {
    // Tokens that expire within a week, whose owners have to be told.
    let now = instant(&mut case.dice);
    let query = Token::select()
        .join(Token::USER_ID_FKEY)
        .filter(Token::expires_at.between(bind(now), bind(now) + Interval::days(30)))
        .order_by(Token::id.asc())
        .columns((Token::id, User::login, extract(unit::Epoch, Token::expires_at - bind(now))));
    let sql = "SELECT t.id, u.login, extract(epoch FROM t.expires_at - $1)::float8
                 FROM tokens t JOIN users u ON u.id = t.user_id AND u.deactivated_at IS NULL
                WHERE t.expires_at BETWEEN $1 AND $1 + interval '30 days'
                ORDER BY t.id";
    case.check_paged(query, sql, &[&now]).await;

    // Jobs that wait longer with every failure.
    let delay = bind(Interval::minutes(1)) * Job::retries;
    let query = Job::select()
        .filter((Job::due_at + delay.clone()).le(now))
        .order_by(((Job::due_at + delay.clone()).asc(), Job::id.asc()))
        .columns((Job::id, Job::due_at + delay));
    let sql = "SELECT id, due_at + interval '1 minute' * retries
                 FROM jobs
                WHERE due_at + interval '1 minute' * retries <= $1
                ORDER BY 2, id";
    case.check_paged(query, sql, &[&now]).await;
}
