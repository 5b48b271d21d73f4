//! A catalog as a value: tables and their columns, types, and what else there is, in the canonical text PostgreSQL prints.

use std::collections::BTreeMap;

use crate::catalog::object::{ConstraintKind, ConstraintState, IndexState};
use crate::schema::Identity;

/// The contents of some schemas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Catalog {
    /// The tables, by name. A table outside the main schema is called `schema.table`.
    pub tables: BTreeMap<String, TableState>,
    /// The enum types, by name, named like tables.
    pub enums: BTreeMap<String, EnumState>,
    /// The extensions of the database, each with the schema it is in.
    pub extensions: BTreeMap<String, String>,
    /// What models cannot express, like `view recent_orders`: listed, never compared with models.
    pub others: Vec<String>,
}

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableState {
    /// Its schema, where that is not the main one.
    pub schema: Option<String>,
    /// Its name, without a schema.
    pub name: String,
    /// The columns, by name: their order does not count.
    pub columns: BTreeMap<String, ColumnState>,
    /// Keys, checks and foreign keys, by name.
    pub constraints: BTreeMap<String, ConstraintState>,
    /// Indexes that belong to no constraint, by name.
    pub indexes: BTreeMap<String, IndexState>,
    /// Its comment.
    pub comment: Option<String>,
    /// Whether a crash empties it.
    pub unlogged: bool,
    /// What it is partitioned by, like `RANGE (placed_at)`.
    pub partitioned: Option<String>,
    /// The tables it inherits from, in order.
    pub inherits: Vec<String>,
    /// Whether its policies are enforced.
    pub row_security: RowSecurity,
    /// Its policies, by name, each as the clauses that CREATE POLICY takes.
    pub policies: BTreeMap<String, String>,
    /// Its triggers, by name.
    pub triggers: BTreeMap<String, TriggerState>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnState {
    /// Its place: columns are numbered from 1, with gaps where one was dropped. It does not count as a difference.
    pub position: i16,
    /// Its type, with modifiers.
    pub sql_type: String,
    /// What type that is, without modifiers.
    pub base: TypeName,
    /// Whether it may be NULL.
    pub nullable: bool,
    /// Whether NOT NULL was declared `NOT VALID` (PostgreSQL 18), so that old rows may break it.
    pub unchecked: bool,
    /// Its default, or the expression it is generated from. None where it is `serial`.
    pub default: Option<String>,
    /// Whether it is `serial`: NOT NULL, and by default the next number of a sequence of its own, whatever that is called.
    pub serial: bool,
    /// Whether, and how, `default` is what it is generated from.
    pub generated: Option<Generated>,
    /// Whether, and how, PostgreSQL numbers it.
    pub identity: Option<Identity>,
    /// What the sequence of its identity, or of `serial`, does unusually, like `START WITH 100 INCREMENT BY 10`.
    pub sequence: Option<String>,
    /// The sequence that is dropped with the column, and not an identity's: what `serial` makes.
    pub owned_sequence: Option<String>,
    /// Its collation, where it is not the type's.
    pub collation: Option<String>,
    /// Its comment.
    pub comment: Option<String>,
    /// The objects its default or expression depends on, except those of PostgreSQL itself or of extensions, like `function
    /// auth.uid`.
    pub needs: Vec<String>,
}

/// A type, or the element of an array.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TypeName {
    /// The schema it is in.
    pub schema: String,
    /// Its name in `pg_type`, like `int4` or `varchar`.
    pub name: String,
    /// What kind of type it is.
    pub kind: TypeClass,
    /// Whether the column is an array of it.
    pub array: bool,
}

/// What kind of type a type is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeClass {
    /// A type of PostgreSQL's own, or of an extension.
    #[default]
    Base,
    /// Labels.
    Enum,
    /// Another type, with a name, a default or checks of its own.
    Domain,
    /// Several columns in one.
    Composite,
    /// A range, or several.
    Range,
}

/// When a generated column is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// When the row is written.
    Stored,
    /// When it is read (PostgreSQL 18).
    Virtual,
}

/// An enum type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EnumState {
    /// Its schema, where that is not the main one.
    pub schema: Option<String>,
    /// Its name, without a schema.
    pub name: String,
    /// Its labels, in their sort order.
    pub labels: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

/// Whether a table's policies are enforced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RowSecurity {
    /// They are not.
    #[default]
    Off,
    /// On everybody but the table's owner.
    On,
    /// On the owner too.
    Forced,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TriggerState {
    /// The statement that would make it.
    pub definition: String,
    /// When it fires: `enabled`, `disabled`, `enabled on replicas` or `always enabled`.
    pub fires: String,
}

impl TableState {
    /// The primary key, where it has one.
    pub fn primary_key(&self) -> Option<&ConstraintState> {
        self.constraints.values().find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
    }

    /// The columns in the table's own order.
    pub fn columns_in_order(&self) -> Vec<(&String, &ColumnState)> {
        let mut columns: Vec<_> = self.columns.iter().collect();
        columns.sort_by_key(|(_, column)| column.position);
        columns
    }
}

impl ColumnState {
    /// Whether one of the two is `serial`, and the other one says by hand (`nextval('orders_id_seq')`) that its numbers come
    /// from that sequence: a model that spells a legacy key so means the same.
    pub(crate) fn numbers_like(&self, other: &Self) -> bool {
        let spells = |one: &Self, other: &Self| {
            let named = one.default.as_deref().filter(|_| one.generated.is_none()).and_then(next_of);
            other.serial && named.is_some() && named == other.owned_sequence
        };
        spells(self, other) || spells(other, self)
    }

    /// What is said of the column that a model cannot say, for each a few words.
    pub fn beyond_models(&self) -> Vec<String> {
        let mut beyond: Vec<String> = Vec::new();
        beyond.extend(self.collation.as_ref().map(|name| format!("collation {name}")));
        let of = if self.serial { "sequence" } else { "identity" };
        beyond.extend(self.sequence.as_ref().map(|options| format!("{of} options {options}")));
        if self.generated == Some(Generated::Virtual) {
            beyond.push("generated when read".to_owned());
        }
        if self.unchecked {
            beyond.push("NOT NULL that is not valid".to_owned());
        }
        beyond
    }
}

/// The sequence, without its schema, from which a default takes the next number and does nothing else.
pub(super) fn next_of(printed: &str) -> Option<String> {
    let name = printed.strip_prefix("nextval(")?.strip_suffix("::regclass)")?;
    let name = name.strip_prefix('E').unwrap_or(name).strip_prefix('\'')?.strip_suffix('\'')?;
    // A quote inside is doubled: a single one ends the literal, and more follows.
    let is_whole = !name.replace("''", "").contains('\'');
    is_whole.then(|| last_part(&name.replace("''", "'")))
}

/// The last identifier of a qualified name, without its quotes.
fn last_part(name: &str) -> String {
    let (mut part, mut letters, mut quoted) = (String::new(), name.chars().peekable(), false);
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => part.extend(letters.next()),
            '"' => quoted = !quoted,
            '.' if !quoted => part.clear(),
            letter => part.push(letter),
        }
    }
    part
}

#[cfg(test)]
mod tests {
    use super::next_of;

    #[test]
    fn the_sequence_of_a_default_is_found() {
        for (printed, sequence) in [
            ("nextval('orders_id_seq'::regclass)", Some("orders_id_seq")),
            ("nextval('sales.orders_id_seq'::regclass)", Some("orders_id_seq")),
            (r#"nextval('"a.b"."it''s ""x.y"""'::regclass)"#, Some("it's \"x.y\"")),
            ("(nextval('s'::regclass) + 1)", None),
            ("nextval('s'::regclass) + nextval('t'::regclass)", None),
            ("0", None),
        ] {
            assert_eq!(next_of(printed).as_deref(), sequence, "{printed}");
        }
    }
}
