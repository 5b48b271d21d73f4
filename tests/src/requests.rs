//! What a service reads from its requests.

use rust_decimal::Decimal;
use schemata::model::Field;
use schemata::{Insertable, Patch};
use serde::Deserialize;

use crate::warehouse::{Article, Shelf};

/// A new article.
#[derive(Debug, Clone, Deserialize, Insertable)]
#[insertable(Article)]
pub struct NewArticle {
    /// The key.
    pub sku: String,
    /// Its name.
    pub name: String,
    /// Nobody, when absent or null.
    pub email: Option<String>,
    /// The default, when absent or null.
    pub price: Option<Decimal>,
    /// The default, when absent.
    #[serde(default)]
    pub stock: Field<i32>,
    /// Not a column.
    #[insertable(skip)]
    #[serde(default)]
    pub request_id: u32,
}

/// Changes to an article.
#[derive(Debug, Clone, Default, Deserialize, Patch)]
#[patch(Article)]
#[serde(default)]
pub struct ArticlePatch {
    /// Absent or a value.
    pub name: Option<String>,
    /// Absent, null or a value.
    pub email: Field<Option<String>>,
    /// Absent or a value, in code that is not read from JSON.
    pub stock: Option<i32>,
}

/// Changes to a shelf.
#[derive(Debug, Clone, Default, Patch)]
#[patch(Shelf)]
pub struct ShelfPatch {
    /// Absent or a value.
    pub amount: Option<i32>,
    /// Absent, null or a value.
    pub label: Option<Option<String>>,
}

/// A new shelf.
#[derive(Debug, Clone, Insertable)]
#[insertable(Shelf)]
pub struct NewShelf {
    /// In which row.
    pub aisle: i32,
    /// At which height.
    pub level: String,
    /// The default, when absent.
    pub amount: Option<i32>,
    /// The default (NULL), NULL, or a value.
    pub label: Option<Option<String>>,
}
