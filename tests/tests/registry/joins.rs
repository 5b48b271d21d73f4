//! Queries over several tables.

use schemata::alias;
use schemata::prelude::*;
use schemata_tests::registry::{
    Case, Category, Dependency, Keyword, Notification, Owner, Package, PackageCategory, PackageKeyword, Release, TEAM,
    Team, Token, USER, User, instant,
};

alias! {
    /// The user who invited another one.
    struct Inviter = User;
    /// A package on which another one depends.
    struct Needed = Package;
    /// A later release of the same package.
    struct Later = Release;
}

pub async fn all(case: &mut Case) {
    front_page(case).await;
    owners(case).await;
    dependencies(case).await;
    accounts(case).await;
    outer_joins(case).await;
}

async fn front_page(case: &mut Case) {
    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(!Release::yanked.eq(true))
        .order_by((Release::published_at.desc(), Release::id.asc()))
        .limit(10)
        .columns((Package::name, Package::description, Release::number, Release::published_at));
    let sql = "SELECT p.name, p.description, r.number, r.published_at
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                WHERE NOT r.yanked
                ORDER BY r.published_at DESC, r.id
                LIMIT 10";
    case.check(query, sql, &[]).await;

    let package = case.dice.pick(&[1, 2, 3, 4, 5]);
    let query = Release::select()
        .left_join(Release::PUBLISHED_BY_FKEY)
        .filter(Release::package_id.eq(package))
        .order_by(Release::id.desc())
        .columns((Release::number, Release::yanked, Release::license, User::login, User::name));
    let sql = "SELECT r.number, r.yanked, r.license, u.login, u.name
                 FROM releases r LEFT JOIN users u ON u.id = r.published_by AND u.deactivated_at IS NULL
                WHERE r.package_id = $1
                ORDER BY r.id DESC";
    case.check_paged(query, sql, &[&package]).await;

    let query = Package::select()
        .join(Release::PACKAGE_ID_FKEY)
        .left_join(Release::PUBLISHED_BY_FKEY)
        .filter(Package::labels.overlaps(["wanted", "stable"]))
        .order_by((Package::name.asc(), Release::id.asc()))
        .models()
        .map(|(package, release, user)| (package, release.id, user.map(|user| user.login)));
    let sql = "SELECT p.id, p.name, p.description, p.downloads, p.created_at, p.labels, p.metadata, p.deactivated_at,
                      r.id, u.login
                 FROM packages p
                 JOIN releases r ON r.package_id = p.id
                 LEFT JOIN users u ON u.id = r.published_by AND u.deactivated_at IS NULL
                WHERE p.deactivated_at IS NULL AND p.labels && '{wanted,stable}'
                ORDER BY p.name, r.id";
    case.check_paged(query, sql, &[]).await;

    // Cross-table comparison, and a self join without a foreign key.
    let query = Release::select()
        .join(Release::PACKAGE_ID_FKEY)
        .filter(Release::published_at.lt(Package::created_at))
        .order_by(Release::id.asc())
        .columns((Package::name, Release::number));
    let sql = "SELECT p.name, r.number
                 FROM releases r JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                WHERE r.published_at < p.created_at
                ORDER BY r.id";
    case.check_paged(query, sql, &[]).await;

    let query = Release::select()
        .join_on::<Later>(
            Later::of(Release::package_id)
                .eq(Release::package_id)
                .and(Later::of(Release::published_at).gt(Release::published_at)),
        )
        .order_by((Release::id.asc(), Later::of(Release::id).asc()))
        .columns((Release::number, Later::of(Release::number)));
    let sql = "SELECT r.number, l.number
                 FROM releases r JOIN releases l ON l.package_id = r.package_id AND l.published_at > r.published_at
                ORDER BY r.id, l.id";
    case.check_paged(query, sql, &[]).await;
}

async fn owners(case: &mut Case) {
    // The owner is in one of two tables: a condition joins it, since no foreign key can.
    let query = Owner::select()
        .join_on::<User>(User::id.eq(Owner::owner_id).and(Owner::kind.eq(USER)))
        .join(Owner::PACKAGE_ID_FKEY)
        .order_by((Package::name.asc(), User::login.asc()))
        .columns((Package::name, User::login, User::email));
    let sql = "SELECT p.name, u.login, u.email
                 FROM owners o
                 JOIN users u ON u.id = o.owner_id AND o.kind = 0 AND u.deactivated_at IS NULL
                 JOIN packages p ON p.id = o.package_id AND p.deactivated_at IS NULL
                ORDER BY p.name, u.login";
    case.check_paged(query, sql, &[]).await;

    let package = case.dice.pick(&[1, 2, 3, 4, 5, 6]);
    let query = Owner::select()
        .left_join_on::<User>(User::id.eq(Owner::owner_id).and(Owner::kind.eq(USER)))
        .left_join_on::<Team>(Team::id.eq(Owner::owner_id).and(Owner::kind.eq(TEAM)))
        .filter(Owner::package_id.ge(package))
        .filter(User::login.is_not_null().or(Team::login.is_not_null()))
        .order_by((Owner::package_id.asc(), Owner::kind.asc(), Owner::owner_id.asc()))
        .columns((Owner::package_id, Owner::kind, User::login, Team::login));
    let sql = "SELECT o.package_id, o.kind, u.login, t.login
                 FROM owners o
                 LEFT JOIN users u ON u.id = o.owner_id AND o.kind = 0 AND u.deactivated_at IS NULL
                 LEFT JOIN teams t ON t.id = o.owner_id AND o.kind = 1
                WHERE o.package_id >= $1 AND (u.login IS NOT NULL OR t.login IS NOT NULL)
                ORDER BY o.package_id, o.kind, o.owner_id";
    case.check_paged(query, sql, &[&package]).await;

    let query = User::select().join(User::INVITED_BY_FKEY.to(Inviter)).order_by(User::id.asc()).columns((
        User::login,
        Inviter::of(User::login),
        Inviter::of(User::name),
    ));
    let sql = "SELECT u.login, i.login, i.name
                 FROM users u JOIN users i ON i.id = u.invited_by AND i.deactivated_at IS NULL
                WHERE u.deactivated_at IS NULL
                ORDER BY u.id";
    case.check_paged(query, sql, &[]).await;
}

async fn dependencies(case: &mut Case) {
    let query = Dependency::select()
        .join(Dependency::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .join(Dependency::PACKAGE_ID_FKEY.to(Needed))
        .filter(Dependency::optional.eq(false))
        .order_by(Dependency::id.asc())
        .columns((Package::name, Release::number, Needed::of(Package::name), Dependency::requirement));
    let sql = "SELECT p.name, r.number, n.name, d.requirement
                 FROM dependencies d
                 JOIN releases r ON r.id = d.release_id
                 JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                 JOIN packages n ON n.id = d.package_id AND n.deactivated_at IS NULL
                WHERE NOT d.optional
                ORDER BY d.id";
    case.check_paged(query, sql, &[]).await;

    let query = PackageKeyword::select()
        .join(PackageKeyword::PACKAGE_ID_FKEY)
        .join(PackageKeyword::KEYWORD_ID_FKEY)
        .left_join_on::<PackageCategory>(PackageCategory::package_id.eq(Package::id))
        .left_join(PackageCategory::CATEGORY_ID_FKEY)
        .order_by((Package::id.asc(), Keyword::id.asc(), Category::id.asc()))
        .columns((Package::name, Keyword::word, Category::path));
    let sql = "SELECT p.name, k.word, c.path
                 FROM package_keywords pk
                 JOIN packages p ON p.id = pk.package_id AND p.deactivated_at IS NULL
                 JOIN keywords k ON k.id = pk.keyword_id
                 LEFT JOIN package_categories pc ON pc.package_id = p.id
                 LEFT JOIN categories c ON c.id = pc.category_id
                ORDER BY p.id, k.id, c.id";
    case.check_paged(query, sql, &[]).await;
}

async fn accounts(case: &mut Case) {
    let (number, now) = (case.dice.pick(&[1_u8, 2, 3, 4, 5, 6, 7, 8]), instant(&mut case.dice));
    let hash = vec![number; 4];
    let query = Token::select()
        .join(Token::USER_ID_FKEY)
        .filter(Token::hash.ge(hash.clone()).and(Token::revoked.eq(false)))
        .filter(Token::expires_at.is_null().or(Token::expires_at.gt(now)))
        .order_by(Token::id.asc())
        .columns((Token::id, User::id, User::login, User::is_admin, Token::scopes));
    let sql = "SELECT t.id, u.id, u.login, u.is_admin, t.scopes
                 FROM tokens t JOIN users u ON u.id = t.user_id AND u.deactivated_at IS NULL
                WHERE t.hash >= $1 AND NOT t.revoked AND (t.expires_at IS NULL OR t.expires_at > $2)
                ORDER BY t.id";
    case.check_paged(query, sql, &[&hash, &now]).await;

    let query = Notification::select()
        .join(Notification::RELEASE_ID_FKEY)
        .join(Release::PACKAGE_ID_FKEY)
        .join(Notification::USER_ID_FKEY)
        .filter(Notification::seen_at.is_null().and(User::email.is_not_null()))
        .order_by((User::id.asc(), Release::published_at.desc(), Release::id.asc()))
        .columns((User::email, Package::name, Release::number));
    let sql = "SELECT u.email, p.name, r.number
                 FROM notifications n
                 JOIN releases r ON r.id = n.release_id
                 JOIN packages p ON p.id = r.package_id AND p.deactivated_at IS NULL
                 JOIN users u ON u.id = n.user_id AND u.deactivated_at IS NULL
                WHERE n.seen_at IS NULL AND u.email IS NOT NULL
                ORDER BY u.id, r.published_at DESC, r.id";
    case.check_paged(query, sql, &[]).await;
}

async fn outer_joins(case: &mut Case) {
    let query = Release::select()
        .right_join(Release::PACKAGE_ID_FKEY)
        .order_by((Package::id.asc(), Release::id.asc()))
        .columns((Package::name, Release::number));
    let sql = "SELECT p.name, r.number
                 FROM releases r RIGHT JOIN packages p ON p.id = r.package_id
                WHERE p.deactivated_at IS NULL
                ORDER BY p.id, r.id";
    case.check_paged(query, sql, &[]).await;

    let query = Notification::select()
        .full_join_on::<Token>(Token::user_id.eq(Notification::user_id))
        .filter(Token::id.is_null().or(Notification::release_id.is_null()))
        .order_by((Token::id.asc(), Notification::user_id.asc(), Notification::release_id.asc()))
        .columns((Token::id, Notification::user_id, Notification::release_id));
    let sql = "SELECT t.id, n.user_id, n.release_id
                 FROM notifications n FULL JOIN tokens t ON t.user_id = n.user_id
                WHERE t.id IS NULL OR n.release_id IS NULL
                ORDER BY t.id, n.user_id, n.release_id";
    case.check_paged(query, sql, &[]).await;
}
