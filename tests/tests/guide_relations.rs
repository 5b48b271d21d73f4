//! The code of the guide's page on relations, as it stands there, run.

#![allow(clippy::type_complexity, reason = "rows are tuples of tuples")]

use schemata::prelude::*;
use schemata::query::{Condition, count, scalar};
use schemata_tests::owners::{Crate, CrateKeyword, CrateOwner, Keyword, User, Version, registry};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn owned(db: &Db) -> schemata::Result<()> {
    for (crate_id, owner, kind) in [(1, 1, "user"), (1, 7, "team"), (2, 2, "user")] {
        CrateOwner::insert().crate_id(crate_id).owner_id(owner).kind(kind).exec(db).await?;
    }
    Ok(())
}

#[tokio::test]
async fn loading() -> Outcome {
    let (_database, db) = registry().await;
    let crates = Crate::select().order_by(Crate::id.asc()).fetch(&db).await?;

    let names = Version::CRATE_ID_FKEY.children_of(&crates).columns(Version::number).fetch(&db).await?;
    let numbers: Vec<i64> = Version::CRATE_ID_FKEY.children_of(&crates).count().fetch(&db).await?;
    let totals: Vec<(i64, Option<i64>)> =
        Version::CRATE_ID_FKEY.children_of(&crates).aggregate((count(), Version::downloads.max())).fetch(&db).await?;
    assert_eq!((names.rows().len(), numbers, totals[1]), (4, vec![3, 1, 0, 0], (1, Some(5))));
    Ok(())
}

#[tokio::test]
async fn nesting() -> Outcome {
    let (_database, db) = registry().await;
    let page: Vec<(Crate, Vec<(Version, Option<User>)>)> = Crate::select()
        .order_by(Crate::name.asc())
        .limit(25)
        .with(
            Version::CRATE_ID_FKEY
                .each()
                .order_by(Version::downloads.desc())
                .limit_each(3)
                .with(Version::PUBLISHER_ID_FKEY.parent_of_each()),
        )
        .fetch(&db)
        .await?;
    assert_eq!(page.len(), 4);

    let overview: Vec<(Crate, Vec<String>, i64)> = Crate::select()
        .with((
            Crate::KEYWORDS.each().order_by(Keyword::word.asc()).columns(Keyword::word),
            Version::CRATE_ID_FKEY.each().count(),
        ))
        .on_snapshot()
        .fetch(&db)
        .await?;
    assert_eq!(overview.len(), 4);

    let names: Vec<(String, Vec<String>)> = Crate::select()
        .order_by(Crate::name.asc())
        .columns(Crate::name)
        .with_related(Crate::KEYWORDS.each().columns(Keyword::word))
        .fetch(&db)
        .await?;
    assert_eq!(names[0].0, "axum");
    Ok(())
}

#[tokio::test]
async fn many_to_many() -> Outcome {
    let (_database, db) = registry().await;
    let crates = Crate::select().order_by(Crate::id.asc()).fetch(&db).await?;
    let serde = &crates[0];
    let added = Crate::KEYWORDS.add(serde, [1, 2]).exec(&db).await?;
    let removed = Crate::KEYWORDS.remove(serde, [1]).exec(&db).await?;
    let replaced = Crate::KEYWORDS.set(serde, [2, 3]).set(CrateKeyword::place, 1).exec(&db).await?;
    assert_eq!((added, removed, replaced.added, replaced.removed), (2, 1, 1, 0));

    let keywords = Crate::KEYWORDS.of(&crates).order_by(CrateKeyword::place.asc()).fetch(&db).await?;
    let on_json = Crate::select().filter(Crate::KEYWORDS.exists(Keyword::word.eq("json"))).fetch(&db).await?;
    let untagged = Crate::select().filter(!Crate::KEYWORDS.exists(Condition::always())).count(&db).await?;
    let sizes: Vec<(String, i64)> =
        Crate::select().columns((Crate::name, scalar(Crate::KEYWORDS.related().aggregate(count())))).fetch(&db).await?;
    let pairs: Vec<(String, String)> = Crate::select()
        .join(Crate::KEYWORDS.links())
        .join(Crate::KEYWORDS.targets())
        .columns((Crate::name, Keyword::word))
        .fetch(&db)
        .await?;
    assert_eq!((keywords.rows().len(), on_json.len(), untagged, sizes.len(), pairs.len()), (2, 1, 3, 4, 2));
    Ok(())
}

#[tokio::test]
async fn without_a_constraint() -> Outcome {
    let (_database, db) = registry().await;
    owned(&db).await?;
    let by_ann = Crate::select().filter(Crate::USERS.exists(User::login.eq("ann"))).fetch(&db).await?;
    let owners: Vec<(CrateOwner, Option<User>)> =
        CrateOwner::select().with(CrateOwner::USER.parent_of_each()).fetch(&db).await?;
    Crate::USERS.add(2, [3]).set(CrateOwner::kind, "user").exec(&db).await?;
    assert_eq!((by_ann.len(), owners.iter().filter(|(_, user)| user.is_some()).count()), (1, 2));
    Ok(())
}
