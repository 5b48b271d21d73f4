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

#[derive(TableModel)]
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
