//! The PostgreSQL type of a Rust type: its name, other types that the Rust type can hold, and literals for defaults.

use tokio_postgres::types::{Kind, Type};

use crate::schema::type_name::TypeName;

/// The PostgreSQL type of a Rust type: a constant of its [`ColumnType`](crate::schema::ColumnType).
///
/// ```
/// use schemata::schema::{LiteralKinds, SqlType};
/// const POINT: SqlType = SqlType::new("point");
/// const CITEXT: SqlType = SqlType::new("text").also(&["citext"]).literals(LiteralKinds::TEXT);
/// const FLAG: SqlType = SqlType::new("boolean").literals(LiteralKinds::BOOLEAN);
/// const DOCUMENT: SqlType = SqlType::new("jsonb").also(&["json"]).explicit(); // each field says which
/// const STATE: SqlType = SqlType::checked_text(&["open", "closed"]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqlType {
    /// The type of a column whose field names no `sql_type`.
    pub name: &'static str,
    /// Further types, and spellings of `name`, whose values the Rust type holds without loss. Without modifiers.
    pub also: &'static [&'static str],
    /// The Rust literals that may be a `default`.
    pub literals: LiteralKinds,
    /// Whether the type exists already or is created with the tables.
    pub kind: TypeKind,
    /// Whether the type is an array of the named type.
    pub array: bool,
    /// Whether a field must name its `sql_type`, because a default would be a guess.
    pub explicit: bool,
}

/// Where a type comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeKind {
    /// PostgreSQL or an extension provides it.
    Existing,
    /// An enum type, created before the tables that use it.
    Enum {
        /// The PostgreSQL schema of the type; `None` means that of the table.
        schema: Option<&'static str>,
        /// The labels in their sort order.
        labels: &'static [&'static str],
    },
    /// Text that a check constraint restricts to a list of labels.
    CheckedText {
        /// The labels.
        labels: &'static [&'static str],
    },
    /// An integer that a check constraint restricts to a list of numbers.
    CheckedInteger {
        /// The numbers.
        numbers: &'static [i128],
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
    /// No literal: the type takes only `default_sql`.
    pub const NONE: Self = Self { boolean: false, integer: None, float: false, text: false };
    /// `true` and `false`.
    pub const BOOLEAN: Self = Self { boolean: true, ..Self::NONE };
    /// String literals.
    pub const TEXT: Self = Self { text: true, ..Self::NONE };
    /// Integers of any size, and decimal fractions.
    pub const NUMBER: Self = Self { integer: Some((i128::MIN, i128::MAX)), float: true, ..Self::NONE };

    /// Integers from `least` to `greatest` inclusive.
    pub const fn integer(least: i128, greatest: i128) -> Self {
        Self { integer: Some((least, greatest)), ..Self::NONE }
    }
}

impl SqlType {
    /// Makes a type that PostgreSQL or an extension provides.
    pub const fn new(name: &'static str) -> Self {
        Self { name, also: &[], literals: LiteralKinds::NONE, kind: TypeKind::Existing, array: false, explicit: false }
    }

    /// Adds the types (and spellings) that a field may name in `sql_type`.
    #[must_use]
    pub const fn also(mut self, names: &'static [&'static str]) -> Self {
        self.also = names;
        self
    }

    /// Sets the literals that may be a default.
    #[must_use]
    pub const fn literals(mut self, kinds: LiteralKinds) -> Self {
        self.literals = kinds;
        self
    }

    /// Requires a `sql_type` on every field of this Rust type.
    #[must_use]
    pub const fn explicit(mut self) -> Self {
        self.explicit = true;
        self
    }

    /// Makes an enum type that is created with the tables.
    pub const fn enumeration(
        schema: Option<&'static str>,
        name: &'static str,
        labels: &'static [&'static str],
    ) -> Self {
        let mut this = Self::new(name).literals(LiteralKinds::TEXT);
        this.kind = TypeKind::Enum { schema, labels };
        this
    }

    /// Makes a text type that a check constraint restricts to `labels`.
    pub const fn checked_text(labels: &'static [&'static str]) -> Self {
        let mut this = Self::new("text").also(&["varchar", "character varying", "citext"]).literals(LiteralKinds::TEXT);
        this.kind = TypeKind::CheckedText { labels };
        this
    }

    /// Restricts an integer type to `numbers` by a check constraint.
    #[must_use]
    pub const fn checked_numbers(mut self, numbers: &'static [i128]) -> Self {
        self.kind = TypeKind::CheckedInteger { numbers };
        self
    }

    /// Returns whether `ty` is one of these types, by name.
    pub(crate) fn accepts(&self, ty: &Type) -> bool {
        let element = match (self.array, ty.kind()) {
            (true, Kind::Array(element)) => element,
            (true, _) | (false, Kind::Array(_)) => return false,
            (false, _) => ty,
        };
        // The one-byte type is called `char` in the catalog, which in SQL is another type.
        let name = if *element == Type::CHAR { "\"char\"" } else { element.name() };
        let is_enum = matches!(element.kind(), Kind::Enum(_));
        matches!(self.kind, TypeKind::Enum { .. }) == is_enum
            && std::iter::once(&self.name).chain(self.also).any(|known| TypeName::read(known).is_same(name))
    }

    /// Returns the array type of this type.
    #[must_use]
    pub(crate) const fn array_of(mut self) -> Self {
        self.array = true;
        self.literals = LiteralKinds::NONE;
        self
    }
}
