//! Packages, their releases, and what is known about them.

use chrono::{DateTime, NaiveDate, Utc};
use schemata::prelude::*;
use serde_json::Value;

use super::people::User;

/// A package.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "packages")]
pub struct Package {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The name, in any case and with `-` or `_`.
    #[column(unique)]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The number of downloads of all releases.
    #[column(default = 0)]
    pub downloads: i64,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// Marks that its owners gave it.
    pub labels: Vec<String>,
    /// Links and badges.
    pub metadata: Option<Value>,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

/// A release of a package.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "releases", unique(package_id, number))]
pub struct Release {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The package.
    #[column(references = Package::id, on_delete = cascade)]
    pub package_id: i32,
    /// The version, like 1.4.
    pub number: String,
    /// Who published it; unknown for old ones.
    #[column(references = User::id)]
    pub published_by: Option<i32>,
    /// When.
    pub published_at: DateTime<Utc>,
    /// Withdrawn.
    #[column(default = false)]
    pub yanked: bool,
    /// The license.
    pub license: Option<String>,
    /// The size in bytes.
    pub size: i32,
}

/// A release depends on a package.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "dependencies")]
pub struct Dependency {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The release.
    #[column(references = Release::id, on_delete = cascade)]
    pub release_id: i32,
    /// What it needs.
    #[column(references = Package::id, on_delete = cascade)]
    pub package_id: i32,
    /// In which version.
    pub requirement: String,
    /// Needed only if asked for.
    #[column(default = false)]
    pub optional: bool,
}

/// How often a release was downloaded on one day.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "downloads")]
pub struct Download {
    /// The release.
    #[column(primary_key, references = Release::id, on_delete = cascade)]
    pub release_id: i32,
    /// The day.
    #[column(primary_key)]
    pub day: NaiveDate,
    /// The number.
    pub hits: i32,
}

/// A category, by its path: `web::server`.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "categories")]
pub struct Category {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The path.
    #[column(unique)]
    pub path: String,
}

/// A package is in a category.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "package_categories")]
pub struct PackageCategory {
    /// The package.
    #[column(primary_key, references = Package::id, on_delete = cascade)]
    pub package_id: i32,
    /// The category.
    #[column(primary_key, references = Category::id)]
    pub category_id: i32,
}

/// A keyword.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "keywords")]
pub struct Keyword {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The word.
    #[column(unique)]
    pub word: String,
}

/// A package has a keyword.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "package_keywords")]
pub struct PackageKeyword {
    /// The package.
    #[column(primary_key, references = Package::id, on_delete = cascade)]
    pub package_id: i32,
    /// The keyword.
    #[column(primary_key, references = Keyword::id)]
    pub keyword_id: i32,
}
