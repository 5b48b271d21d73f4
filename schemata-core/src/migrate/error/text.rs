//! The longer messages of `MigrateError`.

use std::time::Duration;

use crate::ident::Ident;
use crate::migrate::error::details::{Edit, Late, ModuleLink, Moved};
use crate::migrate::migration::entry::MigrationEntry;
use crate::migrate::report::LockHolder;

pub(crate) fn edited(edits: &[Edit]) -> String {
    let list: Vec<String> = edits
        .iter()
        .map(|edit| {
            format!("{}:{} (applied as {}, now {}, in {})", edit.module, edit.id, edit.stored, edit.current, edit.file)
        })
        .collect();
    format!(
        "applied migrations have been edited: {}; undo the edit and write a new migration instead; if a live model that \
         they use has changed, give them a frozen copy of it; for an edit that changes nothing on databases that have \
         them: `migrate repair ID --reason \"…\"`",
        list.join(", ")
    )
}

/// `crate_name` is the crate that may hold the migrations that the program lacks.
pub(crate) fn unlinked(ids: &[String], moved: Option<&Moved>, crate_name: Option<&str>) -> String {
    let advice = bring_back(moved, crate_name);
    format!("applied, but not linked into this program: {}; {advice}", ids.join(", "))
}

fn bring_back(moved: Option<&Moved>, crate_name: Option<&str>) -> String {
    if let Some(Moved { id, from, to }) = moved {
        return format!(
            "this program has {id} in module {to}: migrations that move to another crate keep their module: write \
             `#[migration(\"{id}\", module = \"{from}\")]` there"
        );
    }
    match crate_name {
        Some(name) => format!(
            "if a crate holds them, name it in your code: `use {name} as _;`; if a newer release applied them, run that one"
        ),
        None => "if a newer release applied them, run that one; if their files were removed, restore them".to_owned(),
    }
}

pub(crate) fn out_of_order(late: &[Late]) -> String {
    let list: Vec<String> = late.iter().map(|late| format!("{} before {}", late.id, late.after)).collect();
    format!(
        "pending migrations sort before applied ones: {}; give them ids that sort last, or allow it with `--out-of-order allow`",
        list.join(", ")
    )
}

pub(crate) fn module_cycle(links: &[ModuleLink]) -> String {
    let modules: Vec<&str> = links.iter().map(|link| link.module.as_str()).collect();
    let links: Vec<String> = links.iter().map(ToString::to_string).collect();
    format!(
        "the modules {} cannot be ordered, since their tables depend on each other: {}; add one of these foreign keys in \
         a module of its own, which then runs after both",
        modules.join(" and "),
        links.join(", ")
    )
}

pub(crate) fn diverged(module: &str, only_database: &[String], only_program: &[String]) -> String {
    format!(
        "the database and this program come from two branches of module {module}: only the database has {}, only the \
         program has {}; merge the branches, and run the program that has both",
        only_database.join(", "),
        only_program.join(", ")
    )
}

pub(crate) fn duplicate(first: &MigrationEntry, second: &MigrationEntry) -> String {
    let MigrationEntry { module, id, file, line, .. } = first;
    format!(
        "two migrations are called {module}:{id}: {file}:{line} and {}:{}; give one another id",
        second.file, second.line
    )
}

pub(crate) fn unknown_target(id: &str, nearest: Option<&str>) -> String {
    let advice =
        nearest.map_or_else(|| "`status` lists the existing ones".to_owned(), |id| format!("did you mean {id:?}?"));
    format!("there is no migration {id:?}; {advice}")
}

pub(crate) fn locked(schema: &Ident, waited: Duration, holder: Option<&LockHolder>) -> String {
    let holder = holder.map_or_else(String::new, |holder| format!(", held by {holder}"));
    format!("another migrator holds the lock on schema {schema} for longer than {} s{holder}", waited.as_secs())
}

pub(crate) fn ledger_of_another(schema: &Ident, found: &[String]) -> String {
    format!(
        "the ledger {schema}.schemata_migrations lists migrations of {} only: if the schema was renamed or copied from there, \
         run: UPDATE {schema}.schemata_migrations SET schema_name = '{}'",
        found.join(", "),
        schema.as_str().replace('\'', "''")
    )
}

pub(crate) fn transaction_ended(id: &str, committed: Option<bool>) -> String {
    let outcome = match committed {
        Some(true) => "is committed",
        Some(false) => "is rolled back",
        None => "may be committed",
    };
    format!(
        "migration {id} ended the transaction it ran in: its work up to there {outcome}; its work after that may \
         be committed, and the ledger does not list the migration: look at the database before the next run"
    )
}

pub(crate) fn ledger_touched(id: &str, schema: &Ident) -> String {
    format!(
        "migration {id} dropped, renamed, emptied or changed the table {schema}.schemata_migrations, in which Schemata records \
         the applied migrations; it was rolled back: take that out of the migration, and leave the table and its schema as they are"
    )
}
