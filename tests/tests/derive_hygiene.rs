//! The macros' output in unfriendly places: strict lints, shadowed names, functions, macros, modules.

#![forbid(unsafe_code)]
#![deny(missing_docs, warnings, clippy::pedantic, clippy::all, rust_2018_idioms)]

use schemata::{HasKey as _, TableModel as _};

/// Types that shadow the prelude's.
pub mod shadows {
    use schemata::{Newtype, PgEnum, TableModel, TextEnum};

    /// Not the one of `core`.
    #[derive(Debug)]
    pub struct Option;
    /// Not the one of `core`.
    #[derive(Debug)]
    pub struct Result;
    /// Not the one of `alloc`.
    #[derive(Debug)]
    pub struct String;
    /// Not the one of `core`.
    pub trait Send {}
    /// Not the one of `core`.
    pub trait Clone {}
    /// Not the one of `core`.
    #[derive(Debug)]
    pub struct Some;
    /// Not the one of `core`.
    #[derive(Debug)]
    pub struct Vec;
    /// Not the one of `alloc`.
    #[derive(Debug)]
    pub struct Box;
    /// Not the one of `core`.
    #[allow(non_snake_case)]
    pub const fn Ok() {}

    /// A model whose columns are named like types and crates.
    #[derive(Debug, TableModel)]
    #[table(unique(uuid, type), index(uuid desc, r#type, where = "str > 'a'", include(bool)))]
    pub struct Shadow {
        /// The key.
        #[column(primary_key, default_sql = "gen_random_uuid()")]
        pub uuid: uuid::Uuid,
        /// A keyword.
        pub r#type: ::std::string::String,
        /// A primitive type.
        pub str: ::std::option::Option<::std::string::String>,
        /// Another.
        #[column(unique)]
        pub bool: bool,
        /// Generic parameters of the output must not shadow the user's types.
        pub k: i64,
    }

    /// Labels.
    #[derive(Debug, PgEnum)]
    pub enum State {
        /// One.
        Some,
        /// Two.
        None,
    }

    /// Labels.
    #[derive(Debug, TextEnum)]
    pub enum Word {
        /// One.
        Ok,
    }

    /// A name.
    #[derive(Debug, Newtype)]
    pub struct Name(pub ::std::string::String);
}

#[expect(dead_code, reason = "what is never read matters here")]
mod private {
    use schemata::model::Audit;

    type Maybe<T> = Option<T>;

    #[derive(Debug, schemata::TableModel)]
    #[table(crate = "::schemata", index(audit.created_at), check("later", "audit_free > 0 and updated_at >= created_at"))]
    pub(super) struct Parent {
        #[column(primary_key)]
        tenant: i32,
        #[column(primary_key)]
        pub(super) number: i64,
        audit_free: i32,
        #[cfg(any())]
        gone: NoSuchType,
        #[cfg(not(any()))]
        note: Maybe<String>,
        #[column(flatten)]
        audit: Audit,
    }

    #[derive(Debug, schemata::TableModel)]
    #[table(foreign_key(
        columns(tenant, parent),
        references(Parent::tenant, Parent::number),
        on_delete = cascade,
        name = "to_parent"
    ))]
    pub(super) struct Child {
        #[column(primary_key, identity)]
        id: i64,
        tenant: i32,
        parent: i64,
        #[column(references = Self::id, on_delete = set_null)]
        before: Option<i64>,
    }

    pub(super) fn uses() {
        let _ = Parent::insert().tenant(1).number(2).audit_free(3);
        let _ = Parent::select().filter(Parent::note.is_null()).order_by(Parent::audit.created_at.desc());
        let _ = Child::select().filter(Child::before.eq(1));
    }

    use schemata::TableModel as _;
}

macro_rules! model {
    ($name:ident, $ty:ty, $default:literal, $table:literal) => {
        /// Made by a macro.
        #[derive(Debug, schemata::TableModel)]
        #[table(name = $table)]
        pub struct $name {
            /// The key.
            #[column(primary_key)]
            pub id: $ty,
            /// A number.
            #[column(default = $default)]
            pub number: i32,
        }
    };
}

model!(Made, i64, 7, "made_by_macro");

#[test]
fn a_macro_can_write_a_model() {
    assert_eq!((Made::TABLE.name, Made::TABLE.columns[1].name), ("made_by_macro", "number"));
}

#[test]
fn a_function_can_hold_a_model() {
    #[derive(Debug, schemata::TableModel)]
    struct Local {
        #[column(primary_key)]
        id: i64,
    }
    assert_eq!(Local::TABLE.name, "locals");
    assert_eq!(Local { id: 1 }.key(), 1);
}

#[test]
fn keys_constraints_and_raw_names_come_out_whole() {
    private::uses();
    assert_eq!(private::Parent::TABLE.primary_key, ["tenant", "number"]);
    assert_eq!(private::Parent::TABLE.columns[3].name, "note");
    assert!(private::Parent::TABLE.columns[3].nullable);
    let key = private::Child::TABLE.foreign_keys[1];
    assert_eq!((key.columns, key.target_columns), (["tenant", "parent"].as_slice(), ["tenant", "number"].as_slice()));
    assert_eq!(key.name, Some("to_parent"));
    let shadow = shadows::Shadow::TABLE;
    assert_eq!(shadow.uniques[1].columns, ["uuid", "type"]);
    assert_eq!(shadow.indexes[0].include, ["bool"]);
}
