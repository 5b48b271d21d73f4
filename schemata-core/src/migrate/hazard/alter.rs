//! Dangerous actions of ALTER TABLE.

use crate::migrate::hazard::actions::{Action, Statement};
use crate::migrate::hazard::column;
use crate::migrate::hazard::danger::{Danger, READS, REWRITES, Unless, validated_later};
use crate::migrate::hazard::past::{Nulls, Past};
use crate::sql::relation::Relation;

/// The table, whether partitions are left alone, and the actions.
pub(crate) fn read<'s>(statement: &'s Statement<'_>) -> Option<(Relation, bool, Vec<Action<'s>>)> {
    let all = statement.whole();
    if !all.begins(&["alter", "table"]) {
        return None;
    }
    let at = all.skip(2, &["if", "exists"]);
    let only = all.is(at, "only");
    let rest = all.from(at + usize::from(only));
    let (table, taken) = Relation::read(rest.tokens)?;
    let star = usize::from(rest.tokens.get(taken).is_some_and(|token| token.text == "*"));
    Some((table, only, rest.from(taken + star).split()))
}

/// What is dangerous among `actions` on `table`, which is called `name` in a migration.
pub(crate) fn dangers(name: &str, table: &Relation, actions: &[Action<'_>], past: &Past) -> Vec<Danger> {
    let shared = actions.len() > 1;
    let of = |action: &Action<'_>| match () {
        () if action.begins(&["add"]) => add(name, action),
        () if action.begins(&["alter"]) => {
            existing_column(name, action, |column| past.nulls(table, column, actions)).into_iter().collect()
        }
        () if action.begins(&["validate", "constraint"]) => match past.held(table) {
            Some(held) => vec![validate(name, action, held)],
            None if shared => vec![validate(name, action, table)],
            None => Vec::new(),
        },
        () if action.begins(&["set"]) => storage(action).into_iter().collect(),
        () => Vec::new(),
    };
    actions.iter().flat_map(of).collect()
}

/// The partition that `actions` attach to the table called `name`, and what is dangerous about that.
pub(crate) fn attached(
    name: &str,
    actions: &[Action<'_>],
    shown: impl Fn(&Relation) -> String,
) -> Option<(Relation, Danger)> {
    let action = actions.iter().find(|action| action.begins(&["attach", "partition"]))?;
    let (partition, _) = Relation::read(action.from(2).tokens)?;
    let of = shown(&partition);
    let check = format!("{}_bounds", partition.name);
    let safe_form = format!(
        "m.alter_table({of:?}).add_constraint({check:?}, \"CHECK (…) NOT VALID\").await?; with what the bounds demand; \
         m.commit().await?; m.alter_table({of:?}).validate_constraint({check:?}).await?; m.commit().await?; and then attach it \
         to {name}, which reads it no more"
    );
    Some((partition, Danger::new(format!("ATTACH PARTITION {READS}"), safe_form)))
}

fn add(name: &str, action: &Action<'_>) -> Vec<Danger> {
    let named = action.is(1, "constraint");
    let rest = action.from(if named { 3 } else { 1 });
    let constraint = if named { action.name(2) } else { None };
    match () {
        () if ["check", "foreign"].iter().any(|word| rest.is(0, word)) => {
            not_valid(name, constraint, &rest).into_iter().collect()
        }
        () if ["unique", "primary", "exclude"].iter().any(|word| rest.is(0, word)) => {
            index(name, constraint, &rest).into_iter().collect()
        }
        // PostgreSQL 18 can have these.
        () if named && rest.is(0, "not") => not_valid(name, constraint, &rest).into_iter().collect(),
        () => column::dangers(name, &rest.from(rest.skip(rest.skip(0, &["column"]), &["if", "not", "exists"]))),
    }
}

/// CHECK and FOREIGN KEY.
fn not_valid(name: &str, constraint: Option<String>, definition: &Action<'_>) -> Option<Danger> {
    if definition.has(&["not", "valid"]) {
        return None;
    }
    let foreign = definition.is(0, "foreign");
    let suffix = if foreign { "fkey" } else { "check" };
    let constraint = constraint.unwrap_or_else(|| format!("{name}_{suffix}"));
    let why = if foreign {
        "ADD FOREIGN KEY keeps everybody from writing to both tables (SHARE ROW EXCLUSIVE lock) while it reads this one"
            .to_owned()
    } else {
        format!("ADD CONSTRAINT {READS}")
    };
    let safe_form = validated_later(name, &constraint, definition.text()) + ".await?";
    Some(Danger::new(why, safe_form))
}

/// UNIQUE, PRIMARY KEY and EXCLUDE.
fn index(name: &str, constraint: Option<String>, definition: &Action<'_>) -> Option<Danger> {
    if definition.has(&["using", "index"]) && !definition.has(&["using", "index", "tablespace"]) {
        return None;
    }
    let why = "its index is built under a lock that keeps everybody from reading and writing (ACCESS EXCLUSIVE)";
    if definition.is(0, "exclude") {
        return Some(Danger::new(why, "none: an exclusion constraint cannot use an index that is there already"));
    }
    let (kind, suffix) = if definition.is(0, "primary") { ("PRIMARY KEY", "pkey") } else { ("UNIQUE", "key") };
    let constraint = constraint.unwrap_or_else(|| format!("{name}_{suffix}"));
    let columns = definition.outermost().into_iter().find(|at| definition.tokens[*at].text == "(");
    let rest = columns.map_or("(…)", |at| definition.from(at).text());
    let safe_form = format!(
        "m.create_index({constraint:?}, {:?}).unique().concurrently().await?; m.alter_table({name:?}).add_constraint({constraint:?}, {:?}).await?",
        format!("{name} {rest}"),
        format!("{kind} USING INDEX {constraint}"),
    );
    Some(Danger::new(why, safe_form))
}

fn validate(name: &str, action: &Action<'_>, held: &Relation) -> Danger {
    let constraint = action.name(2).unwrap_or_default();
    let why = format!(
        "VALIDATE reads the whole table while this transaction holds the lock of an earlier statement on {}",
        held.name
    );
    let safe_form = format!("m.commit().await?; m.alter_table({name:?}).validate_constraint({constraint:?}).await?");
    Danger::new(why, safe_form)
}

fn storage(action: &Action<'_>) -> Option<Danger> {
    let rewrites = ["logged", "unlogged", "tablespace", "access"].iter().any(|word| action.is(1, word));
    let what = action.until(2).text().to_ascii_uppercase();
    rewrites.then(|| Danger::new(format!("{what} {REWRITES}"), "none: choose an hour when nobody needs the table"))
}

/// ALTER COLUMN.
fn existing_column(name: &str, action: &Action<'_>, nulls: impl Fn(&str) -> Nulls) -> Option<Danger> {
    let at = action.skip(1, &["column"]);
    let column = action.name(at)?;
    let rest = action.from(at + 1);
    if rest.begins(&["set", "not", "null"]) {
        return match nulls(&column) {
            Nulls::None => None,
            Nulls::Unless(given) => Some(set_not_null(name, column, given)),
        };
    }
    if rest.begins(&["set", "expression"]) {
        let why = format!("another expression of a generated column {REWRITES}");
        return Some(Danger::new(why, "none: choose an hour when nobody needs the table"));
    }
    let at = rest.skip(0, &["set", "data"]);
    rest.is(at, "type").then(|| set_type(name, column, &rest.from(at + 1)))
}

fn set_not_null(name: &str, column: String, given: Vec<String>) -> Danger {
    let why = format!("SET NOT NULL {READS}");
    let safe_form = column::never_null(name, &column);
    Danger { unless: Some(Unless::NeverNull { column, given }), ..Danger::new(why, safe_form) }
}

fn set_type(name: &str, column: String, rest: &Action<'_>) -> Danger {
    let to = rest.until(rest.find(&["using"]).unwrap_or(rest.tokens.len())).text().to_owned();
    let new = format!("{column}_new");
    let safe_form = format!(
        "m.alter_table({name:?}).add_column({new:?}, {to:?}).await?; m.backfill({name:?}).set(\"{new} = {column}\").await?; \
         then let the application write both columns and read {new}, and drop {column} in a later migration"
    );
    let unless = (!rest.has(&["using"])).then_some(Unless::Widens { column, to });
    let why = "ALTER COLUMN TYPE may rewrite the table, and keeps everybody from reading and writing meanwhile (ACCESS EXCLUSIVE lock)";
    Danger { unless, ..Danger::new(why, safe_form) }
}
