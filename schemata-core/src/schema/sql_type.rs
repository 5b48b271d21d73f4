//! The PostgreSQL side of a Rust type: its name, the other types it can hold, and the literals it takes as a default.

/// What PostgreSQL type a Rust type stands for.
///
/// Built as a constant by the [`ColumnType`](crate::schema::ColumnType) of a Rust type:
///
/// ```
/// use schemata::schema::{LiteralKinds, SqlType};
/// const POINT: SqlType = SqlType::new("point");
/// const CITEXT: SqlType = SqlType::new("text").also(&["citext"]).literals(LiteralKinds::TEXT);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlType {
    /// The type a column of this Rust type gets when the field names no `sql_type`.
    pub name: &'static str,
    /// Further types (and spellings of `name`) whose values the Rust type holds without loss, without modifiers.
    pub also: &'static [&'static str],
    /// Which Rust literals may be a `default`.
    pub literals: LiteralKinds,
    /// Whether PostgreSQL knows the type already, or the DDL has to bring it along.
    pub kind: TypeKind,
    /// Whether this is an array of the named type.
    pub array: bool,
    /// Whether a field must name its `sql_type`: there is no default that would not be a guess.
    pub explicit: bool,
}

/// Where a type comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeKind {
    /// The server, or an extension, has it.
    Existing,
    /// An enum type, created before the tables that use it.
    Enum {
        /// The PostgreSQL schema that holds it; the table's own when `None`.
        schema: Option<&'static str>,
        /// The labels, in their sort order.
        labels: &'static [&'static str],
    },
    /// Text held to a list of labels by a check constraint.
    CheckedText {
        /// The labels.
        labels: &'static [&'static str],
    },
}

/// The kinds of Rust literals a type accepts as its `default`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiteralKinds {
    /// `true`, `false`.
    pub boolean: bool,
    /// `0`, `-1`: the inclusive range.
    pub integer: Option<(i128, i128)>,
    /// `1.5`.
    pub float: bool,
    /// `"pending"`.
    pub text: bool,
}

impl LiteralKinds {
    /// None at all: such a type takes `default_sql` only.
    pub const NONE: Self = Self { boolean: false, integer: None, float: false, text: false };
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self { boolean: true, ..Self::NONE };
    /// String literals.
    pub const TEXT: Self = Self { text: true, ..Self::NONE };
    /// Integers of any size and decimal fractions.
    pub const NUMBER: Self = Self { integer: Some((i128::MIN, i128::MAX)), float: true, ..Self::NONE };

    /// Integers from `least` to `greatest`, both included.
    pub const fn integer(least: i128, greatest: i128) -> Self {
        Self { integer: Some((least, greatest)), ..Self::NONE }
    }
}

impl SqlType {
    /// A type PostgreSQL, or an extension, already has.
    pub const fn new(name: &'static str) -> Self {
        Self { name, also: &[], literals: LiteralKinds::NONE, kind: TypeKind::Existing, array: false, explicit: false }
    }

    /// Adds the types (and spellings) that a field may name in `sql_type`.
    #[must_use]
    pub const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    /// Says which literals may be a default.
    #[must_use]
    pub const fn literals(mut self, kinds: LiteralKinds) -> Self {
        self.literals = kinds;
        self
    }

    /// Demands a `sql_type` of every field of this Rust type.
    #[must_use]
    pub const fn explicit(mut self) -> Self {
        self.explicit = true;
        self
    }

    /// An enum type of that name, created with the tables.
    pub const fn enumeration(
        schema: Option<&'static str>,
        name: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        let mut this = Self::new(name).literals(LiteralKinds::TEXT);
        this.kind = TypeKind::Enum { schema, labels };
        this
    }

    /// Text that a check constraint holds to `labels`.
    pub const fn checked_text(labels: &'static [&'static str]) -> Self {
        let mut this = Self::new("text").also(&["varchar", "character varying", "citext"]).literals(LiteralKinds::TEXT);
        this.kind = TypeKind::CheckedText { labels };
        this
    }

    /// The array of this type.
    #[must_use]
    pub const fn array_of(mut self) -> Self {
        self.array = true;
        self.literals = LiteralKinds::NONE;
        self
    }
}
