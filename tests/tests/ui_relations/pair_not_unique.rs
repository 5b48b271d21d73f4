#![allow(unused_imports)]

use schemata::prelude::*;
use schemata::relation::{ManyToMany, Relation};

#[derive(TableModel)]
pub struct Crate {
    #[column(primary_key)]
    pub id: i64,
    #[column(unique)]
    pub name: String,
}

#[derive(TableModel)]
pub struct Keyword {
    #[column(primary_key)]
    pub id: i64,
}

// Three columns that are unique together do not make two of them so.
#[derive(TableModel)]
#[table(unique(crate_id, keyword_id, crate_name))]
pub struct Tag {
    #[column(primary_key)]
    pub id: i64,
    #[column(references = Crate::id)]
    pub crate_id: i64,
    #[column(references = Crate::name)]
    pub crate_name: String,
    #[column(references = Keyword::id)]
    pub keyword_id: i64,
}

pub const KEYWORDS: ManyToMany<Crate, Tag, Keyword> =
    Tag::CRATE_ID_FKEY.through(Tag::KEYWORD_ID_FKEY);

fn main() {}
