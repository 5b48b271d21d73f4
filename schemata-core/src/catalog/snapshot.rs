//! A catalog as a value: tables and their columns, types and other objects, in the canonical text that PostgreSQL prints.

use std::collections::BTreeMap;

#[cfg(feature = "dev")]
use crate::catalog::constraint::ConstraintKind;
use crate::catalog::constraint::ConstraintState;
use crate::catalog::index::IndexState;
use crate::catalog::migration_tool::MigrationTool;
use crate::qualified_name::QualifiedName;
use crate::schema::Identity;

/// The contents of some schemas.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Catalog {
    /// The tables, by their keys: `table` in the main schema, `schema.table` in another.
    pub(crate) tables: BTreeMap<String, TableState>,
    /// The enum types, by keys like those of tables.
    pub(crate) enums: BTreeMap<String, EnumState>,
    /// The domains and composite types, by keys like those of tables. Between models and a database, those that models declare are
    /// compared; the others are listed among `others`.
    pub(crate) created_types: BTreeMap<String, CreatedTypeState>,
    /// The extensions of the database, each with the schema it is in.
    pub(crate) extensions: BTreeMap<String, String>,
    /// The objects that models cannot express, like `view recent_orders`: listed, never compared with models.
    pub(crate) others: Vec<String>,
    /// The tables in which other tools record their migrations, by keys like those of tables: no one's model either.
    pub(crate) ledgers: BTreeMap<String, MigrationTool>,
}

impl Catalog {
    /// Keeps the domains and composite types that `models` has too. They are compared, so they are no longer listed as what models
    /// cannot express.
    pub(crate) fn keep_created_types(&mut self, models: &Self) {
        self.created_types.retain(|key, _| models.created_types.contains_key(key));
        let declared = |label: &String| {
            let labels = self.created_types.values().map(|state| format!("{} {}", state.kind(), state.name.name));
            labels.into_iter().any(|known| known == *label)
        };
        self.others.retain(|label| !declared(label));
    }
}

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TableState {
    /// Its name, without the schema if that is the main one.
    pub(crate) name: QualifiedName,
    /// The columns, by name.
    pub(crate) columns: BTreeMap<String, ColumnState>,
    /// Keys, checks and foreign keys, by name.
    pub(crate) constraints: BTreeMap<String, ConstraintState>,
    /// Indexes that belong to no constraint, by name.
    pub(crate) indexes: BTreeMap<String, IndexState>,
    /// Its comment.
    pub(crate) comment: Option<String>,
    /// Its storage parameters, like `fillfactor=70`, those of its TOAST table like `toast.autovacuum_enabled=off`.
    pub(crate) options: Vec<String>,
    /// Whether a crash empties it.
    pub(crate) unlogged: bool,
    /// The partition key, like `RANGE (placed_at)`.
    pub(crate) partitioned: Option<String>,
    /// Its partitions, of all levels.
    pub(crate) partitions: Vec<String>,
    /// The tables it inherits from, in order.
    pub(crate) inherits: Vec<String>,
    /// Whether its policies are enforced.
    pub(crate) row_security: RowSecurity,
    /// Its policies, by name, each as the clauses of CREATE POLICY.
    pub(crate) policies: BTreeMap<String, String>,
    /// Its triggers, by name.
    pub(crate) triggers: BTreeMap<String, TriggerState>,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "as in the catalog")]
pub(crate) struct ColumnState {
    /// Its number in the table, from 1, with gaps where a column was dropped. It does not count as a difference.
    pub(crate) position: i16,
    /// Whether only tables that it inherits from declare it. It does not count as a difference, as those tables do.
    pub(crate) inherited: bool,
    /// Its type, with modifiers.
    pub(crate) sql_type: String,
    /// Its type without modifiers, or the element type of an array.
    pub(crate) base: BaseType,
    /// Whether it may be NULL.
    pub(crate) nullable: bool,
    /// Whether NOT NULL was declared `NOT VALID` (PostgreSQL 18), so that existing rows may violate it.
    pub(crate) unchecked: bool,
    /// Its default, or the expression it is generated from; `None` for a `serial` column.
    pub(crate) default: Option<String>,
    /// Whether it is `serial`: NOT NULL, with the next number of a sequence of its own as the default, whatever the name of
    /// the sequence.
    pub(crate) serial: bool,
    /// Whether `default` is the expression that the column is generated from, and when it is computed.
    pub(crate) generated: Option<Generated>,
    /// Whether it is an identity column, and of which kind.
    pub(crate) identity: Option<Identity>,
    /// The options of its identity's or `serial` sequence that are not the defaults, like `START WITH 100 INCREMENT BY 10`.
    pub(crate) sequence: Option<String>,
    /// The sequence that is dropped with the column and is not an identity's, like the one that `serial` creates.
    pub(crate) owned_sequence: Option<String>,
    /// Its collation, if it is not the type's.
    pub(crate) collation: Option<String>,
    /// The same, if it is left to the database: it is not compared, but stays when the type changes.
    pub(crate) kept_collation: Option<String>,
    /// Its comment.
    pub(crate) comment: Option<String>,
    /// Its NOT NULL as a constraint (PostgreSQL 18).
    pub(crate) not_null: Option<NotNullState>,
    /// Its storage, if that is not the type's.
    pub(crate) storage: Option<String>,
    /// Its method of compression (PostgreSQL 14).
    pub(crate) compression: Option<String>,
    /// Its statistics target.
    pub(crate) statistics: Option<i32>,
    /// Its options, like `n_distinct=100`.
    pub(crate) options: Vec<String>,
    /// The objects its default or expression depends on, except those of PostgreSQL itself or of extensions, like `function
    /// auth.uid`.
    pub(crate) needs: Vec<String>,
}

/// A NOT NULL constraint (PostgreSQL 18).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct NotNullState {
    pub(crate) name: String,
    /// Whether it is `NO INHERIT`.
    pub(crate) no_inherit: bool,
    /// Its comment.
    pub(crate) comment: Option<String>,
}

/// A type without modifiers, or the element type of an array.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct BaseType {
    /// Its name in `pg_type`, like `pg_catalog.int4`, without the schema if that is the main one.
    pub(crate) name: QualifiedName,
    /// The class of the type.
    pub(crate) kind: TypeClass,
    /// Whether the column is an array of it.
    pub(crate) array: bool,
}

/// The classes of types.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum TypeClass {
    /// A type of PostgreSQL or of an extension.
    #[default]
    Base,
    /// An enum type.
    Enum,
    /// A domain over another type.
    Domain,
    /// A composite type.
    Composite,
    /// A range or multirange type.
    Range,
}

impl TypeClass {
    /// Returns whether models can declare the type, so that it is created with their tables.
    #[cfg(feature = "dev")]
    pub(crate) fn is_declared(self) -> bool {
        matches!(self, Self::Enum | Self::Domain | Self::Composite)
    }
}

/// When a generated column is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Generated {
    /// When the row is written.
    Stored,
    /// When it is read (PostgreSQL 18).
    Virtual,
}

/// A domain or a composite type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CreatedTypeState {
    pub(crate) name: QualifiedName,
    /// The base type of a domain; `None` for a composite type.
    pub(crate) base: Option<String>,
    /// The CHECK constraints of a domain by name, or the attributes of a composite type in their order, each with its definition.
    pub(crate) parts: Vec<(String, String)>,
    /// The base type of a domain, or those of the attributes.
    pub(crate) types: Vec<BaseType>,
    /// Whether a domain is NOT NULL.
    pub(crate) not_null: bool,
    /// The default of a domain.
    pub(crate) default: Option<String>,
    /// The collation of a domain, if it is not that of its base type.
    pub(crate) collation: Option<String>,
    /// Whether that can be declared by models: NOT NULL, a default, a collation and a constraint that is NOT VALID cannot.
    pub(crate) is_expressible: bool,
}

impl CreatedTypeState {
    /// Returns what it is, in words.
    pub(crate) fn kind(&self) -> &'static str {
        if self.base.is_some() { "domain" } else { "composite type" }
    }

    /// Returns the definition of a part.
    pub(crate) fn part(&self, name: &str) -> Option<&String> {
        self.parts.iter().find(|(known, _)| known == name).map(|(_, definition)| definition)
    }
}

/// An enum type.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct EnumState {
    /// Its name, without the schema if that is the main one.
    pub(crate) name: QualifiedName,
    /// Its labels, in their sort order.
    pub(crate) labels: Vec<String>,
    /// Its comment.
    pub(crate) comment: Option<String>,
}

/// Whether a table's policies are enforced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum RowSecurity {
    /// They are not enforced.
    #[default]
    Off,
    /// They are enforced for everyone except the table's owner.
    On,
    /// They are enforced for the owner, too.
    Forced,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TriggerState {
    /// The statement that creates it.
    pub(crate) definition: String,
    /// When it fires: `enabled`, `disabled`, `enabled on replicas` or `always enabled`.
    pub(crate) fires: String,
}

impl TableState {
    /// The primary key, if it has one.
    #[cfg(feature = "dev")]
    pub(crate) fn primary_key(&self) -> Option<&ConstraintState> {
        self.constraints.values().find(|constraint| constraint.kind == ConstraintKind::PrimaryKey)
    }

    /// The columns in the table's own order.
    pub(crate) fn columns_in_order(&self) -> Vec<(&String, &ColumnState)> {
        let mut columns: Vec<_> = self.columns.iter().collect();
        columns.sort_by_key(|(_, column)| column.position);
        columns
    }
}

impl NotNullState {
    /// Returns the name, unless PostgreSQL may have generated it. It generates one from the names of table and column,
    /// which may have been renamed since, and other ones when a dump is restored.
    pub(crate) fn own_name(&self) -> Option<&str> {
        Some(self.name.as_str())
            .filter(|name| !name.trim_end_matches(|end: char| end.is_ascii_digit()).ends_with("_not_null"))
    }
}

impl ColumnState {
    /// Returns whether one of the two is `serial` and the default of the other, `nextval('orders_id_seq')`, takes its
    /// numbers from the same sequence. A model may spell out the default of a legacy key.
    pub(crate) fn takes_same_numbers(&self, other: &Self) -> bool {
        let spelled_out = |one: &Self, other: &Self| {
            let sequence = one.default.as_deref().filter(|_| one.generated.is_none()).and_then(sequence_of_default);
            other.serial && sequence.is_some() && sequence == other.owned_sequence
        };
        spelled_out(self, other) || spelled_out(other, self)
    }

    /// Lists the properties of the column that a model cannot express, each in a few words.
    pub(crate) fn inexpressible(&self) -> Vec<String> {
        let collation = self.collation.as_ref().filter(|name| one_name(name).is_none());
        collation.map(|name| format!("collation {name}")).into_iter().collect()
    }
}

/// Returns the name that PostgreSQL printed as an identifier without a schema: `C` for `"C"`.
pub(crate) fn one_name(printed: &str) -> Option<String> {
    match printed.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|rest| !rest.contains('"')).map(str::to_owned),
        None => Some(printed.to_owned()).filter(|name| !name.contains('.')),
    }
}

/// Returns the sequence, without its schema, of a default that is nothing but its next number.
pub(super) fn sequence_of_default(printed: &str) -> Option<String> {
    let name = printed.strip_prefix("nextval(")?.strip_suffix("::regclass)")?;
    let name = name.strip_prefix('E').unwrap_or(name).strip_prefix('\'')?.strip_suffix('\'')?;
    // A quote inside is doubled: a single one ends the literal, and more follows.
    let is_whole = !name.replace("''", "").contains('\'');
    is_whole.then(|| last_part(&name.replace("''", "'")))
}

/// Returns the last identifier of a qualified name, without its quotes.
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
    use super::sequence_of_default;

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
            assert_eq!(sequence_of_default(printed).as_deref(), sequence, "{printed}");
        }
    }
}
