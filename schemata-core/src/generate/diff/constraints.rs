//! Constraints and indexes of a table that stays: PostgreSQL changes none, so one that differs is dropped and added.

use std::collections::BTreeMap;

use crate::catalog::ConstraintState;
use crate::generate::change::{Action, Change};
use crate::generate::diff::{At, Phase, Steps};
use crate::generate::target::TableName;
use crate::sql::lex::tokens;

/// What a constraint is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Key,
    ForeignKey,
    Other,
}

pub(crate) fn kind(constraint: &ConstraintState) -> Kind {
    match &constraint.definition {
        text if text.starts_with("FOREIGN KEY") => Kind::ForeignKey,
        text if text.starts_with("PRIMARY KEY") || text.starts_with("UNIQUE") => Kind::Key,
        _ => Kind::Other,
    }
}

/// The table that a foreign key references, as it is printed.
pub(crate) fn target_of(constraint: &ConstraintState) -> Option<String> {
    let words = tokens(&constraint.definition);
    let at = words.iter().position(|word| word.is("references"))?;
    let name: String = words[at + 1..].iter().take_while(|word| word.text != "(").map(|word| word.text).collect();
    (kind(constraint) == Kind::ForeignKey).then_some(name)
}

/// Whether SQL names a column.
pub(crate) fn mentions(sql: &str, column: &str) -> bool {
    let quoted = crate::ident::quoted(column);
    tokens(sql).iter().any(|token| token.text == column || token.text == quoted)
}

/// `replaced` columns are dropped and added, and take what stands on them with them.
pub(crate) fn diff(at: &At<'_>, replaced: &[String], steps: &mut Steps) {
    let of = |state: &ConstraintState| replaced.iter().any(|column| mentions(&state.definition, column));
    for found in pairs(&at.before.constraints, &at.after.constraints) {
        constraint(at, &found, of, steps);
    }
    for found in pairs(&at.before.indexes, &at.after.indexes) {
        let drop = |name: &str| Change::DropIndex { table: at.name.clone(), name: name.to_owned() };
        match found {
            Pair::Gone(name) => steps.change(Phase::DropIndexes, drop(name)),
            Pair::New(name, new) => steps.change(Phase::Indexes, index(&at.name, name, new)),
            Pair::Renamed(from, to) => steps.change(Phase::Rename, rename_index(at, from, to)),
            Pair::Both(name, old, new) => {
                if old.definition != new.definition || !old.valid && new.valid || of(old) {
                    steps.change(Phase::DropIndexes, drop(name));
                    steps.change(Phase::Indexes, index(&at.name, name, new));
                }
            }
        }
    }
}

fn constraint(at: &At<'_>, found: &Pair<'_>, of_replaced: impl Fn(&ConstraintState) -> bool, steps: &mut Steps) {
    let alter = |action| Change::Alter { table: at.name.clone(), action };
    let drop = |name: &str, old: &ConstraintState, steps: &mut Steps| {
        let phase = if kind(old) == Kind::ForeignKey { Phase::DropForeignKeys } else { Phase::DropConstraints };
        steps.change(phase, alter(Action::DropConstraint(name.to_owned())));
    };
    let add = |name: &str, new: &ConstraintState, steps: &mut Steps| {
        let phase = match kind(new) {
            Kind::Key => Phase::Keys,
            Kind::ForeignKey => Phase::ForeignKeys,
            Kind::Other => Phase::Checks,
        };
        let definition = at.target.constraint(at.key, name, &new.definition);
        steps.change(phase, alter(Action::AddConstraint(name.to_owned(), definition)));
    };
    match *found {
        Pair::Gone(name) => drop(name, &at.before.constraints[name], steps),
        Pair::New(name, new) => add(name, new, steps),
        Pair::Renamed(from, to) => {
            let (from, to) = (from.to_owned(), to.to_owned());
            steps.change(Phase::Rename, Change::RenameConstraint { table: at.name.clone(), from, to });
        }
        Pair::Both(name, old, new) if old.definition != new.definition || of_replaced(old) => {
            drop(name, old, steps);
            add(name, new, steps);
        }
        Pair::Both(name, old, new) if !old.valid && new.valid => {
            steps.change(Phase::Checks, Change::Validate { table: at.name.clone(), name: name.to_owned() });
        }
        Pair::Both(..) => {}
    }
}

/// The index, as people write it: btree goes without saying.
pub(crate) fn index(table: &TableName, name: &str, state: &ConstraintState) -> Change {
    let (unique, rest) =
        state.definition.strip_prefix("UNIQUE ").map_or((false, state.definition.as_str()), |rest| (true, rest));
    let definition = match rest.strip_prefix("btree ") {
        Some(plain) => plain.to_owned(),
        None => format!("USING {rest}"),
    };
    Change::CreateIndex { table: table.clone(), name: name.to_owned(), unique, definition }
}

fn rename_index(at: &At<'_>, from: &str, to: &str) -> Change {
    Change::RenameIndex { table: at.name.clone(), from: from.to_owned(), to: to.to_owned() }
}

/// One name, or two that mean the same.
enum Pair<'a> {
    Gone(&'a str),
    New(&'a str, &'a ConstraintState),
    Renamed(&'a str, &'a str),
    Both(&'a str, &'a ConstraintState, &'a ConstraintState),
}

/// What differs only in its name is renamed: the same constraint keeps holding.
fn pairs<'a>(
    before: &'a BTreeMap<String, ConstraintState>,
    after: &'a BTreeMap<String, ConstraintState>,
) -> Vec<Pair<'a>> {
    let mut found = Vec::new();
    let mut renamed: Vec<&str> = Vec::new();
    for (name, new) in after {
        if let Some(old) = before.get(name) {
            found.push(Pair::Both(name, old, new));
            continue;
        }
        let other = before
            .iter()
            .find(|(other, old)| *old == new && !after.contains_key(*other) && !renamed.contains(&other.as_str()));
        match other {
            Some((other, _)) => {
                renamed.push(other);
                found.push(Pair::Renamed(other, name));
            }
            None => found.push(Pair::New(name, new)),
        }
    }
    let gone = before.keys().filter(|name| !after.contains_key(*name) && !renamed.contains(&name.as_str()));
    found.extend(gone.map(|name| Pair::Gone(name)));
    found
}
