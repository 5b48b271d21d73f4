//! The dangerous actions of ALTER TABLE.

use crate::migrate::hazard::clause::{Clause, TokenizedStatement};
use crate::migrate::hazard::earlier_statements::{EarlierStatements, NullKnowledge};
use crate::migrate::hazard::hazard_types::{
    Exemption, INDEX_BUILT, READS, REWRITES, StatementHazard, TableHazard, validated_later,
};
use crate::migrate::hazard::new_column;
use crate::qualified_name::QualifiedName;
use crate::sql::table_name;

/// An ALTER TABLE statement.
pub(crate) struct AlterTableStatement<'s> {
    pub(crate) table: QualifiedName,
    /// Whether the statement leaves partitions alone.
    pub(crate) only: bool,
    pub(crate) actions: Vec<Clause<'s>>,
}

/// Parses an ALTER TABLE statement.
pub(crate) fn parse<'s>(statement: &'s TokenizedStatement<'_>) -> Option<AlterTableStatement<'s>> {
    let all = statement.whole();
    if !all.begins(&["alter", "table"]) {
        return None;
    }
    let at = all.skip(2, &["if", "exists"]);
    let only = all.is(at, "only");
    let rest = all.from(at + usize::from(only));
    let (table, taken) = table_name::read(rest.tokens)?;
    let star = usize::from(rest.tokens.get(taken).is_some_and(|token| token.text == "*"));
    Some(AlterTableStatement { table, only, actions: rest.from(taken + star).split() })
}

/// Returns the hazards of `actions` on `table`, whose name in a migration is `name`.
pub(crate) fn hazards(
    name: &str,
    table: &QualifiedName,
    actions: &[Clause<'_>],
    earlier: &EarlierStatements,
) -> Vec<StatementHazard> {
    let shared = actions.len() > 1;
    let hazards_of = |action: &Clause<'_>| match () {
        () if action.begins(&["add"]) => add(name, action),
        () if action.begins(&["alter", "constraint"]) => enforced(name, action).into_iter().collect(),
        () if action.begins(&["alter"]) => {
            existing_column(name, action, |column| earlier.nulls(table, column, actions)).into_iter().collect()
        }
        () if action.begins(&["validate", "constraint"]) => match earlier.locked(table) {
            Some(locked) => vec![validate(name, action, locked)],
            None if shared => vec![validate(name, action, table)],
            None => Vec::new(),
        },
        () if action.begins(&["set"]) => storage(action).into_iter().collect(),
        () => Vec::new(),
    };
    actions.iter().flat_map(hazards_of).collect()
}

/// Returns the hazard for the partition that `actions` attach to the table `name`.
pub(crate) fn attached(
    name: &str,
    actions: &[Clause<'_>],
    shown: impl Fn(&QualifiedName) -> String,
) -> Option<TableHazard> {
    let action = actions.iter().find(|action| action.begins(&["attach", "partition"]))?;
    let (partition, _) = table_name::read(action.from(2).tokens)?;
    let shown = shown(&partition);
    let check = format!("{}_bounds", partition.name);
    let safe_form = format!(
        "m.alter_table({shown:?}).add_constraint({check:?}, \"CHECK (…) NOT VALID\").await?; with the condition of the \
         partition's bounds; m.commit().await?; m.alter_table({shown:?}).validate_constraint({check:?}).await?; \
         m.commit().await?; then attach it to {name}, which no longer reads it"
    );
    Some(TableHazard::new(partition, false, format!("ATTACH PARTITION {READS}"), safe_form))
}

fn add(name: &str, action: &Clause<'_>) -> Vec<StatementHazard> {
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
        // PostgreSQL 18 has NOT NULL constraints with names.
        () if named && rest.is(0, "not") => not_valid(name, constraint, &rest).into_iter().collect(),
        () => new_column::hazards(name, &rest.from(rest.skip(rest.skip(0, &["column"]), &["if", "not", "exists"]))),
    }
}

/// A CHECK or FOREIGN KEY that is not declared NOT VALID.
fn not_valid(name: &str, constraint: Option<String>, definition: &Clause<'_>) -> Option<StatementHazard> {
    if definition.has(&["not", "valid"]) || definition.has(&["not", "enforced"]) {
        return None;
    }
    let foreign = definition.is(0, "foreign");
    let suffix = if foreign { "fkey" } else { "check" };
    let constraint = constraint.unwrap_or_else(|| format!("{name}_{suffix}"));
    let why = if foreign {
        "ADD FOREIGN KEY blocks writes to both tables (SHARE ROW EXCLUSIVE lock) while it reads this one".to_owned()
    } else {
        format!("ADD CONSTRAINT {READS}")
    };
    let safe_form = validated_later(name, &constraint, definition.text()) + ".await?";
    Some(StatementHazard::new(why, safe_form))
}

/// A UNIQUE, PRIMARY KEY or EXCLUDE constraint, which builds an index.
fn index(name: &str, constraint: Option<String>, definition: &Clause<'_>) -> Option<StatementHazard> {
    if definition.has(&["using", "index"]) && !definition.has(&["using", "index", "tablespace"]) {
        return None;
    }
    let why = INDEX_BUILT;
    if definition.is(0, "exclude") {
        return Some(StatementHazard::new(why, "none: an exclusion constraint cannot use an existing index"));
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
    Some(StatementHazard::new(why, safe_form))
}

/// ALTER CONSTRAINT … ENFORCED (PostgreSQL 18), which checks the rows at once.
fn enforced(name: &str, action: &Clause<'_>) -> Option<StatementHazard> {
    let constraint = action.name(2)?;
    let rest = action.from(3);
    if !rest.has(&["enforced"]) || rest.has(&["not", "enforced"]) {
        return None;
    }
    let why = "ENFORCED blocks writes (SHARE ROW EXCLUSIVE lock) while it reads the whole table";
    let safe_form = format!(
        "m.alter_table({name:?}).drop_constraint({constraint:?}).add_constraint({constraint:?}, \"… NOT VALID\").await?; \
         m.commit().await?; m.alter_table({name:?}).validate_constraint({constraint:?}).await?"
    );
    Some(StatementHazard::new(why, safe_form))
}

fn validate(name: &str, action: &Clause<'_>, locked: &QualifiedName) -> StatementHazard {
    let constraint = action.name(2).unwrap_or_default();
    let why = format!(
        "VALIDATE reads the whole table while this transaction holds the lock of an earlier statement on {}",
        locked.name
    );
    let safe_form = format!("m.commit().await?; m.alter_table({name:?}).validate_constraint({constraint:?}).await?");
    StatementHazard::new(why, safe_form)
}

fn storage(action: &Clause<'_>) -> Option<StatementHazard> {
    let rewrites = ["logged", "unlogged", "tablespace", "access"].iter().any(|word| action.is(1, word));
    let what = action.until(2).text().to_ascii_uppercase();
    rewrites
        .then(|| StatementHazard::new(format!("{what} {REWRITES}"), "none: choose a time when nobody needs the table"))
}

/// The hazard of an ALTER COLUMN.
fn existing_column(name: &str, action: &Clause<'_>, nulls: impl Fn(&str) -> NullKnowledge) -> Option<StatementHazard> {
    let at = action.skip(1, &["column"]);
    let column = action.name(at)?;
    let rest = action.from(at + 1);
    if rest.begins(&["set", "not", "null"]) {
        return match nulls(&column) {
            NullKnowledge::NoNulls => None,
            NullKnowledge::Unless(constraints) => Some(set_not_null(name, column, constraints)),
        };
    }
    if rest.begins(&["set", "expression"]) {
        let why = format!("a new expression for a generated column {REWRITES}");
        let hazard = StatementHazard::new(why, "none: choose a time when nobody needs the table");
        return Some(StatementHazard { exemption: Some(Exemption::Virtual { column }), ..hazard });
    }
    let at = rest.skip(0, &["set", "data"]);
    rest.is(at, "type").then(|| set_type(name, column, &rest.from(at + 1)))
}

fn set_not_null(name: &str, column: String, constraints: Vec<String>) -> StatementHazard {
    let why = format!("SET NOT NULL {READS}");
    let safe_form = new_column::never_null(name, &column);
    let exemption = Some(Exemption::NeverNull { column, constraints });
    StatementHazard { exemption, ..StatementHazard::new(why, safe_form) }
}

fn set_type(name: &str, column: String, rest: &Clause<'_>) -> StatementHazard {
    let to = rest.until(rest.find(&["using"]).unwrap_or(rest.tokens.len())).text().to_owned();
    let new = format!("{column}_new");
    let safe_form = format!(
        "m.alter_table({name:?}).add_column({new:?}, {to:?}).await?; m.backfill({name:?}).set(\"{new} = {column}\").await?; \
         then make the application write both columns and read {new}, and drop {column} in a later migration"
    );
    let exemption = (!rest.has(&["using"])).then_some(Exemption::Widens { column, to });
    let why =
        "ALTER COLUMN TYPE may rewrite the table, and blocks all reads and writes meanwhile (ACCESS EXCLUSIVE lock)";
    StatementHazard { exemption, ..StatementHazard::new(why, safe_form) }
}
