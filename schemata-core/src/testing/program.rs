//! [`linked`]: a test that every migration in the sources is part of the program; and the body of `check_test!`.

use std::error::Error;
use std::fmt::Write;

use crate::checked::RegisteredSql;
use crate::migrate::{MigrationSet, Migrator};
use crate::schema::Table;
use crate::testing::check::{check_queries, check_with};
use crate::testing::error::TestError;
use crate::testing::sources::unlinked;

/// Checks that every `#[migration("…")]` in the source files of the package in `folder`, and of its path dependencies,
/// is linked into this program. Call it with the package's own folder and module:
///
/// ```no_run
/// # use schemata::testing::{TestError, linked};
/// # fn every_migration_is_linked() -> Result<(), TestError> {
/// linked(env!("CARGO_MANIFEST_DIR"), module_path!())
/// # }
/// ```
///
/// [`check_test!`](crate::check_test) calls it. Not checked are migrations under a `cfg`, optional dependencies,
/// dependencies of some targets only, and crates from a registry: [`register!`](crate::register) those.
///
/// # Errors
/// [`TestError::Unlinked`] with the file of each migration, and what to write there.
pub fn linked(folder: &str, module: &str) -> Result<(), TestError> {
    let missing = unlinked(folder, module)?;
    if !missing.is_empty() {
        return Err(TestError::Unlinked(missing));
    }
    Ok(MigrationSet::linked().map(drop)?)
}

/// The body of [`check_test!`](crate::check_test).
#[doc(hidden)]
pub fn check_test(folder: &str, module: &str, models: &[&'static Table], unmanaged: &[&str]) -> Result<(), String> {
    linked(folder, module).map_err(|error| explained(&error))?;
    let has_queries = RegisteredSql::is_any();
    if models.is_empty() && !has_queries {
        return Ok(());
    }
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let migrations = MigrationSet::linked().map_err(|error| explained(&error))?;
    let migrator = Migrator::new(migrations).unmanaged(unmanaged);
    runtime.block_on(async {
        let agree = if models.is_empty() { Ok(()) } else { check_with(&migrator, models).await };
        let right = if has_queries { check_queries(&migrator).await } else { Ok(()) };
        let wrong: Vec<String> =
            [agree, right].iter().filter_map(|checked| checked.as_ref().err()).map(|error| explained(error)).collect();
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    })
}

/// Returns the text of an error and its causes, for the output of a test.
fn explained(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        let _ = write!(text, "\n  because: {this}");
        cause = this.source();
    }
    text
}
