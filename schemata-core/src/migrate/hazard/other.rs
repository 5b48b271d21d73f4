//! Dangerous statements other than ALTER TABLE.

use crate::migrate::hazard::actions::{Action, Statement};
use crate::migrate::hazard::danger::Danger;
use crate::sql::dependencies::Dependencies;
use crate::sql::relation::Relation;

/// The table this statement makes for certain. `IF NOT EXISTS` may meet one that is in use.
pub(crate) fn made(statement: &Statement<'_>) -> Option<Relation> {
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
    Relation::read(all.from(at + 1).tokens).map(|(table, _)| table)
}

/// What is dangerous in `statement`, on which table (or index), and whether partitions are left alone.
pub(crate) fn danger(
    statement: &Statement<'_>,
    shown: impl Fn(&Relation) -> String,
) -> Option<(Relation, bool, Danger)> {
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

/// What `statement` may read all of, for all that its words say, and its verb. What is no table at all is found not to be there.
/// A SELECT keeps no rows; in a migration it is there for a function's sake, like `setval` of the highest number.
pub(crate) fn touched(statement: &Statement<'_>) -> Vec<(Relation, &'static str)> {
    let all = statement.whole();
    let verbs = [("update", "UPDATE"), ("delete", "DELETE"), ("insert", "INSERT"), ("with", "WITH")];
    let making = all.is(0, "create") && all.has(&["as"]) && made(statement).is_some();
    let verb = verbs.iter().find(|(word, _)| all.is(0, word)).map(|(_, verb)| *verb);
    let Some(verb) = verb.or(making.then_some("CREATE TABLE AS")) else { return Vec::new() };
    let leads = |at: usize| ["from", "join", "update"].iter().any(|word| all.is(at, word));
    let after = |at: usize| Relation::read(all.from(all.skip(at + 1, &["only"])).tokens).map(|(table, _)| table);
    let mut found: Vec<(Relation, &'static str)> = Vec::new();
    for table in (0..all.tokens.len()).filter(|at| leads(*at)).filter_map(after) {
        if !found.iter().any(|(known, _)| *known == table) {
            found.push((table, verb));
        }
    }
    found
}

/// Reading and changing rows while others wait for a table.
pub(crate) fn under_lock(verb: &str, name: &str, held: &str) -> Danger {
    let why = format!(
        "{verb} may read all of {name} while this transaction holds the lock of an earlier statement on {held}"
    );
    Danger::new(why, format!("m.commit().await? before it, or m.backfill({name:?})"))
}

/// Tables that `statement`, which is no ALTER TABLE on them, keeps others from writing to until its transaction ends.
pub(crate) fn locks(statement: &Statement<'_>) -> Vec<Relation> {
    let all = statement.whole();
    let read = |at: usize| Relation::read(all.from(at).tokens).map(|(table, _)| table);
    let after = |word: &str| all.find(&[word]).and_then(|at| read(all.skip(at + 1, &["only"])));
    let own = match () {
        () if all.is(0, "truncate") => read(all.skip(all.skip(1, &["table"]), &["only"])),
        () if all.is(0, "lock") => read(all.skip(all.skip(1, &["table"]), &["only"])),
        () if all.begins(&["create", "index"]) || all.begins(&["create", "unique", "index"]) => after("on"),
        () if all.is(0, "create") && all.tokens.iter().take(5).any(|token| token.is("trigger")) => after("on"),
        () => None,
    };
    // A foreign key locks the table it points to as well.
    let targets = Dependencies::of([statement.sql]).references.into_iter().map(|key| key.target);
    let targets = targets.map(|target| Relation { schema: target.schema, name: target.name });
    own.into_iter().chain(targets).collect()
}

fn index(rest: Action<'_>, unique: bool, shown: impl Fn(&Relation) -> String) -> Option<(Relation, bool, Danger)> {
    if rest.is(0, "concurrently") {
        return None;
    }
    let on = rest.find(&["on"])?;
    let name = on.checked_sub(1).and_then(|at| rest.name(at));
    let only = rest.is(on + 1, "only");
    let target = rest.from(on + 1 + usize::from(only));
    let (table, taken) = Relation::read(target.tokens)?;
    let name = name.unwrap_or_else(|| format!("{}_idx", table.name));
    let safe_form = format!(
        "m.create_index({name:?}, {:?}){}.concurrently().await?",
        format!("{} {}", shown(&table), target.from(taken).text()),
        if unique { ".unique()" } else { "" }
    );
    let why = "CREATE INDEX keeps everybody from writing (SHARE lock) while it reads the whole table";
    Some((table, only, Danger::new(why, safe_form)))
}

fn reindex(all: Action<'_>, shown: impl Fn(&Relation) -> String) -> Option<(Relation, bool, Danger)> {
    let at = ["index", "table"].iter().filter_map(|word| all.find(&[word])).min()?;
    if all.is(at + 1, "concurrently") || all.tokens.iter().take(at).any(|token| token.is("concurrently")) {
        return None;
    }
    let (target, _) = Relation::read(all.from(at + 1).tokens)?;
    let why =
        "REINDEX keeps everybody from writing, and from reading through the index, while it reads the whole table";
    let what = all.from(at).until(1).text().to_ascii_uppercase();
    let safe_form = format!(
        "outside a migration, since it changes nothing in the schema: REINDEX {what} CONCURRENTLY {}",
        shown(&target)
    );
    Some((target, false, Danger::new(why, safe_form)))
}

fn cluster(all: Action<'_>, shown: impl Fn(&Relation) -> String) -> Option<(Relation, bool, Danger)> {
    let at = all.skip(1, &["verbose"]);
    let (table, _) = Relation::read(all.from(at).tokens)?;
    let why = "CLUSTER keeps everybody from reading and writing (ACCESS EXCLUSIVE lock) while it rewrites the table";
    let safe_form = format!(
        "nothing in a migration: it changes nothing in the schema; pg_repack orders {} while it is in use",
        shown(&table)
    );
    Some((table, false, Danger::new(why, safe_form)))
}

fn vacuum(all: Action<'_>) -> Option<(Relation, bool, Danger)> {
    if !all.tokens.iter().any(|token| token.is("full")) {
        return None;
    }
    let last = all.outermost().pop()?;
    let (table, _) = Relation::read(all.from(last).tokens)?;
    let why =
        "VACUUM FULL keeps everybody from reading and writing (ACCESS EXCLUSIVE lock) while it rewrites the table";
    Some((table, false, Danger::new(why, "nothing in a migration: plain VACUUM or pg_repack, by hand")))
}

fn refresh(rest: Action<'_>, shown: impl Fn(&Relation) -> String) -> Option<(Relation, bool, Danger)> {
    if rest.is(0, "concurrently") {
        return None;
    }
    let (view, _) = Relation::read(rest.tokens)?;
    let why = "REFRESH keeps everybody from reading (ACCESS EXCLUSIVE lock) while it computes the view";
    let safe_form = format!(
        "m.execute(\"REFRESH MATERIALIZED VIEW CONCURRENTLY {}\").await?, which needs a unique index on the view",
        shown(&view)
    );
    Some((view, false, Danger::new(why, safe_form)))
}

/// Every row of a table, in one transaction.
fn update(rest: Action<'_>, shown: impl Fn(&Relation) -> String) -> Option<(Relation, bool, Danger)> {
    let only = rest.is(0, "only");
    let rest = rest.from(usize::from(only));
    let (table, _) = Relation::read(rest.tokens)?;
    let set = rest.find(&["set"])?;
    if rest.has(&["where"]) {
        return None;
    }
    let values = rest.from(set + 1);
    let values = values.until(values.find(&["returning"]).unwrap_or(values.tokens.len()));
    let why = "UPDATE without a condition holds a lock on every row of the table until the migration commits";
    let safe_form = format!("m.backfill({:?}).set({:?}).await?", shown(&table), values.text());
    Some((table, only, Danger::new(why, safe_form)))
}
