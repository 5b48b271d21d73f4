//! A package registry: join tables of every kind, and owners without a foreign key.

use schemata::migrate::{Migration, MigrationEntry, MigrationResult, MigrationSet, Migrator};
use schemata::prelude::*;
use schemata::relation::{ManyToMany, Relation};
use schemata::tables;
use schemata::testing::TestDatabase;

/// A crate.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "crates")]
pub struct Crate {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// The name.
    #[column(sql_type = "varchar(64)")]
    pub name: String,
}

/// A keyword.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "keywords")]
pub struct Keyword {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// The word.
    pub word: String,
}

/// A keyword of a crate, with its place in the list.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "crate_keywords")]
pub struct CrateKeyword {
    /// The crate.
    #[column(primary_key, references = Crate::id)]
    pub crate_id: i64,
    /// The keyword.
    #[column(primary_key, references = Keyword::id)]
    pub keyword_id: i64,
    /// The place.
    #[column(default = 0)]
    pub place: i32,
}

/// A version, known by its crate and its number.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "versions")]
pub struct Version {
    /// The crate.
    #[column(primary_key, references = Crate::id)]
    pub crate_id: i64,
    /// The number.
    #[column(primary_key)]
    pub number: String,
    /// Its downloads.
    #[column(default = 0)]
    pub downloads: i64,
    /// Who published it.
    #[column(references = User::id)]
    pub publisher_id: Option<i64>,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

/// A user.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "users")]
pub struct User {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// The name.
    pub login: String,
}

/// A user or a team that owns a crate.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "crate_owners")]
pub struct CrateOwner {
    /// The crate.
    #[column(primary_key, references = Crate::id)]
    pub crate_id: i64,
    /// The user or team.
    #[column(primary_key)]
    pub owner_id: i64,
    /// Which of both.
    #[column(primary_key)]
    pub kind: String,
}

/// A user who has starred a version: composite keys, soft delete and audit.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "stars",
    foreign_key(columns(crate_id, number), references(Version::crate_id, Version::number)),
    unique(crate_id, number, user_id)
)]
pub struct Star {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// The version's crate.
    pub crate_id: i64,
    /// The version's number.
    pub number: String,
    /// The user.
    #[column(references = User::id)]
    pub user_id: i64,
    /// Who did it.
    #[column(flatten)]
    pub audit: Audit,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

impl Crate {
    /// The keywords of a crate.
    pub const KEYWORDS: ManyToMany<Self, CrateKeyword, Keyword> =
        CrateKeyword::CRATE_ID_FKEY.through(CrateKeyword::KEYWORD_ID_FKEY);
    /// The users who own a crate.
    pub const USERS: ManyToMany<Self, CrateOwner, User> = CrateOwner::CRATE_ID_FKEY.through(CrateOwner::USER);
}

impl Keyword {
    /// The crates with a keyword.
    pub const CRATES: ManyToMany<Self, CrateKeyword, Crate> =
        CrateKeyword::KEYWORD_ID_FKEY.through(CrateKeyword::CRATE_ID_FKEY);
}

impl CrateOwner {
    /// The user, if the owner is one.
    pub const USER: Relation<Self, User> = Relation::on(Self::owner_id, User::id).when(|| Self::kind.eq("user"));
}

impl User {
    /// The versions that a user has starred.
    pub const STARRED: ManyToMany<Self, Star, Version> = Star::USER_ID_FKEY.through(Star::CRATE_ID_NUMBER_FKEY);
}

async fn all(m: &mut Migration<'_>) -> MigrationResult {
    m.bootstrap(tables![Crate, Keyword, CrateKeyword, User, Version, CrateOwner, Star]).await
}

/// The migrations of the registry.
///
/// # Panics
/// Never: there is one.
#[must_use]
pub fn migrations() -> MigrationSet {
    let entry = MigrationEntry::new("registry", "0001", |m| Box::pin(all(m)), file!(), line!());
    MigrationSet::new([entry]).expect("one migration")
}

/// A registry with crates 1 to 4, keywords 1 to 4, users 1 to 3, and the pool to it.
///
/// # Panics
/// When it cannot be made.
pub async fn registry() -> (TestDatabase, Db) {
    let database = crate::fresh_database().await;
    Migrator::new(migrations()).run(database.url()).await.expect("creates the tables");
    let db = Db::connect(database.url()).await.expect("connects");
    fill(&db).await;
    (database, db)
}

/// Adds the rows to a schema.
///
/// # Panics
/// When the database refuses.
pub async fn fill(db: &Db) {
    for (id, name) in [(1, "serde"), (2, "tokio"), (3, "axum"), (4, "empty")] {
        Crate::insert().id(id).name(name).exec(db).await.expect("inserts");
    }
    for (id, word) in [(1, "web"), (2, "async"), (3, "json"), (4, "unused")] {
        Keyword::insert().id(id).word(word).exec(db).await.expect("inserts");
    }
    for (id, login) in [(1, "ann"), (2, "bob"), (3, "cid")] {
        User::insert().id(id).login(login).exec(db).await.expect("inserts");
    }
    for (crate_id, number, downloads, publisher) in
        [(1, "1.0", 10, Some(1)), (1, "1.1", 30, Some(2)), (1, "2.0", 20, None), (2, "0.1", 5, Some(1))]
    {
        let version = Version::insert().crate_id(crate_id).number(number).downloads(downloads).publisher_id(publisher);
        version.exec(db).await.expect("inserts");
    }
}
