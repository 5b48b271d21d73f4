//! Conditions that read other tables, documents and lists.

use schemata::alias;
use schemata::prelude::*;
use schemata::query::{count, exists};
use schemata_tests::registry::{
    Case, Category, Dependency, Follow, Job, Keyword, Notification, Owner, Package, PackageCategory, PackageKeyword,
    Release, Token, User, instant,
};
use serde_json::json;

alias! {
    /// A later release of the same package.
    struct Later = Release;
}

pub async fn all(case: &mut Case) {
    search(case).await;
    exists_and_not(case).await;
    lists_of_keys(case).await;
    documents(case).await;
}

/// The conditions of a search, each optional.
fn sought(text: Option<&str>, keyword: Option<&str>, owner: Option<i32>) -> Condition<Package> {
    Condition::always()
        .and_opt(
            text.map(|text| {
                Package::name.contains_insensitive(text).or(Package::description.contains_insensitive(text))
            }),
        )
        .and_opt(keyword.map(|word| {
            exists(
                PackageKeyword::PACKAGE_ID_FKEY
                    .children()
                    .filter(PackageKeyword::KEYWORD_ID_FKEY.parent_exists(Keyword::word.eq(word))),
            )
        }))
        .and_opt(
            owner.map(|owner| Owner::PACKAGE_ID_FKEY.child_exists(Owner::owner_id.eq(owner).and(Owner::kind.eq(0)))),
        )
}

async fn search(case: &mut Case) {
    let text = case.dice.maybe(&["server", "SQL", "50%", "no_std"]);
    let keyword = case.dice.maybe(&["http", "async", "sql"]);
    let owner = if case.dice.once_in(2) { Some(case.dice.pick(&[1, 2, 3, 4])) } else { None };
    let sql = "SELECT p.name
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                  AND ($1::text IS NULL
                       OR strpos(lower(p.name), lower($1)) > 0 OR strpos(lower(p.description), lower($1)) > 0)
                  AND ($2::text IS NULL
                       OR EXISTS (SELECT FROM package_keywords pk JOIN keywords k ON k.id = pk.keyword_id
                                   WHERE pk.package_id = p.id AND k.word = $2))
                  AND ($3::int IS NULL
                       OR EXISTS (SELECT FROM owners o WHERE o.package_id = p.id AND o.kind = 0 AND o.owner_id = $3))
                ORDER BY p.downloads DESC, p.name";
    for (text, keyword, owner) in
        [(text, keyword, owner), (text, None, None), (None, keyword, None), (None, None, owner)]
    {
        let query = Package::select()
            .filter(sought(text, keyword, owner))
            .order_by((Package::downloads.desc(), Package::name.asc()))
            .columns(Package::name)
            .map(|name| (name,));
        case.check_paged(query, sql, &[&text, &keyword, &owner]).await;
    }

    // A category and everything below it.
    let query = Package::select()
        .filter(exists(
            PackageCategory::PACKAGE_ID_FKEY.children().filter(
                PackageCategory::CATEGORY_ID_FKEY
                    .parent_exists(Category::path.eq("web").or(Category::path.starts_with("web::"))),
            ),
        ))
        .order_by(Package::id.asc())
        .columns((Package::id, Package::name));
    let sql = "SELECT p.id, p.name
                 FROM packages p
                WHERE p.deactivated_at IS NULL
                  AND p.id IN (SELECT pc.package_id
                                 FROM package_categories pc JOIN categories c ON c.id = pc.category_id
                                WHERE c.path = 'web' OR c.path LIKE 'web::%')
                ORDER BY p.id";
    case.check_paged(query, sql, &[]).await;
}

async fn exists_and_not(case: &mut Case) {
    // Whom to tell of which release: followers who were not told yet.
    let query = Follow::select()
        .join(Follow::PACKAGE_ID_FKEY)
        .join_on::<Release>(Release::package_id.eq(Package::id))
        .filter(!exists(
            Notification::select()
                .correlated()
                .filter(Notification::user_id.eq(Follow::user_id).and(Notification::release_id.eq(Release::id))),
        ))
        .order_by((Follow::user_id.asc(), Release::id.asc()))
        .columns((Follow::user_id, Release::id, Package::name));
    let sql = "SELECT f.user_id, r.id, p.name
                 FROM follows f
                 JOIN packages p ON p.id = f.package_id AND p.deactivated_at IS NULL
                 JOIN releases r ON r.package_id = p.id
                WHERE NOT EXISTS (SELECT FROM notifications n WHERE n.user_id = f.user_id AND n.release_id = r.id)
                ORDER BY f.user_id, r.id";
    case.check_paged(query, sql, &[]).await;

    // Packages whose releases are all withdrawn.
    let query = Package::select()
        .filter(Release::PACKAGE_ID_FKEY.child_exists(Condition::always()))
        .filter(!Release::PACKAGE_ID_FKEY.child_exists(Release::yanked.eq(false)))
        .order_by(Package::id.asc())
        .with_deleted()
        .columns((Package::id, Package::name));
    let sql = "SELECT p.id, p.name
                 FROM packages p
                WHERE EXISTS (SELECT FROM releases r WHERE r.package_id = p.id)
                  AND NOT EXISTS (SELECT FROM releases r WHERE r.package_id = p.id AND NOT r.yanked)
                ORDER BY p.id";
    case.check_paged(query, sql, &[]).await;

    // Nobody depends on it.
    let query = Package::select()
        .filter(!Dependency::PACKAGE_ID_FKEY.child_exists(Condition::always()).or(Package::downloads.gt(400)))
        .order_by(Package::id.asc());
    let sql = "SELECT id, name, description, downloads, created_at, labels, metadata, deactivated_at
                 FROM packages p
                WHERE deactivated_at IS NULL
                  AND NOT (EXISTS (SELECT FROM dependencies d WHERE d.package_id = p.id) OR downloads > 400)
                ORDER BY id";
    case.check_paged(query, sql, &[]).await;

    // The newest release of its package.
    let query = Release::select()
        .filter(!exists(
            Later::select().correlated().filter(
                Later::of(Release::package_id)
                    .eq(Release::package_id)
                    .and(Later::of(Release::published_at).gt(Release::published_at)),
            ),
        ))
        .order_by(Release::id.asc())
        .columns((Release::id, Release::package_id));
    let sql = "SELECT r.id, r.package_id
                 FROM releases r
                WHERE NOT EXISTS (SELECT FROM releases l
                                   WHERE l.package_id = r.package_id AND l.published_at > r.published_at)
                ORDER BY r.id";
    case.check_paged(query, sql, &[]).await;
}

async fn lists_of_keys(case: &mut Case) {
    let owned = Owner::select().filter(Owner::kind.eq(0).and(Owner::owner_id.is_in([1, 2]))).columns(Owner::package_id);
    let query = Release::select()
        .filter(Release::package_id.in_select(owned))
        .order_by(Release::id.asc())
        .columns((Release::id, Release::number));
    let sql = "SELECT r.id, r.number
                 FROM releases r
                WHERE r.package_id IN (SELECT o.package_id FROM owners o WHERE o.kind = 0 AND o.owner_id IN (1, 2))
                ORDER BY r.id";
    case.check_paged(query, sql, &[]).await;

    let publishers = Release::select().columns(Release::published_by);
    let query = User::select()
        .filter(User::id.not_in_select(publishers))
        .order_by(User::id.asc())
        .columns((User::id, User::login));
    let sql = "SELECT u.id, u.login
                 FROM users u
                WHERE u.deactivated_at IS NULL
                  AND u.id NOT IN (SELECT r.published_by FROM releases r WHERE r.published_by IS NOT NULL)
                ORDER BY u.id";
    case.check_paged(query, sql, &[]).await;

    // Packages with at least two keywords of a list.
    let tagged = PackageKeyword::select()
        .join(PackageKeyword::KEYWORD_ID_FKEY)
        .filter(Keyword::word.is_in(["http", "async", "sql", "cli"]))
        .group_by(PackageKeyword::package_id)
        .aggregate(())
        .having(count().ge(2))
        .map(|(package, ())| (package,))
        .order_by(PackageKeyword::package_id.asc());
    let sql = "SELECT pk.package_id
                 FROM package_keywords pk JOIN keywords k ON k.id = pk.keyword_id
                WHERE k.word IN ('http', 'async', 'sql', 'cli')
                GROUP BY pk.package_id
               HAVING count(*) >= 2
                ORDER BY pk.package_id";
    case.check(tagged, sql, &[]).await;
}

async fn documents(case: &mut Case) {
    let query = Package::select()
        .filter(Package::metadata.has_key("badge").and(Package::metadata.path_exists("$ ? (@.stars > 5)")))
        .order_by(Package::id.asc())
        .columns((Package::id, Package::metadata));
    let sql = "SELECT id, metadata
                 FROM packages
                WHERE deactivated_at IS NULL AND metadata ? 'badge' AND (metadata->>'stars')::int > 5
                ORDER BY id";
    case.check_paged(query, sql, &[]).await;

    let now = instant(&mut case.dice);
    let query = Job::select()
        .filter(Job::data.json_contains(json!({"try": 1})).or(Job::due_at.le(now)))
        .filter(Job::kind.not_like("m%"))
        .order_by((Job::priority.desc(), Job::id.asc()));
    let sql = "SELECT id, kind, data, retries, due_at, priority
                 FROM jobs
                WHERE (data @> '{\"try\": 1}' OR due_at <= $1) AND kind NOT LIKE 'm%'
                ORDER BY priority DESC, id";
    case.check_paged(query, sql, &[&now]).await;

    let query = Token::select()
        .filter(Token::scopes.is_null().or(Token::scopes.contains_all(["yank"])))
        .order_by(Token::id.asc())
        .columns((Token::id, Token::scopes));
    let sql = "SELECT id, scopes FROM tokens WHERE scopes IS NULL OR 'yank' = ANY (scopes) ORDER BY id";
    case.check_paged(query, sql, &[]).await;
}
