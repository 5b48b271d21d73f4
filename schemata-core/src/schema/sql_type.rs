//! The PostgreSQL type of a Rust type: its name, other types that the Rust type can hold, literals for defaults, how its values
//! compare, and how a type is created that comes with the tables.

use crate::param::{CastType, TypeHome};
use crate::schema::constraint::Check;

use crate::schema::limit::Limit;

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
/// const BODY: SqlType = SqlType::new("json").incomparable(); // `eq` does not compile
/// const ADDRESS: SqlType = SqlType::new("address").row(); // a composite type of a migration
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    /// What a column of the type can hold.
    pub(crate) limit: Limit,
    /// How PostgreSQL compares values of the type.
    pub comparison: Comparison,
    /// Whether a compared value names its type, because PostgreSQL could infer another one.
    pub cast: bool,
    /// Whether it is a composite type. `IS NULL` holds for a composite value whose attributes are all NULL, and `IS NOT NULL` fails
    /// if one is (manual 9.2), so NULL is asked for in another way.
    pub row: bool,
}

/// How PostgreSQL compares the values of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Comparison {
    /// Not at all, or not as `=` promises: `json` and `point` have no `=`, and that of `box` compares areas.
    None,
    /// By `=` and `<>` only, like `xid`.
    Equality,
    /// By all operators; values can be sorted and be keys.
    Order,
}

/// What a domain allows: a constant of `#[derive(PgDomain)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Domain {
    /// The base type.
    pub base: SqlType,
    /// The base type as the derive names it, like `varchar(20)`; `None` means that of the Rust type.
    pub declared: Option<&'static str>,
    /// The CHECK constraints, in which `VALUE` stands for the value.
    pub checks: &'static [Check],
}

impl Domain {
    /// Makes a domain over the type of a Rust type.
    pub const fn over(base: SqlType) -> Self {
        Self { base, declared: None, checks: &[] }
    }

    /// Names the base type.
    #[must_use]
    pub const fn declared(mut self, sql_type: &'static str) -> Self {
        self.declared = Some(sql_type);
        self
    }

    /// Adds CHECK constraints.
    #[must_use]
    pub const fn checks(mut self, checks: &'static [Check]) -> Self {
        self.checks = checks;
        self
    }
}

/// An attribute of a composite type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub sql_type: SqlType,
    /// Its type as the derive names it, like `numeric(12,2)`; `None` means that of the Rust type.
    pub declared: Option<&'static str>,
}

impl Attribute {
    /// Makes an attribute.
    pub const fn new(name: &'static str, sql_type: SqlType) -> Self {
        Self { name, sql_type, declared: None }
    }

    /// Names its type.
    #[must_use]
    pub const fn declared(mut self, sql_type: &'static str) -> Self {
        self.declared = Some(sql_type);
        self
    }
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
    /// A domain, created before the tables that use it.
    Domain {
        /// The PostgreSQL schema of the type; `None` means that of the table.
        schema: Option<&'static str>,
        /// What it allows.
        domain: &'static Domain,
    },
    /// A composite type, created before the tables that use it.
    Composite {
        /// The PostgreSQL schema of the type; `None` means that of the table.
        schema: Option<&'static str>,
        /// Its attributes in their order.
        attributes: &'static [Attribute],
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
        Self {
            name,
            also: &[],
            literals: LiteralKinds::NONE,
            kind: TypeKind::Existing,
            array: false,
            explicit: false,
            comparison: Comparison::Order,
            cast: false,
            row: false,
            limit: Limit::implied(name),
        }
    }

    /// Allows `eq`, `ne` and `is_in`, but neither `lt` nor an order: PostgreSQL has only `=` and `<>` for the type.
    #[must_use]
    pub const fn equality_only(mut self) -> Self {
        self.comparison = Comparison::Equality;
        self
    }

    /// Allows no comparison: PostgreSQL has none for the type.
    #[must_use]
    pub const fn incomparable(mut self) -> Self {
        self.comparison = Comparison::None;
        self
    }

    /// Names the type of values in comparisons, `$1::geometry`, where an extension's operators would let PostgreSQL infer another
    /// one. The type has to be on the search path.
    #[must_use]
    pub const fn cast_values(mut self) -> Self {
        self.cast = true;
        self
    }

    /// Makes it a composite type that a migration creates. Its values name their type in comparisons, since PostgreSQL would infer
    /// `record`, which no client can send.
    #[must_use]
    pub const fn row(mut self) -> Self {
        self.row = true;
        self.cast_values()
    }

    /// Returns whether `IS NULL` would not tell NULL from a value.
    pub(crate) const fn is_row(self) -> bool {
        self.row && !self.array
    }

    /// Makes a domain that is created with the tables. Its values are compared as those of its base type.
    pub const fn domain(schema: Option<&'static str>, name: &'static str, domain: &'static Domain) -> Self {
        let mut this = Self::new(name).literals(domain.base.literals);
        this.comparison = domain.base.comparison;
        this.limit = match domain.declared {
            Some(declared) => Limit::declared(declared, domain.base.limit, domain.base.literals.integer),
            None => domain.base.limit,
        };
        this.kind = TypeKind::Domain { schema, domain };
        this
    }

    /// Makes a composite type that is created with the tables. It compares as far as all of its attributes do.
    pub const fn composite(schema: Option<&'static str>, name: &'static str, attributes: &'static [Attribute]) -> Self {
        let mut this = Self::new(name).row();
        let mut at = 0;
        while at < attributes.len() {
            let comparison = attributes[at].sql_type.comparison;
            // Records are compared by the operators of an order, `=` included (manual 9.25.6).
            if !matches!(comparison, Comparison::Order) {
                this.comparison = Comparison::None;
            }
            at += 1;
        }
        this.kind = TypeKind::Composite { schema, attributes };
        this
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

    /// Returns the type as a comparison names it, if it has to.
    pub(crate) const fn cast_type(self) -> Option<CastType> {
        if self.cast { Some(self.as_named()) } else { None }
    }

    /// Returns the type as statements name it, without modifiers.
    pub(crate) const fn as_named(self) -> CastType {
        CastType { home: self.home(), name: self.name, array: self.array, row: self.row }
    }

    /// Returns where the type is found.
    pub(crate) const fn home(self) -> TypeHome {
        match self.kind {
            TypeKind::Enum { schema, .. } | TypeKind::Domain { schema, .. } | TypeKind::Composite { schema, .. } => {
                match schema {
                    Some(schema) => TypeHome::Schema(schema),
                    None => TypeHome::Statement,
                }
            }
            TypeKind::Existing | TypeKind::CheckedText { .. } | TypeKind::CheckedInteger { .. } => TypeHome::SearchPath,
        }
    }

    /// Returns whether `ty` is one of these types, by name; for a domain also the base type.
    pub(crate) fn accepts(&self, ty: &Type) -> bool {
        match (self.array, ty.kind()) {
            (true, Kind::Array(element)) => self.accepts_one(element),
            (true, _) => false,
            (false, _) => self.accepts_one(ty),
        }
    }

    /// Returns whether `ty` is one of these types, an array or not.
    fn accepts_one(&self, ty: &Type) -> bool {
        if let TypeKind::Domain { domain, .. } = self.kind
            && domain.base.accepts(ty)
        {
            return true;
        }
        // The one-byte type is called `char` in the catalog, which in SQL is another type.
        let name = if *ty == Type::CHAR { "\"char\"" } else { ty.name() };
        let has_kind = match ty.kind() {
            Kind::Array(_) => false,
            Kind::Enum(_) => matches!(self.kind, TypeKind::Enum { .. }),
            _ => !matches!(self.kind, TypeKind::Enum { .. }),
        };
        has_kind && std::iter::once(&self.name).chain(self.also).any(|known| TypeName::read(known).is_same(name))
    }

    /// Returns the array type of this type.
    #[must_use]
    pub(crate) const fn array_of(mut self) -> Self {
        self.array = true;
        self.limit = self.limit.array_of();
        self.literals = LiteralKinds::NONE;
        self
    }
}
