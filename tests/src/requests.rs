//! The request structs of a service.

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
    /// NULL if absent or null.
    pub email: Option<String>,
    /// The default if absent or null.
    pub price: Option<Decimal>,
    /// The default if absent.
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
    /// The row of shelves.
    pub aisle: i32,
    /// The height in the row.
    pub level: String,
    /// The default if absent.
    pub amount: Option<i32>,
    /// The default (NULL), NULL, or a value.
    pub label: Option<Option<String>>,
}
