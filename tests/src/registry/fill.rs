//! Random rows of the registry, the same for one seed.

use chrono::{DateTime, Days, NaiveDate, Utc};
use schemata::prelude::*;
use schemata::{Db, RawSql};
use serde_json::{Value, json};

use super::packages::{Category, Dependency, Download, Keyword, Package, PackageCategory, PackageKeyword, Release};
use super::people::{Follow, Job, Notification, Owner, Quota, Team, Token, User};
use crate::dice::Dice;

const USERS: i32 = 9;
const PACKAGES: i32 = 14;
const RELEASES: i32 = 40;
const PATHS: [&str; 6] = ["web", "web::server", "web::client", "database", "database::driver", "text"];
const WORDS: [&str; 6] = ["http", "async", "sql", "parser", "no_std", "cli"];
const LABELS: [&str; 3] = ["stable", "wanted", "archived"];
const TEXTS: [&str; 5] =
    ["A fast server", "Parses 50% of everything", "An async driver", "Tools for the server", "no_std parsing"];

fn n(dice: &mut Dice, sides: u64) -> i32 {
    i32::try_from(dice.roll(sides)).expect("small")
}

/// A random row of a table with keys from 1.
fn key(dice: &mut Dice, count: i32) -> i32 {
    1 + n(dice, u64::from(count.unsigned_abs()))
}

fn maybe_key(dice: &mut Dice, count: i32) -> Option<i32> {
    if dice.once_in(4) { None } else { Some(key(dice, count)) }
}

fn some_of(dice: &mut Dice, items: &[&str]) -> Vec<String> {
    items.iter().filter(|_| dice.once_in(2)).map(|item| (*item).to_owned()).collect()
}

/// A random day of the first 100 of 2026.
///
/// # Panics
/// Never: the days exist.
pub fn day(dice: &mut Dice) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 1)
        .and_then(|first| first.checked_add_days(Days::new(dice.roll(100))))
        .expect("a day")
}

/// A random time of the first 100 days of 2026; several rows have the same.
///
/// # Panics
/// Never: the times exist.
pub fn instant(dice: &mut Dice) -> DateTime<Utc> {
    let hour = u32::try_from(dice.roll(3)).expect("small") * 8;
    day(dice).and_hms_opt(hour, 0, 0).expect("a time").and_utc()
}

/// Fills an empty registry.
///
/// # Errors
/// When the database refuses.
pub async fn fill(db: &Db, dice: &mut Dice) -> schemata::Result<()> {
    people(db, dice).await?;
    packages(db, dice).await?;
    details(db, dice).await?;
    for removed in 0..2 {
        User::remove(USERS - removed).exec(db).await?;
        Package::remove(PACKAGES - removed).exec(db).await?;
    }
    // At the same time in every registry.
    for table in ["users", "packages"] {
        let update =
            format!("UPDATE {table} SET deactivated_at = '2026-05-01 00:00Z' WHERE deactivated_at IS NOT NULL");
        db.execute_sql(RawSql::trusted(update), &[]).await?;
    }
    Ok(())
}

async fn people(db: &Db, dice: &mut Dice) -> schemata::Result<()> {
    let users = (1..=USERS).map(|id| {
        let name = dice.maybe(&["Ada", "Bo", "Cy"]).map(str::to_owned);
        let invited_by = if id == 1 { None } else { maybe_key(dice, id - 1) };
        let email = dice.maybe(&["a@example.com", "B@example.com"]).map(str::to_owned);
        User::insert()
            .id(id)
            .login(format!("user{id}"))
            .name(name)
            .email(email)
            .is_admin(dice.once_in(4))
            .joined_at(instant(dice))
            .invited_by(invited_by)
    });
    // One by one: a user can be invited only by one who is there.
    for user in users.collect::<Vec<_>>() {
        user.exec(db).await?;
    }
    Team::insert_many((1..=3).map(|id| Team::insert().id(id).login(format!("team{id}")))).exec(db).await?;
    let tokens = (1..=12).map(|id| {
        let scopes = dice.maybe(&[vec!["publish".to_owned()], vec!["publish".to_owned(), "yank".to_owned()], vec![]]);
        Token::insert()
            .id(id)
            .user_id(key(dice, USERS))
            .name(dice.pick(&["laptop", "ci"]))
            .hash(vec![u8::try_from(id).expect("small"); 4])
            .revoked(dice.once_in(4))
            .expires_at(if dice.once_in(2) { None } else { Some(instant(dice)) })
            .used_at(if dice.once_in(2) { None } else { Some(instant(dice)) })
            .scopes(scopes)
    });
    Token::insert_many(tokens).exec(db).await?;
    let jobs = (1..=12).map(|id| {
        let insert = Job::insert().id(id).kind(dice.pick(&["index", "mail"])).data(json!({"n": id, "try": n(dice, 3)}));
        insert.retries(n(dice, 4)).due_at(instant(dice)).priority(i16::try_from(n(dice, 3)).expect("small"))
    });
    Job::insert_many(jobs).exec(db).await?;
    let mut quotas = Vec::new();
    for user_id in 1..=USERS {
        if !dice.once_in(3) {
            let insert = Quota::insert().user_id(user_id).action("publish").tokens(n(dice, 4));
            quotas.push(insert.refilled_at(instant(dice)));
        }
    }
    Quota::insert_many(quotas).exec(db).await?;
    Ok(())
}

async fn packages(db: &Db, dice: &mut Dice) -> schemata::Result<()> {
    let packages = (1..=PACKAGES).map(|id| {
        let stem = dice.pick(&["Fast", "tiny", "Web", "my_sql", "re-try"]);
        let metadata = dice.maybe(&[
            json!({"badge": {"ci": "github"}, "stars": 3}),
            json!({"badge": null, "stars": 12}),
            json!({"links": ["docs", "source"]}),
            Value::Null,
        ]);
        Package::insert()
            .id(id)
            .name(format!("{stem}{id}"))
            .description(dice.maybe(&TEXTS).map(str::to_owned))
            .downloads(i64::from(n(dice, 6)) * 100)
            .created_at(instant(dice))
            .labels(some_of(dice, &LABELS))
            .metadata(metadata)
    });
    Package::insert_many(packages).exec(db).await?;
    let releases = (1..=RELEASES).map(|id| {
        Release::insert()
            .id(id)
            .package_id(key(dice, PACKAGES))
            .number(format!("{}.{id}", n(dice, 3)))
            // Some users publish nothing; the last one is removed.
            .published_by(dice.maybe(&[1, 2, 3, 4, 5, USERS]))
            .published_at(instant(dice))
            .yanked(dice.once_in(4))
            .license(dice.maybe(&["MIT", "Apache-2.0", "MIT OR Apache-2.0"]).map(str::to_owned))
            .size(n(dice, 5000))
    });
    Release::insert_many(releases).exec(db).await?;
    Ok(())
}

async fn details(db: &Db, dice: &mut Dice) -> schemata::Result<()> {
    let dependencies = (1..=50).map(|id| {
        let insert = Dependency::insert().id(id).release_id(key(dice, RELEASES)).package_id(key(dice, PACKAGES));
        insert.requirement(dice.pick(&["^1", "~0.3", "*"])).optional(dice.once_in(3))
    });
    Dependency::insert_many(dependencies).exec(db).await?;
    for (id, path) in (1..).zip(PATHS) {
        Category::insert().id(id).path(path).exec(db).await?;
    }
    for (id, word) in (1..).zip(WORDS) {
        Keyword::insert().id(id).word(word).exec(db).await?;
    }
    let (mut owners, mut in_categories, mut with_keywords, mut follows) = (vec![], vec![], vec![], vec![]);
    for package_id in 1..=PACKAGES {
        for other in 1..=6 {
            if dice.once_in(4) {
                owners.push(
                    Owner::insert().package_id(package_id).owner_id(other).kind(0).added_by(maybe_key(dice, USERS)),
                );
            }
            if other <= 3 && dice.once_in(5) {
                owners.push(
                    Owner::insert().package_id(package_id).owner_id(other).kind(1).added_by(maybe_key(dice, USERS)),
                );
            }
            if dice.once_in(5) {
                in_categories.push(PackageCategory::insert().package_id(package_id).category_id(other));
            }
            if other < 6 && dice.once_in(4) {
                with_keywords.push(PackageKeyword::insert().package_id(package_id).keyword_id(other));
            }
            if dice.once_in(3) {
                follows.push(Follow::insert().user_id(other).package_id(package_id));
            }
        }
    }
    Owner::insert_many(owners).exec(db).await?;
    PackageCategory::insert_many(in_categories).exec(db).await?;
    PackageKeyword::insert_many(with_keywords).exec(db).await?;
    Follow::insert_many(follows).exec(db).await?;
    let (mut downloads, mut notifications) = (vec![], vec![]);
    for release_id in 1..=RELEASES {
        let (first, count) = (day(dice), dice.roll(4));
        for further in 0..count {
            let day = first + Days::new(further * 11);
            downloads.push(Download::insert().release_id(release_id).day(day).hits(n(dice, 50)));
        }
        for user_id in 1..=USERS {
            if dice.once_in(6) {
                let seen_at = if dice.once_in(2) { None } else { Some(instant(dice)) };
                notifications.push(Notification::insert().user_id(user_id).release_id(release_id).seen_at(seen_at));
            }
        }
    }
    Download::insert_many(downloads).exec(db).await?;
    Notification::insert_many(notifications).exec(db).await?;
    Ok(())
}
