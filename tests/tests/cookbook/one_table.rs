//! ## One table

use schemata::prelude::*;
use schemata::query::Sortable;
use schemata_tests::registry::{Package, Release, Token, User};

use crate::Outcome;
use crate::twins::Twins;

#[tokio::test]
async fn one_table() -> Outcome {
    let twins = Twins::new().await;
    let db = &twins.db;

    // ### Columns, a condition, an order, a limit
    let sql = "
        SELECT name, downloads
          FROM packages
         WHERE deactivated_at IS NULL AND downloads BETWEEN 100 AND 400
         ORDER BY downloads DESC, name
         LIMIT 5";
    let rows = Package::select()
        .filter(Package::downloads.between(100, 400))
        .order_by((Package::downloads.desc(), Package::name.asc()))
        .limit(5)
        .columns((Package::name, Package::downloads))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Whole rows
    // `Package` has `SoftDelete`: every query leaves out its removed rows. `with_deleted()` shows them.
    let sql = "
        SELECT id, name, description, downloads, created_at, labels, metadata, deactivated_at
          FROM packages
         WHERE name LIKE 'tiny%' OR description ILIKE '%server%'
         ORDER BY id";
    let rows = Package::select()
        .with_deleted()
        .filter(Package::name.starts_with("tiny").or(Package::description.contains_insensitive("server")))
        .order_by(Package::id.asc())
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### IN and NOT IN a list
    let sql = "
        SELECT id, license
          FROM releases
         WHERE id = ANY ('{1,2,3,5,8,13,21,34}') AND license <> ALL ('{MIT}')
         ORDER BY id";
    let rows = Release::select()
        .filter(Release::id.is_in([1, 2, 3, 5, 8, 13, 21, 34]).and(Release::license.not_in(["MIT"])))
        .order_by(Release::id.asc())
        .columns((Release::id, Release::license))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### NULL
    let sql = "
        SELECT login, name, email
          FROM users
         WHERE deactivated_at IS NULL AND name IS NOT NULL AND email IS DISTINCT FROM 'a@example.com'
         ORDER BY email NULLS FIRST, id";
    let rows = User::select()
        .filter(User::name.is_not_null().and(User::email.is_distinct_from("a@example.com")))
        .order_by((User::email.asc().nulls_first(), User::id.asc()))
        .columns((User::login, User::name, User::email))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### AND, OR, NOT
    let sql = "
        SELECT id
          FROM tokens
         WHERE NOT revoked AND (expires_at IS NULL OR expires_at > '2026-02-01T00:00:00Z')
         ORDER BY id";
    let february = "2026-02-01T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>()?;
    let rows = Token::select()
        .filter(!Token::revoked.eq(true))
        .filter(Token::expires_at.is_null().or(Token::expires_at.gt(february)))
        .order_by(Token::id.asc())
        .columns((Token::id,))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A column compared with another column
    let sql = "
        SELECT id, used_at, expires_at
          FROM tokens
         WHERE used_at < expires_at
         ORDER BY id";
    let rows = Token::select()
        .filter(Token::used_at.lt(Token::expires_at))
        .order_by(Token::id.asc())
        .columns((Token::id, Token::used_at, Token::expires_at))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### Conditions that a request may leave out
    let sql = "
        SELECT name
          FROM packages
         WHERE deactivated_at IS NULL AND downloads >= 200
         ORDER BY name";
    let (text, least): (Option<&str>, Option<i64>) = (None, Some(200));
    let rows = Package::select()
        .filter_opt(text.map(|text| Package::name.contains_insensitive(text)))
        .filter_opt(least.map(|least| Package::downloads.ge(least)))
        .order_by(Package::name.asc())
        .columns((Package::name,))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### An order that a request chooses
    // A name that is not on the whitelist is an error that lists the names on it.
    let sql = "
        SELECT name
          FROM packages
         WHERE deactivated_at IS NULL
         ORDER BY downloads DESC, id";
    let sortable =
        Sortable::new().key("downloads", Package::downloads).key("id", Package::id).key("name", Package::name);
    let rows = Package::select().order_by(sortable.parse("-downloads,id")?).columns((Package::name,)).fetch(db).await?;
    twins.same(rows, sql).await;

    // ### DISTINCT
    let sql = "
        SELECT DISTINCT license, yanked
          FROM releases
         ORDER BY license, yanked";
    let rows = Release::select()
        .distinct()
        .order_by((Release::license.asc(), Release::yanked.asc()))
        .columns((Release::license, Release::yanked))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### DISTINCT ON: the newest row of each group
    let sql = "
        SELECT DISTINCT ON (package_id) package_id, number, published_at
          FROM releases
         ORDER BY package_id, published_at DESC, id DESC";
    let rows = Release::select()
        .distinct_on(Release::package_id)
        .order_by((Release::package_id.asc(), Release::published_at.desc(), Release::id.desc()))
        .columns((Release::package_id, Release::number, Release::published_at))
        .fetch(db)
        .await?;
    twins.same(rows, sql).await;

    // ### A number of rows, and whether there are any
    let sql = "
        SELECT count(*), count(*) > 0
          FROM releases
         WHERE yanked";
    let yanked = Release::select().filter(Release::yanked.eq(true));
    let rows = vec![(yanked.clone().count(db).await?, yanked.exists(db).await?)];
    twins.same(rows, sql).await;

    // ### A page and the number of all rows
    let sql = "
        SELECT name, count(*) OVER ()
          FROM packages
         WHERE deactivated_at IS NULL AND downloads >= 100
         ORDER BY name
         LIMIT 5";
    let page = Package::select()
        .filter(Package::downloads.ge(100))
        .order_by(Package::name.asc())
        .columns((Package::name,))
        .page(5)
        .with_total()
        .fetch(db)
        .await?;
    let rows = page.rows.into_iter().map(|(name,)| (name, page.total)).collect();
    twins.same(rows, sql).await;

    // ### A page after a row
    // The cursor is text that fits into a URL. The primary key is appended to the order, so no row is lost or repeated.
    let sql = "
        SELECT id, downloads
          FROM packages
         WHERE deactivated_at IS NULL
           AND (downloads, id) < (SELECT downloads, id
                                    FROM packages
                                   WHERE deactivated_at IS NULL
                                   ORDER BY downloads DESC, id DESC
                                  OFFSET 3 LIMIT 1)
         ORDER BY downloads DESC, id DESC
         LIMIT 4";
    let newest = Package::select()
        .order_by((Package::downloads.desc(), Package::id.desc()))
        .columns((Package::id, Package::downloads));
    let first = newest.clone().page(4).fetch(db).await?;
    let rows = newest.page(4).after_opt(first.next).fetch(db).await?.rows;
    twins.same(rows, sql).await;
    Ok(())
}
