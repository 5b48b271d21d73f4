//! Many-to-many: links of a join table loaded, filtered by, added, removed and replaced.

use schemata::model::Write;
use schemata::query::{Condition, count, scalar};
use schemata::relation::ManyToMany;
use schemata::{AsActor, Db, Error, Ident, Isolation, TableModel};
use schemata_tests::catalog::connect;
use schemata_tests::owners::{Crate, CrateKeyword, CrateOwner, Keyword, Star, User, Version, fill, registry};
use schemata_tests::wire::CountingProxy;

async fn crates(db: &Db) -> Vec<Crate> {
    Crate::select().order_by(Crate::id.asc()).fetch(db).await.expect("reads")
}

async fn words(db: &Db, crates: &[Crate]) -> Vec<String> {
    let loaded = Crate::KEYWORDS.of(crates).order_by(Keyword::word.asc()).fetch(db).await.expect("loads");
    loaded.groups().map(|group| group.iter().map(|k| k.word.as_str()).collect::<Vec<_>>().join("+")).collect()
}

#[tokio::test]
async fn links_are_added_once_and_removed() {
    let (_database, db) = registry().await;
    let all = crates(&db).await;
    assert_eq!(Crate::KEYWORDS.add(&all[0], [1, 2, 2]).exec(&db).await.expect("adds"), 2);
    assert_eq!(Crate::KEYWORDS.add(&all[0], [2, 3]).exec(&db).await.expect("adds"), 1, "one was there");
    assert_eq!(Crate::KEYWORDS.add(2, [2]).exec(&db).await.expect("adds by key"), 1);
    assert_eq!(Crate::KEYWORDS.add(2, [0_i64; 0]).exec(&db).await.expect("adds nothing"), 0);
    assert_eq!(words(&db, &all).await, ["async+json+web", "async", "", ""]);
    let keywords = Keyword::select().order_by(Keyword::id.asc()).fetch(&db).await.expect("reads");
    let back = Keyword::CRATES.of(&keywords).order_by(Crate::id.asc()).fetch(&db).await.expect("loads");
    let ids: Vec<Vec<i64>> = back.groups().map(|group| group.iter().map(|c| c.id).collect()).collect();
    assert_eq!(ids, [vec![1], vec![1, 2], vec![1], vec![]]);

    assert_eq!(Crate::KEYWORDS.remove(&all[0], [1, 4]).exec(&db).await.expect("removes"), 1);
    assert_eq!(words(&db, &all).await, ["async+json", "async", "", ""]);
    let missing = Crate::KEYWORDS.add(&all[0], [77]).exec(&db).await.expect_err("no such keyword");
    assert_eq!(missing.sqlstate(), Some("23503"), "{missing}");
}

/// A keyword that a crate is recommended for. Its key is another one; a unique index makes the pair unique.
#[derive(Debug, TableModel)]
#[table(name = "recommendations", index(crate_id, keyword_id, unique))]
struct Recommendation {
    #[column(primary_key, identity)]
    id: i64,
    #[column(references = Crate::id)]
    crate_id: i64,
    #[column(references = Keyword::id)]
    keyword_id: i64,
}

const RECOMMENDED: ManyToMany<Crate, Recommendation, Keyword> =
    Recommendation::CRATE_ID_FKEY.through(Recommendation::KEYWORD_ID_FKEY);

#[tokio::test]
async fn a_unique_index_makes_a_pair_unique_as_a_key_does() {
    let (database, db) = registry().await;
    let client = connect(database.url()).await;
    let sql = "CREATE TABLE recommendations (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                                             crate_id bigint NOT NULL REFERENCES crates,
                                             keyword_id bigint NOT NULL REFERENCES keywords);
               CREATE UNIQUE INDEX ON recommendations (crate_id, keyword_id)";
    client.batch_execute(sql).await.expect("creates");
    assert_eq!(RECOMMENDED.add(1, [1, 2, 2]).exec(&db).await.expect("adds"), 2);
    assert_eq!(RECOMMENDED.add(1, [2, 3]).exec(&db).await.expect("adds"), 1, "one was there");
}

#[tokio::test]
async fn the_link_is_part_of_the_load() {
    let (_database, db) = registry().await;
    let all = crates(&db).await;
    for (place, keyword) in [(3, 1), (1, 2), (2, 3)] {
        let added = Crate::KEYWORDS.add(&all[0], [keyword]).set(CrateKeyword::place, place).exec(&db).await;
        assert_eq!(added.expect("adds"), 1);
    }
    Crate::KEYWORDS.add(&all[1], [2]).exec(&db).await.expect("adds");
    let load = || Crate::KEYWORDS.of(&all).order_by(CrateKeyword::place.asc());
    let first = load().limit_each(2).columns((Keyword::word, CrateKeyword::place)).fetch(&db).await.expect("loads");
    let expected = [vec![("async".to_owned(), 1), ("json".into(), 2)], vec![("async".into(), 0)], vec![], vec![]];
    assert_eq!(first.into_groups(), expected);
    let counted = load().filter(CrateKeyword::place.gt(1)).count().fetch(&db).await.expect("counts");
    assert_eq!(counted, [2, 0, 0, 0]);
    let totals = load().aggregate((count(), CrateKeyword::place.sum())).fetch(&db).await.expect("aggregates");
    assert_eq!(totals, [(3, Some(6)), (1, Some(0)), (0, None), (0, None)]);
}

#[tokio::test]
async fn rows_are_selected_by_what_they_are_linked_to() {
    let (_database, db) = registry().await;
    Crate::KEYWORDS.add(1, [1, 2]).set(CrateKeyword::place, 5).exec(&db).await.expect("adds");
    Crate::KEYWORDS.add(2, [2]).exec(&db).await.expect("adds");
    let found = async |condition: Condition<Crate>| -> Vec<i64> {
        let crates = Crate::select().filter(condition).order_by(Crate::id.asc()).columns(Crate::id);
        crates.fetch(&db).await.expect("reads")
    };
    assert_eq!(found(Crate::KEYWORDS.exists(Keyword::word.eq("async"))).await, [1, 2]);
    assert_eq!(found(Crate::KEYWORDS.exists(Keyword::word.eq("async").and(CrateKeyword::place.gt(1)))).await, [1]);
    assert_eq!(found(!Crate::KEYWORDS.exists(Condition::always())).await, [3, 4]);
    let counts: Vec<(i64, i64)> = Crate::select()
        .order_by(Crate::id.asc())
        .columns((Crate::id, scalar(Crate::KEYWORDS.related().aggregate(count()))))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(counts, [(1, 2), (2, 1), (3, 0), (4, 0)]);
    let pairs: Vec<(String, String)> = Crate::select()
        .join(Crate::KEYWORDS.links())
        .join(Crate::KEYWORDS.targets())
        .order_by((Crate::id.asc(), Keyword::id.asc()))
        .columns((Crate::name, Keyword::word))
        .fetch(&db)
        .await
        .expect("reads");
    assert_eq!(pairs.len(), 3);
    assert_eq!(pairs[2], ("tokio".to_owned(), "async".to_owned()));
}

#[tokio::test]
async fn a_set_is_replaced() {
    let (_database, db) = registry().await;
    let all = crates(&db).await;
    let set = async |keys: &[i64]| {
        let replaced = Crate::KEYWORDS.set(&all[0], keys.iter().copied()).exec(&db).await.expect("replaces");
        (replaced.added, replaced.removed)
    };
    Crate::KEYWORDS.add(&all[1], [1]).exec(&db).await.expect("adds");
    assert_eq!(set(&[1, 2]).await, (2, 0));
    assert_eq!(set(&[2, 3, 3]).await, (1, 1));
    assert_eq!(set(&[2, 3]).await, (0, 0));
    assert_eq!(words(&db, &all).await, ["async+json", "web", "", ""], "the other crate keeps its own");
    assert_eq!(set(&[]).await, (0, 2));
    let refused = Crate::KEYWORDS.set(&all[1], [2, 77]).exec(&db).await.expect_err("no such keyword");
    assert_eq!(refused.sqlstate(), Some("23503"), "{refused}");
    assert_eq!(words(&db, &all).await, ["", "web", "", ""], "nothing was removed");
    let missing = Crate::KEYWORDS.set(99, [1]).exec(&db).await.expect_err("no such crate");
    assert!(matches!(missing, Error::NotFound { table: "crates" }), "{missing}");
}

#[tokio::test]
async fn concurrent_replacements_of_one_row_leave_one_of_the_sets() {
    let (_database, db) = registry().await;
    let all = crates(&db).await;
    for round in 0..20 {
        let sets: [&[i64]; 4] = [&[1, 2], &[3], &[4, 1], &[2, 3, 4]];
        let work = sets.map(|keys| Crate::KEYWORDS.set(&all[0], keys.iter().copied()));
        let tasks = work.map(|set| {
            let db = db.clone();
            tokio::spawn(async move { set.exec(&db).await })
        });
        for task in tasks {
            task.await.expect("no panic").expect("replaces");
        }
        let left = CrateKeyword::select().order_by(CrateKeyword::keyword_id.asc()).columns(CrateKeyword::keyword_id);
        let left = left.fetch(&db).await.expect("reads");
        let is_one = sets.iter().any(|set| {
            let mut sorted = set.to_vec();
            sorted.sort_unstable();
            sorted == left
        });
        assert!(is_one, "round {round}: {left:?}");
    }
}

#[tokio::test]
async fn an_error_in_a_replacement_leaves_the_transaction_usable() {
    let (_database, db) = registry().await;
    let all = crates(&db).await;
    Crate::KEYWORDS.add(&all[0], [1]).exec(&db).await.expect("adds");
    let crates = all.clone();
    db.transaction(|tx| async move {
        Crate::KEYWORDS.set(&crates[0], [77]).exec(&tx).await.expect_err("no such keyword");
        Crate::KEYWORDS.add(&crates[0], [2]).exec(&tx).await
    })
    .await
    .expect("commits");
    assert_eq!(words(&db, &all[..1]).await, ["async+web"]);
}

#[tokio::test]
async fn removed_links_are_restored_and_audited_with_keys_of_two_columns() {
    let (database, db) = registry().await;
    let versions = [(1, "1.0".to_owned()), (1, "2.0".into()), (2, "0.1".into())];
    let ann = User::get(&db, 1).await.expect("reads");
    let by = db.as_actor("ann".to_owned());
    assert_eq!(User::STARRED.add(&ann, versions[..2].to_vec()).exec(&by).await.expect("adds"), 2);
    let stars = async || Star::select().with_deleted().order_by(Star::id.asc()).fetch(&db).await.expect("reads");
    assert!(stars().await.iter().all(|star| star.audit.created_by == "ann"));

    let removed = User::STARRED.remove(&ann, versions[..1].to_vec()).actor("bob".to_owned()).exec(&db).await;
    assert_eq!(removed.expect("removes"), 1);
    let removed = User::STARRED.remove(&ann, versions[..1].to_vec()).exec(&db).await;
    assert_eq!(removed.expect("is removed already"), 0);
    let gone = &stars().await[0];
    assert_eq!((gone.removal.deactivated_at.is_some(), gone.audit.updated_by.as_deref()), (true, Some("bob")));
    let load = async || -> Vec<String> {
        let loaded = User::STARRED.of([&ann]).order_by(Version::number.asc()).columns(Version::number);
        loaded.fetch(&db).await.expect("loads").into_rows()
    };
    assert_eq!(load().await, ["2.0"]);
    assert_eq!(User::STARRED.of([&ann]).with_deleted().count().fetch(&db).await.expect("counts"), [2]);

    let before = stars().await[1].audit.updated_at;
    let replaced = User::STARRED.set(&ann, versions.to_vec()).actor("cid".to_owned()).exec(&db).await.expect("sets");
    assert_eq!((replaced.added, replaced.removed), (2, 0), "one restored, one new");
    let after = stars().await;
    assert_eq!(after.len(), 3);
    assert_eq!((after[0].removal.deactivated_at, after[0].audit.updated_by.as_deref()), (None, Some("cid")));
    assert_eq!(after[1].audit.updated_at, before, "a live link is not written");
    assert_eq!(after[2].audit.created_by, "cid");
    let replaced = User::STARRED.set(&ann, versions[1..2].to_vec()).exec(&db).await.expect("sets");
    assert_eq!((replaced.added, replaced.removed), (0, 2));
    assert_eq!(load().await, ["2.0"]);
    let count = connect(database.url()).await.query_one("SELECT count(*) FROM stars", &[]).await.expect("counts");
    assert_eq!(count.get::<_, i64>(0), 3, "removed links are kept");
    connect(database.url())
        .await
        .execute("UPDATE versions SET deactivated_at = now()", &[])
        .await
        .expect("removes the versions");
    assert_eq!(load().await, [""; 0], "nor are removed targets loaded");
    assert!(!User::select().filter(User::STARRED.exists(Condition::always())).exists(&db).await.expect("reads"));
}

#[tokio::test]
async fn owners_of_several_kinds_are_told_apart() {
    let (_database, db) = registry().await;
    let all = crates(&db).await;
    let user = |crate_id, id| CrateOwner::insert().crate_id(crate_id).owner_id(id).kind("user");
    user(1, 1).exec(&db).await.expect("inserts");
    user(2, 2).exec(&db).await.expect("inserts");
    CrateOwner::insert().crate_id(1).owner_id(2).kind("team").exec(&db).await.expect("inserts");
    let users = Crate::USERS.of(&all).order_by(User::id.asc()).columns(User::login).fetch(&db).await.expect("loads");
    assert_eq!(users.into_groups(), [vec!["ann".to_owned()], vec!["bob".into()], vec![], vec![]]);
    let by_bob = Crate::select().filter(Crate::USERS.exists(User::login.eq("bob"))).columns(Crate::id);
    assert_eq!(by_bob.fetch(&db).await.expect("reads"), [2]);

    let add = Crate::USERS.add(&all[0], [3]).set(CrateOwner::kind, "user").exec(&db).await.expect("adds");
    assert_eq!(add, 1);
    let replaced = Crate::USERS.set(&all[0], [2]).set(CrateOwner::kind, "user").exec(&db).await.expect("sets");
    assert_eq!((replaced.added, replaced.removed), (1, 2));
    let owners = CrateOwner::select().filter(CrateOwner::crate_id.eq(1)).order_by(CrateOwner::kind.asc());
    let owners: Vec<(i64, String)> =
        owners.columns((CrateOwner::owner_id, CrateOwner::kind)).fetch(&db).await.expect("reads");
    assert_eq!(owners, [(2, "team".to_owned()), (2, "user".into())], "the team stays");
}

/// The crates that a user owns: the condition is on the relation that the links begin at.
const OWNED: ManyToMany<User, CrateOwner, Crate> = CrateOwner::USER.through(CrateOwner::CRATE_ID_FKEY);

#[tokio::test]
async fn a_condition_holds_from_either_end() {
    let (_database, db) = registry().await;
    for (crate_id, owner, kind) in [(1, 1, "user"), (2, 1, "team"), (3, 2, "team")] {
        let insert = CrateOwner::insert().crate_id(crate_id).owner_id(owner).kind(kind);
        insert.exec(&db).await.expect("inserts");
    }
    let users = User::select().order_by(User::id.asc()).fetch(&db).await.expect("reads");
    let owned = OWNED.of(&users).columns(Crate::id).fetch(&db).await.expect("loads");
    assert_eq!(owned.into_groups(), [vec![1], vec![], vec![]]);
    let owners = User::select().filter(OWNED.exists(Condition::always())).columns(User::id);
    assert_eq!(owners.fetch(&db).await.expect("reads"), [1]);
    assert_eq!(OWNED.remove(&users[0], [1, 2]).exec(&db).await.expect("removes"), 1);
    assert_eq!(CrateOwner::select().count(&db).await.expect("counts"), 2, "the teams stay");
}

#[tokio::test]
async fn each_call_is_one_statement() {
    let (database, direct) = registry().await;
    let all = crates(&direct).await;
    let proxy = CountingProxy::to(database.url()).await;
    let db = Db::builder(proxy.url()).max_connections(1).connect().await.expect("connects");
    for round in 0..2 {
        proxy.take();
        Crate::KEYWORDS.add(&all[0], [1, 2, 3]).exec(&db).await.expect("adds");
        let add = proxy.take();
        Crate::KEYWORDS.remove(&all[0], [1]).exec(&db).await.expect("removes");
        let remove = proxy.take();
        Crate::KEYWORDS.of(&all).fetch(&db).await.expect("loads");
        let load = proxy.take();
        Crate::KEYWORDS.set(&all[0], [4]).exec(&db).await.expect("sets");
        let set = proxy.take();
        // Preparing a statement is a request of its own, once per connection.
        let prepared = if round == 0 { [2, 2, 2] } else { [1, 1, 1] };
        assert_eq!([add, remove, load], prepared);
        if round == 1 {
            assert_eq!(set, 5, "BEGIN, lock, delete, insert, COMMIT");
        }
    }
}

#[tokio::test]
async fn links_belong_to_a_tenant() {
    let (database, db) = registry().await;
    connect(database.url()).await.batch_execute("CREATE SCHEMA other").await.expect("creates");
    let migrator = schemata::migrate::Migrator::new(schemata_tests::owners::migrations());
    migrator.schema(Ident::new("other").expect("a name")).run(database.url()).await.expect("migrates");
    let other = db.in_schema("other").expect("a name");
    fill(&other).await;
    let all = crates(&db).await;
    Crate::KEYWORDS.add(1, [1]).exec(&db).await.expect("adds");
    Crate::KEYWORDS.set(1, [2, 3]).exec(&other).await.expect("sets");
    assert_eq!(words(&db, &all).await, ["web", "", "", ""]);
    assert_eq!(words(&other, &all).await, ["async+json", "", "", ""]);
    assert_eq!(Crate::KEYWORDS.remove(1, [1, 2]).exec(&other).await.expect("removes"), 1);
    assert_eq!(words(&db, &all).await, ["web", "", "", ""]);
}

#[tokio::test]
async fn a_replacement_runs_in_the_callers_isolation() {
    let (_database, db) = registry().await;
    let serializable = db.transaction_builder().isolation(Isolation::Serializable);
    let replaced = serializable.run(|tx| async move { Crate::KEYWORDS.set(1, [1, 2]).exec(&tx).await }).await;
    assert_eq!(replaced.expect("commits").added, 2);
}
