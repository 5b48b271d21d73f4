//! Users and teams, what they own and follow, and the work that is to be done.

use chrono::{DateTime, Utc};
use schemata::prelude::*;
use serde_json::Value;

use super::packages::{Package, Release};

/// The kind of an owner that is a user.
pub const USER: i16 = 0;
/// The kind of an owner that is a team.
pub const TEAM: i16 = 1;

/// A user.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "users")]
pub struct User {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The name to sign in.
    #[column(unique)]
    pub login: String,
    /// The full name.
    pub name: Option<String>,
    /// The address.
    pub email: Option<String>,
    /// May do everything.
    #[column(default = false)]
    pub is_admin: bool,
    /// When the account was made.
    pub joined_at: DateTime<Utc>,
    /// Who invited the user.
    #[column(references = Self::id)]
    pub invited_by: Option<i32>,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

/// A team.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "teams")]
pub struct Team {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The name.
    #[column(unique)]
    pub login: String,
}

/// A user or a team owns a package. No foreign key leads to the owner, since it is in one of two tables.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "owners")]
pub struct Owner {
    /// The package.
    #[column(primary_key, references = Package::id, on_delete = cascade)]
    pub package_id: i32,
    /// A user or a team.
    #[column(primary_key)]
    pub owner_id: i32,
    /// Which of the two: [`USER`] or [`TEAM`].
    #[column(primary_key)]
    pub kind: i16,
    /// Who added the owner.
    #[column(references = User::id)]
    pub added_by: Option<i32>,
}

/// A token to publish with.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "tokens")]
pub struct Token {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// Whose.
    #[column(references = User::id)]
    pub user_id: i32,
    /// The name.
    pub name: String,
    /// The hash of the secret.
    #[column(unique)]
    pub hash: Vec<u8>,
    /// Cannot be used any more.
    #[column(default = false)]
    pub revoked: bool,
    /// When it stops to be valid.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was used last.
    pub used_at: Option<DateTime<Utc>>,
    /// What it allows; without a list, everything.
    pub scopes: Option<Vec<String>>,
}

/// A user follows a package.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "follows")]
pub struct Follow {
    /// The user.
    #[column(primary_key, references = User::id)]
    pub user_id: i32,
    /// The package.
    #[column(primary_key, references = Package::id, on_delete = cascade)]
    pub package_id: i32,
}

/// A user is told of a release.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "notifications")]
pub struct Notification {
    /// The user.
    #[column(primary_key, references = User::id)]
    pub user_id: i32,
    /// The release.
    #[column(primary_key, references = Release::id, on_delete = cascade)]
    pub release_id: i32,
    /// When it was read.
    pub seen_at: Option<DateTime<Utc>>,
}

/// Work that is to be done in the background.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "jobs")]
pub struct Job {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// What is to be done.
    pub kind: String,
    /// With what.
    pub data: Value,
    /// How often it failed.
    #[column(default = 0)]
    pub retries: i32,
    /// Not before.
    pub due_at: DateTime<Utc>,
    /// The most urgent has the greatest.
    #[column(default = 0)]
    pub priority: i16,
}

/// How often a user may do something until the quota is refilled.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "quotas")]
pub struct Quota {
    /// The user.
    #[column(primary_key, references = User::id)]
    pub user_id: i32,
    /// What.
    #[column(primary_key)]
    pub action: String,
    /// How often.
    pub tokens: i32,
    /// When it was refilled last.
    pub refilled_at: DateTime<Utc>,
}
