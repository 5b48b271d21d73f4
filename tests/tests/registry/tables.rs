//! Queries that read queries: derived tables, common table expressions, combinations, functions as tables.

use schemata::prelude::*;
use schemata::query::{
    bind, coalesce, count, generate_series, model, position, unnest, with, with_recursive, with_recursive_distinct,
};
use schemata_tests::registry::{
    Case, Category, Dependency, Download, Owner, Package, PackageCategory, Release, TEAM, Team, USER, User, day,
};

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Hits {
    package_id: i32,
    hits: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Newest {
    id: i32,
    number: String,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[projection(source)]
struct Needs {
    package_id: i32,
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
struct Asked {
    name: String,
}

pub async fn all(case: &mut Case) {
    derived(case).await;
    expressions(case).await;
    combined(case).await;
    functions(case).await;
}

async fn derived(case: &mut Case) {
    let since = day(&mut case.dice);
    let hits = || {
        Download::select()
            .join(Download::RELEASE_ID_FKEY)
            .filter(Download::day.ge(since))
            .group_by(Release::package_id)
            .aggregate(Download::hits.sum())
    };
    let query = Package::select()
        .left_join_query::<Hits>(hits(), Hits::package_id.eq(Package::id))
        .order_by((Hits::hits.desc().nulls_last(), Package::id.asc()))
        .limit(8)
        .columns((Package::name, coalesce(Hits::hits, 0_i64), Package::downloads));
    let sql = "SELECT p.name, coalesce(h.hits, 0), p.downloads
                 FROM packages p
                 LEFT JOIN (SELECT r.package_id, sum(d.hits) AS hits
                              FROM downloads d JOIN releases r ON r.id = d.release_id
                             WHERE d.day >= $1
                             GROUP BY r.package_id) h ON h.package_id = p.id
                WHERE p.deactivated_at IS NULL
                ORDER BY h.hits DESC NULLS LAST, p.id
                LIMIT 8";
    case.check(query, sql, &[&since]).await;

    let newest = Release::PACKAGE_ID_FKEY
        .children()
        .filter(Release::yanked.is_false())
        .order_by((Release::published_at.desc(), Release::id.desc()))
        .limit(1)
        .columns((Release::id, Release::number));
    let query = Package::select().left_join_lateral::<Newest>(newest).order_by(Package::id.asc()).columns((
        model::<Package>(),
        Newest::id,
        Newest::number,
    ));
    let sql = "SELECT p.id, p.name, p.description, p.downloads, p.created_at, p.labels, p.metadata, p.deactivated_at,
                      n.id, n.number
                 FROM packages p
                 LEFT JOIN LATERAL (SELECT r.id, r.number FROM releases r WHERE r.package_id = p.id AND NOT r.yanked
                                     ORDER BY r.published_at DESC, r.id DESC LIMIT 1) n ON true
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id";
    case.check(query, sql, &[]).await;
}

async fn expressions(case: &mut Case) {
    let hits = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .group_by(Release::package_id)
        .aggregate(Download::hits.sum());
    let query = with::<Hits>(hits).read(
        Package::select()
            .join_on::<Hits>(Hits::package_id.eq(Package::id))
            .filter(Hits::hits.gt(20))
            .order_by(Package::id.asc())
            .columns((Package::name, Hits::hits)),
    );
    let sql = "WITH h AS (SELECT r.package_id, sum(d.hits) AS hits
                            FROM downloads d JOIN releases r ON r.id = d.release_id
                           GROUP BY r.package_id)
               SELECT p.name, h.hits
                 FROM packages p JOIN h ON h.package_id = p.id
                WHERE p.deactivated_at IS NULL AND h.hits > 20
                ORDER BY p.id";
    case.check(query, sql, &[]).await;

    // Everything that a package needs, directly or not. Packages need each other in circles.
    let package = case.dice.pick(&[1, 2, 3, 4, 5]);
    let first = Dependency::select()
        .join(Dependency::RELEASE_ID_FKEY)
        .filter(Release::package_id.eq(package))
        .columns((Dependency::package_id,));
    let next = Dependency::select()
        .join(Dependency::RELEASE_ID_FKEY)
        .join_on::<Needs>(Needs::package_id.eq(Release::package_id))
        .columns((Dependency::package_id,));
    let query = with_recursive_distinct::<Needs>(first, next).read(
        Needs::select()
            .join_on::<Package>(Package::id.eq(Needs::package_id))
            .order_by(Package::id.asc())
            .columns((Package::id, Package::name)),
    );
    let sql = "WITH RECURSIVE needs (package_id) AS (
                   SELECT d.package_id FROM dependencies d JOIN releases r ON r.id = d.release_id WHERE r.package_id = $1
                   UNION
                   SELECT d.package_id
                     FROM needs n JOIN releases r ON r.package_id = n.package_id
                     JOIN dependencies d ON d.release_id = r.id)
               SELECT p.id, p.name
                 FROM needs n JOIN packages p ON p.id = n.package_id AND p.deactivated_at IS NULL
                ORDER BY p.id";
    case.check(query, sql, &[&package]).await;

    let first = User::select().filter(User::invited_by.is_null()).columns((User::id, bind(0)));
    let next =
        User::select().join_on::<Invited>(Invited::id.eq(User::invited_by)).columns((User::id, Invited::depth + 1));
    let query = with_recursive::<Invited>(first, next)
        .read(Invited::select().group_by(Invited::depth).aggregate(count()).order_by(Invited::depth.asc()));
    let sql = "WITH RECURSIVE invited (id, depth) AS (
                   SELECT id, 0 FROM users WHERE invited_by IS NULL AND deactivated_at IS NULL
                   UNION ALL
                   SELECT u.id, i.depth + 1 FROM invited i JOIN users u ON u.invited_by = i.id AND u.deactivated_at IS NULL)
               SELECT depth, count(*) FROM invited GROUP BY depth ORDER BY depth";
    case.check(query, sql, &[]).await;
}

async fn combined(case: &mut Case) {
    // The owners of a package, users and teams.
    let package = case.dice.pick(&[1, 2, 3, 4]);
    let owned = || Owner::select().filter(Owner::package_id.ge(package));
    let users = owned().join_on::<User>(User::id.eq(Owner::owner_id).and(Owner::kind.eq(USER))).columns((
        Owner::package_id,
        User::login,
        User::name,
    ));
    let teams = owned().join_on::<Team>(Team::id.eq(Owner::owner_id).and(Owner::kind.eq(TEAM))).columns((
        Owner::package_id,
        Team::login,
        bind(None::<String>),
    ));
    let query = users.union_all(teams).order_by((position(1).asc(), position(2).asc()));
    let sql = "SELECT o.package_id, u.login, u.name
                 FROM owners o JOIN users u ON u.id = o.owner_id AND o.kind = 0 AND u.deactivated_at IS NULL
                WHERE o.package_id >= $1
               UNION ALL
               SELECT o.package_id, t.login, NULL
                 FROM owners o JOIN teams t ON t.id = o.owner_id AND o.kind = 1
                WHERE o.package_id >= $1
                ORDER BY 1, 2";
    case.check(query, sql, &[&package]).await;

    let publishers = Release::select().filter(Release::published_by.is_not_null()).columns((Release::published_by,));
    let added = Owner::select().columns((Owner::added_by,));
    let query = publishers.except(added).order_by(position(1).asc());
    let sql = "SELECT published_by FROM releases WHERE published_by IS NOT NULL
               EXCEPT
               SELECT added_by FROM owners
                ORDER BY 1";
    case.check(query, sql, &[]).await;

    let web = Category::path.eq("web").or(Category::path.starts_with("web::"));
    let in_web = PackageCategory::select()
        .filter(PackageCategory::CATEGORY_ID_FKEY.parent_exists(web))
        .columns((PackageCategory::package_id,));
    let needed = Dependency::select().columns((Dependency::package_id,));
    let query = in_web.intersect(needed).order_by(position(1).desc());
    let sql = "SELECT pc.package_id
                 FROM package_categories pc JOIN categories c ON c.id = pc.category_id
                WHERE c.path = 'web' OR c.path LIKE 'web::%'
               INTERSECT
               SELECT package_id FROM dependencies
                ORDER BY 1 DESC";
    case.check(query, sql, &[]).await;
}

async fn functions(case: &mut Case) {
    let (release, first) = (case.dice.pick(&[1, 2, 3, 4, 5]), day(&mut case.dice));
    let query = Offset::from_function(generate_series(bind(0), bind(30)))
        .left_join_on::<Download>(Download::release_id.eq(release).and(Download::day.eq(bind(first) + Offset::days)))
        .order_by(Offset::days.asc())
        .columns((bind(first) + Offset::days, coalesce(Download::hits, 0)));
    let sql = "SELECT $2::date + s.n, coalesce(d.hits, 0)
                 FROM generate_series(0, 30) AS s (n)
                 LEFT JOIN downloads d ON d.release_id = $1 AND d.day = $2::date + s.n
                ORDER BY s.n";
    case.check(query, sql, &[&release, &first]).await;

    // Which of the names of a lock file exist.
    let names: Vec<String> = ["Fast1", "tiny2", "Web3", "my_sql4", "tiny5", "gone"].map(str::to_owned).to_vec();
    let query = Asked::from_function(unnest(names.clone()))
        .left_join_on::<Package>(Package::name.eq(Asked::name))
        .order_by(Asked::name.asc())
        .columns((Asked::name, Package::id, Package::description));
    let sql = "SELECT a.name, p.id, p.description
                 FROM unnest($1::text[]) AS a (name)
                 LEFT JOIN packages p ON p.name = a.name AND p.deactivated_at IS NULL
                ORDER BY a.name";
    case.check(query, sql, &[&names]).await;
}
