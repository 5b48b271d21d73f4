//! Groups and totals over joined tables.

use schemata::prelude::*;
use schemata::query::count;
use schemata_tests::registry::{
    Case, Category, Dependency, Download, Keyword, Notification, Owner, Package, PackageCategory, PackageKeyword,
    Release, User, day,
};

pub async fn all(case: &mut Case) {
    downloads(case).await;
    reverse_dependencies(case).await;
    categories(case).await;
    filtered(case).await;
    totals(case).await;
}

async fn downloads(case: &mut Case) {
    let since = day(&mut case.dice);
    let hits = Download::hits.sum();
    let query = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .filter(Download::day.ge(since))
        .group_by((Release::package_id, Download::day))
        .aggregate(hits.clone())
        .order_by((Release::package_id.asc(), Download::day.asc()));
    let sql = "SELECT r.package_id, d.day, sum(d.hits)
                 FROM downloads d JOIN releases r ON r.id = d.release_id
                WHERE d.day >= $1
                GROUP BY r.package_id, d.day
                ORDER BY r.package_id, d.day";
    case.check(query, sql, &[&since]).await;

    let query = Download::select()
        .join(Download::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .group_by((Package::id, Package::name))
        .aggregate((hits.clone(), Download::day.max(), Release::id.count_distinct()))
        .having(hits.clone().gt(20))
        .order_by((hits.desc(), Package::id.asc()))
        .limit(5);
    let sql = "SELECT p.id, p.name, sum(d.hits), max(d.day), count(DISTINCT r.id)
                 FROM downloads d
                 JOIN releases r ON r.id = d.release_id
                 JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                GROUP BY p.id, p.name
               HAVING sum(d.hits) > 20
                ORDER BY sum(d.hits) DESC, p.id
                LIMIT 5";
    case.check(query, sql, &[]).await;
}

async fn reverse_dependencies(case: &mut Case) {
    // How many packages need it, in the releases that are not withdrawn.
    let needed_by = Release::package_id.count_distinct();
    let query = Dependency::select()
        .join(Dependency::RELEASE_ID_FKEY)
        .join(Dependency::PACKAGE_ID_FKEY)
        .filter(Release::yanked.eq(false))
        .group_by(Package::name)
        .aggregate((needed_by.clone(), count()))
        .order_by((needed_by.desc(), Package::name.asc()));
    let sql = "SELECT p.name, count(DISTINCT r.package_id), count(*)
                 FROM dependencies d
                 JOIN releases r ON r.id = d.release_id
                 JOIN packages p ON p.id = d.package_id AND p.deactivated_at IS NULL
                WHERE NOT r.yanked
                GROUP BY p.name
                ORDER BY count(DISTINCT r.package_id) DESC, p.name";
    case.check(query, sql, &[]).await;
}

async fn categories(case: &mut Case) {
    let packages = Package::id.count();
    let query = Category::select()
        .left_join(PackageCategory::CATEGORY_ID_FKEY)
        .left_join(PackageCategory::PACKAGE_ID_FKEY)
        .group_by(Category::path)
        .aggregate((packages.clone(), Package::downloads.sum()))
        .order_by((packages.desc(), Category::path.asc()));
    let sql = "SELECT c.path, count(p.id), sum(p.downloads)
                 FROM categories c
                 LEFT JOIN package_categories pc ON pc.category_id = c.id
                 LEFT JOIN packages p ON p.id = pc.package_id AND p.deactivated_at IS NULL
                GROUP BY c.path
                ORDER BY count(p.id) DESC, c.path";
    case.check(query, sql, &[]).await;

    let query = PackageKeyword::select()
        .join(PackageKeyword::KEYWORD_ID_FKEY)
        .group_by(Keyword::word)
        .aggregate(count())
        .having(count().gt(1))
        .order_by((count().desc(), Keyword::word.asc()));
    let sql = "SELECT k.word, count(*)
                 FROM package_keywords pk JOIN keywords k ON k.id = pk.keyword_id
                GROUP BY k.word
               HAVING count(*) > 1
                ORDER BY count(*) DESC, k.word";
    case.check(query, sql, &[]).await;

    let query = Owner::select()
        .join_on::<User>(User::id.eq(Owner::owner_id).and(Owner::kind.eq(0)))
        .group_by(User::login)
        .aggregate((count(), Owner::added_by.count()))
        .order_by(User::login.asc());
    let sql = "SELECT u.login, count(*), count(o.added_by)
                 FROM owners o JOIN users u ON u.id = o.owner_id AND o.kind = 0 AND u.deactivated_at IS NULL
                GROUP BY u.login
                ORDER BY u.login";
    case.check(query, sql, &[]).await;
}

async fn filtered(case: &mut Case) {
    let yanked = count().filter(Release::yanked.eq(true));
    let query = Release::select()
        .group_by(Release::license)
        .aggregate((count(), yanked, Release::size.avg(), Release::size.min()))
        .order_by(Release::license.asc().nulls_first());
    let sql = "SELECT license, count(*), count(*) FILTER (WHERE yanked), avg(size), min(size)
                 FROM releases
                GROUP BY license
                ORDER BY license NULLS FIRST";
    case.check(query, sql, &[]).await;

    let unread = count().filter(Notification::seen_at.is_null());
    let query = Notification::select()
        .join(Notification::USER_ID_FKEY)
        .group_by(User::id)
        .aggregate((unread.clone(), count()))
        .having(unread.clone().ge(1))
        .order_by((unread.desc(), User::id.asc()));
    let sql = "SELECT u.id, count(*) FILTER (WHERE n.seen_at IS NULL), count(*)
                 FROM notifications n JOIN users u ON u.id = n.user_id AND u.deactivated_at IS NULL
                GROUP BY u.id
               HAVING count(*) FILTER (WHERE n.seen_at IS NULL) >= 1
                ORDER BY count(*) FILTER (WHERE n.seen_at IS NULL) DESC, u.id";
    case.check(query, sql, &[]).await;
}

async fn totals(case: &mut Case) {
    let query = Download::select().join(Download::RELEASE_ID_FKEY).filter(Release::yanked.eq(false)).aggregate((
        Download::hits.sum(),
        Download::day.min(),
        Download::day.max(),
        (Download::hits * 2).max(),
    ));
    let sql = "SELECT sum(d.hits), min(d.day), max(d.day), max(d.hits * 2)
                 FROM downloads d JOIN releases r ON r.id = d.release_id
                WHERE NOT r.yanked";
    case.check(query, sql, &[]).await;

    // The age of packages, by how many releases they have: groups by an expression.
    let remainder = Release::size % 10;
    let query = Release::select()
        .group_by(remainder.clone())
        .aggregate((count(), Release::published_at.max()))
        .order_by(remainder.asc());
    let sql = "SELECT size % 10, count(*), max(published_at) FROM releases GROUP BY 1 ORDER BY 1";
    case.check(query, sql, &[]).await;
}
