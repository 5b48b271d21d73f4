//! Indexes, as a model declares them: the parts of `CREATE INDEX` that belong to a model.

/// An index.
///
/// Two parts of `CREATE INDEX` are left to migrations: the tablespace, which depends on the server, and CONCURRENTLY,
/// which is a way of building an index and not a property of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// The entries in order.
    pub parts: &'static [IndexPart],
    /// Whether the index forbids equal entries.
    pub unique: bool,
    /// Whether two NULLs count as equal in a unique index (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// The access method, for example `gin`; `None` means `btree`.
    pub using: Option<&'static str>,
    /// The predicate of a partial index as written.
    pub predicate: Option<&'static str>,
    /// Further columns that are stored with the entries: `INCLUDE (…)`.
    pub include: &'static [&'static str],
    /// Storage parameters such as `fillfactor`, with their values as written.
    pub with: &'static [(&'static str, &'static str)],
    /// The declared name; by default, it is derived from table and columns.
    pub name: Option<&'static str>,
    /// `COMMENT ON INDEX`.
    pub comment: Option<&'static str>,
}

/// One entry of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexPart {
    /// The column or expression.
    pub of: Indexed,
    /// The collation; `None` means that of the column.
    pub collation: Option<&'static str>,
    /// The operator class, if need be with its schema and parameters; `None` means the default of the type.
    pub opclass: Option<&'static str>,
    /// Whether the order is descending.
    pub descending: bool,
    /// The position of NULLs; `None` means last if ascending and first if descending.
    pub nulls: Option<NullsOrder>,
}

/// What an entry of an index contains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// A column.
    Column(&'static str),
    /// An expression as written.
    Expression(&'static str),
}

/// The position of NULLs in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullsOrder {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

impl IndexPart {
    /// Makes an entry of a column.
    pub const fn column(name: &'static str) -> Self {
        Self::of(Indexed::Column(name))
    }

    /// Makes an entry of an expression.
    pub const fn expression(sql: &'static str) -> Self {
        Self::of(Indexed::Expression(sql))
    }

    const fn of(of: Indexed) -> Self {
        Self { of, collation: None, opclass: None, descending: false, nulls: None }
    }

    /// Sets the collation.
    #[must_use]
    pub const fn collate(mut self, collation: &'static str) -> Self {
        self.collation = Some(collation);
        self
    }

    /// Sets the operator class.
    #[must_use]
    pub const fn opclass(mut self, class: &'static str) -> Self {
        self.opclass = Some(class);
        self
    }

    /// Makes the order descending.
    #[must_use]
    pub const fn desc(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Puts NULLs before everything else.
    #[must_use]
    pub const fn nulls_first(mut self) -> Self {
        self.nulls = Some(NullsOrder::First);
        self
    }

    /// Puts NULLs after everything else.
    #[must_use]
    pub const fn nulls_last(mut self) -> Self {
        self.nulls = Some(NullsOrder::Last);
        self
    }
}

impl Index {
    /// Makes an index on `parts`.
    pub const fn new(parts: &'static [IndexPart]) -> Self {
        Self {
            parts,
            unique: false,
            nulls_not_distinct: false,
            using: None,
            predicate: None,
            include: &[],
            with: &[],
            name: None,
            comment: None,
        }
    }

    /// Forbids equal entries.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Treats NULLs as equal (PostgreSQL 15 and newer).
    #[must_use]
    pub const fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Sets the access method.
    #[must_use]
    pub const fn using(mut self, method: &'static str) -> Self {
        self.using = Some(method);
        self
    }

    /// Indexes only the rows that satisfy `predicate`.
    #[must_use]
    pub const fn predicate(mut self, predicate: &'static str) -> Self {
        self.predicate = Some(predicate);
        self
    }

    /// Stores further columns with the entries.
    #[must_use]
    pub const fn include(mut self, columns: &'static [&'static str]) -> Self {
        self.include = columns;
        self
    }

    /// Sets storage parameters.
    #[must_use]
    pub const fn with(mut self, parameters: &'static [(&'static str, &'static str)]) -> Self {
        self.with = parameters;
        self
    }

    /// Sets the name.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets the comment.
    #[must_use]
    pub const fn comment(mut self, text: &'static str) -> Self {
        self.comment = Some(text);
        self
    }
}
