//! Orders chosen at run time, pages, counts, the first of each group, locks.

use schemata::prelude::*;
use schemata::query::{Join, Order, Select};
use schemata_tests::registry::{Case, Job, Package, Release, User, instant};

pub async fn all(case: &mut Case) {
    orders(case).await;
    pages(case).await;
    first_of_each(case).await;
    queue(case).await;
}

async fn orders(case: &mut Case) {
    // What a request may sort by.
    let order = |name: &str| -> Vec<Order<Package>> {
        match name {
            "downloads" => vec![Package::downloads.desc(), Package::id.asc()],
            "new" => vec![Package::created_at.desc(), Package::id.asc()],
            _ => vec![Package::name.asc()],
        }
    };
    let asked = case.dice.pick(&["downloads", "new", "name"]);
    let query = Package::select().order_by(order(asked)).limit(7).offset(2).columns((Package::id, Package::name));
    let sql = "SELECT id, name
                 FROM packages
                WHERE deactivated_at IS NULL
                ORDER BY CASE WHEN $1 = 'downloads' THEN downloads END DESC,
                         CASE WHEN $1 = 'new' THEN created_at END DESC,
                         CASE WHEN $1 = 'name' THEN name END,
                         id
                LIMIT 7 OFFSET 2";
    case.check(query, sql, &[&asked]).await;

    // By a column of a joined table that may be missing.
    let query = Release::select()
        .left_join(Release::PUBLISHED_BY_FKEY)
        .order_by((User::name.desc().nulls_last(), User::login.asc(), Release::id.desc()))
        .columns((Release::id, User::name));
    let sql = "SELECT r.id, u.name
                 FROM releases r LEFT JOIN users u ON u.id = r.published_by AND u.deactivated_at IS NULL
                ORDER BY u.name DESC NULLS LAST, u.login, r.id DESC";
    case.check(query, sql, &[]).await;
}

async fn pages(case: &mut Case) {
    let query: Select<Join<Release, Package>, (String, i32)> = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(Release::yanked.eq(false))
        .order_by((Package::downloads.desc(), Release::license.asc()))
        .columns((Package::name, Release::id));
    let (mut rows, mut cursor, size) = (Vec::new(), None, case.dice.pick(&[1, 4, 9]));
    loop {
        let page = query.clone().page(size).after_opt(cursor).fetch(&case.db).await.expect("reads a page");
        rows.extend(page.rows);
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    let sql = "SELECT p.name, r.id
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                WHERE NOT r.yanked
                ORDER BY p.downloads DESC, r.license, r.id";
    case.check_rows(rows, sql, &[]).await;

    let counted = query.clone().count(&case.db).await.expect("counts");
    let found = query.filter(Package::downloads.gt(10_000)).exists(&case.db).await.expect("reads");
    let sql = "SELECT count(*), bool_or(p.downloads > 10000)
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                WHERE NOT r.yanked";
    case.check_rows(vec![(counted, found)], sql, &[]).await;
}

async fn first_of_each(case: &mut Case) {
    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .distinct_on(Package::id)
        .order_by((Package::id.asc(), Release::published_at.desc(), Release::id.desc()))
        .columns((Package::id, Package::name, Release::number));
    let sql = "SELECT DISTINCT ON (p.id) p.id, p.name, r.number
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                ORDER BY p.id, r.published_at DESC, r.id DESC";
    case.check(query, sql, &[]).await;

    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .distinct()
        .order_by((Package::name.asc(), Release::license.asc()))
        .columns((Package::name, Release::license));
    let sql = "SELECT DISTINCT p.name, r.license
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                ORDER BY p.name, r.license";
    case.check(query, sql, &[]).await;
}

async fn queue(case: &mut Case) {
    let now = instant(&mut case.dice);
    let query = Job::select()
        .filter(Job::due_at.le(now).and(Job::retries.lt(3)))
        .order_by((Job::priority.desc(), Job::id.asc()))
        .for_update()
        .skip_locked()
        .limit(3);
    let sql = "SELECT id, kind, data, retries, due_at, priority
                 FROM jobs
                WHERE due_at <= $1 AND retries < 3
                ORDER BY priority DESC, id
                LIMIT 3
                  FOR UPDATE SKIP LOCKED";
    case.check(query, sql, &[&now]).await;
}
