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

impl Keyword {
    pub const CRATES: ManyToMany<Keyword, Link, Crate> = Link::KEYWORD_ID_FKEY.through(Link::CRATE_ID_FKEY);
}

#[derive(TableModel)]
pub struct Link {
    #[column(primary_key, references = Crate::id)]
    pub crate_id: i64,
    #[column(primary_key, references = Keyword::id)]
    pub keyword_id: i64,
}

fn main() {
    let one = Crate { id: 1, name: String::new() };
    let _ = Keyword::CRATES.add(&one, [1]);
    let _ = Keyword::CRATES.add(1, ["x"]);
}
