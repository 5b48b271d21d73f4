//! The hazards of statements other than ALTER TABLE, and the tables that they create, lock and read.

use crate::migrate::hazard::clause::{Clause, TokenizedStatement};
use crate::migrate::hazard::hazard_types::{REWRITES, TableHazard};
use crate::qualified_name::QualifiedName;
use crate::sql::dependencies::Dependencies;
use crate::sql::table_name;

/// Returns the table that this statement certainly creates: with `IF NOT EXISTS`, it may find one that is in use.
pub(crate) fn created(statement: &TokenizedStatement<'_>) -> Option<QualifiedName> {
    let all = statement.whole();
    if !all.is(0, "create") {
        return None;
    }
    let modifiers = ["global", "local", "temporary", "temp", "unlogged", "materialized", "foreign"];
    let mut at = 1;
    while modifiers.iter().any(|word| all.is(at, word)) {
        at += 1;
    }
    if !(all.is(at, "table") || all.is(at, "view")) || all.is(at + 1, "if") {
        return None;
    }
    table_name::read(all.from(at + 1).tokens).map(|(table, _)| table)
}

/// Returns the hazard of `statement`.
pub(crate) fn hazard(
    statement: &TokenizedStatement<'_>,
    shown: impl Fn(&QualifiedName) -> String,
) -> Option<TableHazard> {
    let all = statement.whole();
    match () {
        () if all.begins(&["create", "index"]) => index(all.from(2), false, shown),
        () if all.begins(&["create", "unique", "index"]) => index(all.from(3), true, shown),
        () if all.begins(&["reindex"]) => reindex(all, shown),
        () if all.begins(&["cluster"]) => cluster(all, shown),
        () if all.begins(&["vacuum"]) => vacuum(all),
        () if all.begins(&["refresh", "materialized", "view"]) => refresh(all.from(3), shown),
        () if all.begins(&["update"]) => update(all.from(1), shown),
        () => None,
    }
}

/// Returns the tables of which `statement` may read every row, and its verb. Some of the names may belong to no table;
/// those are not found in the database later. A SELECT is left out: in a migration it calls a function, like `setval`
/// with the highest number.
pub(crate) fn possibly_scanned(statement: &TokenizedStatement<'_>) -> Vec<(QualifiedName, &'static str)> {
    let all = statement.whole();
    let verbs = [("update", "UPDATE"), ("delete", "DELETE"), ("insert", "INSERT"), ("with", "WITH")];
    let creates = all.is(0, "create") && all.has(&["as"]) && created(statement).is_some();
    let verb = verbs.iter().find(|(word, _)| all.is(0, word)).map(|(_, verb)| *verb);
    let Some(verb) = verb.or(creates.then_some("CREATE TABLE AS")) else { return Vec::new() };
    let precedes_table = |at: usize| ["from", "join", "update"].iter().any(|word| all.is(at, word));
    let after = |at: usize| table_name::read(all.from(all.skip(at + 1, &["only"])).tokens).map(|(table, _)| table);
    let mut found: Vec<(QualifiedName, &'static str)> = Vec::new();
    for table in (0..all.tokens.len()).filter(|at| precedes_table(*at)).filter_map(after) {
        if !found.iter().any(|(known, _)| *known == table) {
            found.push((table, verb));
        }
    }
    found
}

/// The hazard of a statement that may read every row of `table` while others wait for the table `locked`.
pub(crate) fn under_lock(verb: &str, table: QualifiedName, name: &str, locked: &str) -> TableHazard {
    let why = format!(
        "{verb} may read all of {name} while this transaction holds the lock of an earlier statement on {locked}"
    );
    TableHazard::new(table, false, why, format!("m.commit().await? before it, or m.backfill({name:?})"))
}

/// Returns the tables to which `statement` blocks writes until its transaction ends; the table of an ALTER TABLE is not
/// among them.
pub(crate) fn locked(statement: &TokenizedStatement<'_>) -> Vec<QualifiedName> {
    let all = statement.whole();
    let read = |at: usize| table_name::read(all.from(at).tokens).map(|(table, _)| table);
    let after = |word: &str| all.find(&[word]).and_then(|at| read(all.skip(at + 1, &["only"])));
    let own = match () {
        () if all.is(0, "truncate") => read(all.skip(all.skip(1, &["table"]), &["only"])),
        () if all.is(0, "lock") => read(all.skip(all.skip(1, &["table"]), &["only"])),
        () if all.begins(&["create", "index"]) || all.begins(&["create", "unique", "index"]) => after("on"),
        () if all.is(0, "create") && all.tokens.iter().take(5).any(|token| token.is("trigger")) => after("on"),
        () => None,
    };
    // A foreign key locks the referenced table, too.
    let targets = Dependencies::of([statement.sql]).references.into_iter().map(|key| key.target);
    own.into_iter().chain(targets).collect()
}

fn index(rest: Clause<'_>, unique: bool, shown: impl Fn(&QualifiedName) -> String) -> Option<TableHazard> {
    if rest.is(0, "concurrently") {
        return None;
    }
    let on = rest.find(&["on"])?;
    let name = on.checked_sub(1).and_then(|at| rest.name(at));
    let only = rest.is(on + 1, "only");
    let target = rest.from(on + 1 + usize::from(only));
    let (table, taken) = table_name::read(target.tokens)?;
    let name = name.unwrap_or_else(|| format!("{}_idx", table.name));
    let safe_form = format!(
        "m.create_index({name:?}, {:?}){}.concurrently().await?",
        format!("{} {}", shown(&table), target.from(taken).text()),
        if unique { ".unique()" } else { "" }
    );
    let why = "CREATE INDEX blocks writes (SHARE lock) while it reads the whole table";
    Some(TableHazard::new(table, only, why, safe_form))
}

fn reindex(all: Clause<'_>, shown: impl Fn(&QualifiedName) -> String) -> Option<TableHazard> {
    let at = ["index", "table"].iter().filter_map(|word| all.find(&[word])).min()?;
    if all.is(at + 1, "concurrently") || all.tokens.iter().take(at).any(|token| token.is("concurrently")) {
        return None;
    }
    let (target, _) = table_name::read(all.from(at + 1).tokens)?;
    let why = "REINDEX blocks writes, and reads through the index, while it reads the whole table";
    let what = all.from(at).until(1).text().to_ascii_uppercase();
    let safe_form = format!(
        "outside a migration, since it changes nothing in the schema: REINDEX {what} CONCURRENTLY {}",
        shown(&target)
    );
    Some(TableHazard::new(target, false, why, safe_form))
}

fn cluster(all: Clause<'_>, shown: impl Fn(&QualifiedName) -> String) -> Option<TableHazard> {
    let at = all.skip(1, &["verbose"]);
    let (table, _) = table_name::read(all.from(at).tokens)?;
    let why = format!("CLUSTER {REWRITES}");
    let safe_form = format!(
        "nothing in a migration, since it changes nothing in the schema; pg_repack sorts {} while it is in use",
        shown(&table)
    );
    Some(TableHazard::new(table, false, why, safe_form))
}

fn vacuum(all: Clause<'_>) -> Option<TableHazard> {
    if !all.tokens.iter().any(|token| token.is("full")) {
        return None;
    }
    let last = all.outermost().pop()?;
    let (table, _) = table_name::read(all.from(last).tokens)?;
    let safe_form = "nothing in a migration: run plain VACUUM or pg_repack by hand";
    Some(TableHazard::new(table, false, format!("VACUUM FULL {REWRITES}"), safe_form))
}

fn refresh(rest: Clause<'_>, shown: impl Fn(&QualifiedName) -> String) -> Option<TableHazard> {
    if rest.is(0, "concurrently") {
        return None;
    }
    let (view, _) = table_name::read(rest.tokens)?;
    let why = "REFRESH blocks reads (ACCESS EXCLUSIVE lock) while it computes the view";
    let safe_form = format!(
        "m.execute(\"REFRESH MATERIALIZED VIEW CONCURRENTLY {}\").await?, which needs a unique index on the view",
        shown(&view)
    );
    Some(TableHazard::new(view, false, why, safe_form))
}

/// An UPDATE of every row in one transaction.
fn update(rest: Clause<'_>, shown: impl Fn(&QualifiedName) -> String) -> Option<TableHazard> {
    let only = rest.is(0, "only");
    let rest = rest.from(usize::from(only));
    let (table, _) = table_name::read(rest.tokens)?;
    let set = rest.find(&["set"])?;
    if rest.has(&["where"]) {
        return None;
    }
    let values = rest.from(set + 1);
    let values = values.until(values.find(&["returning"]).unwrap_or(values.tokens.len()));
    let why = "UPDATE without a condition holds a lock on every row of the table until the migration commits";
    let safe_form = format!("m.backfill({:?}).set({:?}).await?", shown(&table), values.text());
    Some(TableHazard::new(table, only, why, safe_form))
}
