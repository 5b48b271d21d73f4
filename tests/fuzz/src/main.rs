//! libFuzzer's entry point: `FUZZ_TARGET` names the target. The files of the macro crate are compiled in, since no
//! program can call the functions of a crate of macros.
#![no_main]

#[path = "../../src/fuzz/mod.rs"]
mod targets;

macro_rules! of_the_macros {
    ($($(#[$path:meta])* $name:ident)*) => { $($(#[$path])* #[allow(dead_code, unused_imports)] mod $name;)* };
}

of_the_macros! {
    #[path = "../../../schemata-derive/src/attr/mod.rs"] attr
    #[path = "../../../schemata-derive/src/check/mod.rs"] check
    #[path = "../../../schemata-derive/src/constraints.rs"] constraints
    #[path = "../../../schemata-derive/src/derive.rs"] derive
    #[path = "../../../schemata-derive/src/diag.rs"] diag
    #[path = "../../../schemata-derive/src/expand/mod.rs"] expand
    #[path = "../../../schemata-derive/src/fuzz.rs"] fuzz
    #[path = "../../../schemata-derive/src/ir.rs"] ir
    #[path = "../../../schemata-derive/src/labels.rs"] labels
    #[path = "../../../schemata-derive/src/lower.rs"] lower
    #[path = "../../../schemata-derive/src/migration.rs"] migration
    #[path = "../../../schemata-derive/src/migrations.rs"] migrations
    #[path = "../../../schemata-derive/src/names.rs"] names
    #[path = "../../../schemata-derive/src/newtype.rs"] newtype
    #[path = "../../../schemata-derive/src/path.rs"] path
    #[path = "../../../schemata-derive/src/projection.rs"] projection
    #[path = "../../../schemata-derive/src/request.rs"] request
    #[path = "../../../schemata-derive/src/sql/mod.rs"] sql
}

static TARGET: std::sync::LazyLock<targets::Target> = std::sync::LazyLock::new(|| {
    let wanted = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names a target");
    let all = targets::TARGETS.iter().copied().chain([("derive", fuzz::target as targets::Target)]);
    all.into_iter().find(|(name, _)| *name == wanted).unwrap_or_else(|| panic!("there is no target {wanted}")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| TARGET(data));
