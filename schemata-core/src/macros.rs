//! The exported declarative macros: `tables!`, `register!` and `check_test!`. The derive's macros are in `schemata-derive`.

/// Lists the tables of models, as `bootstrap` and the command line take them: `tables![Customer, Order]`.
#[macro_export]
macro_rules! tables {
    ($($model:ty),* $(,)?) => {
        [$(<$model as $crate::TableModel>::TABLE),*]
    };
}

/// Links crates that have migrations of their own into the program: `schemata::register!(accounts, billing);`, once.
///
/// The linker leaves out a crate that is only listed in `Cargo.toml`, and its migrations with it. A registered crate is
/// part of the program, and [`MigrationSet::linked`](crate::migrate::MigrationSet::linked) fails if it contributes no
/// migration. If `Cargo.toml` renames a crate, write its own name after the new one:
/// `register!(accounts as "shop_accounts")`.
///
/// ```
/// # extern crate schemata as accounts;
/// # extern crate schemata as billing;
/// schemata::register!(accounts, billing);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! register {
    ($($name:ident $(as $own:literal)?),+ $(,)?) => {
        $(
            use ::$name as _;
            $crate::__private::inventory::submit! {
                $crate::__private::Registered::new(
                    [$($own,)? ::core::stringify!($name)][0], ::core::file!(), ::core::line!(),
                )
            }
        )+
    };
}

/// Registers a query for the check.
#[doc(hidden)]
#[cfg(feature = "dev")]
#[macro_export]
macro_rules! __register_query {
    ($query:ident) => {
        $crate::__private::inventory::submit! { $crate::__private::query::RegisteredSql::Query(&$query) }
    };
}

/// Registers nothing: only tests check queries.
#[doc(hidden)]
#[cfg(not(feature = "dev"))]
#[macro_export]
macro_rules! __register_query {
    ($query:ident) => {};
}

/// Makes a test that fails if a migration in the sources is not part of the program, or if models and migrations disagree:
/// `schemata::check_test!(Customer, Order);`, beside the program's other tests. Needs the feature `dev`, in tests only.
///
/// The test is a function `models_and_migrations_agree`, which calls `testing::linked` and `testing::check`; without models,
/// only the first. It also prepares every query of [`query!`](crate::query!) that is linked into the test program, on a database that
/// the migrations have made, and fails with all that are wrong. `unmanaged` names tables and types that are left to the database, as in `cli::App::unmanaged`:
///
/// ```
/// # mod models { pub const UNMANAGED: &[&str] = &["spatial_ref_sys"]; }
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # #[table(name = "customers")]
/// # struct Customer { #[column(primary_key, identity)] id: i64 }
/// schemata::check_test!(Customer; unmanaged = models::UNMANAGED);
/// ```
///
/// ```
/// # use schemata::prelude::*;
/// # #[derive(TableModel)]
/// # #[table(name = "customers")]
/// # struct Customer {
/// #     #[column(primary_key, identity)]
/// #     id: i64,
/// # }
/// schemata::check_test!(Customer);
/// ```
///
/// # Panics
/// The test panics with each missing migration and what to write for it, or with each difference.
#[cfg(feature = "dev")]
#[macro_export]
macro_rules! check_test {
    ($($model:ty),* $(,)? $(; unmanaged = $unmanaged:expr)?) => {
        #[test]
        fn models_and_migrations_agree() {
            let models: &[&'static $crate::schema::Table] = &$crate::tables![$($model),*];
            let unmanaged: &[&[&str]] = &[$(&$unmanaged[..])?];
            let checked = $crate::__private::check_test(
                ::core::env!("CARGO_MANIFEST_DIR"),
                ::core::module_path!(),
                models,
                &unmanaged.concat(),
            );
            if let ::core::result::Result::Err(wrong) = checked {
                ::core::panic!("{wrong}");
            }
        }
    };
}

/// Makes a test with the feature `dev`; without it, nothing, and a compile error in test builds.
#[cfg(not(feature = "dev"))]
#[macro_export]
macro_rules! check_test {
    ($($models:tt)*) => {
        #[cfg(test)]
        ::core::compile_error!(
            "`check_test!` needs the feature `dev` of schemata-core: run the tests with it, or enable it under [dev-dependencies]"
        );
    };
}
