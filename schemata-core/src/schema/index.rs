//! Indexes, as a model declares them.

/// `CREATE INDEX`.
///
/// The tablespace is left to migrations: it belongs to the server at hand, not to the model. So is CONCURRENTLY, which is a
/// way of building an index, not a property of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Index {
    /// What is indexed, in order.
    pub parts: &'static [IndexPart],
    /// Whether the index forbids equal entries.
    pub unique: bool,
    /// Whether two NULLs count as equal in a unique index (PostgreSQL 15 and newer).
    pub nulls_not_distinct: bool,
    /// The access method, like `gin`; `btree` when `None`.
    pub using: Option<&'static str>,
    /// The predicate of a partial index, as written.
    pub predicate: Option<&'static str>,
    /// Columns stored with the entries, not searched.
    pub include: &'static [&'static str],
    /// Storage parameters, like `fillfactor`, and their values as written.
    pub with: &'static [(&'static str, &'static str)],
    /// The name given; else one is made of table and columns.
    pub name: Option<&'static str>,
}

/// One entry of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexPart {
    /// What is indexed.
    pub of: Indexed,
    /// The collation, unless it is the column's own.
    pub collation: Option<&'static str>,
    /// The operator class, unless it is the type's default: a name, with its schema and parameters if need be.
    pub opclass: Option<&'static str>,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Where NULLs stand, unless where the direction puts them: last ascending, first descending.
    pub nulls: Option<NullsOrder>,
}

/// What an entry of an index is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// A column.
    Column(&'static str),
    /// An expression, as written.
    Expression(&'static str),
}

/// Where NULLs stand in an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullsOrder {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

impl IndexPart {
    /// A column.
    pub const fn column(name: &'static str) -> Self {
        Self::of(Indexed::Column(name))
    }

    /// An expression.
    pub const fn expression(sql: &'static str) -> Self {
        Self::of(Indexed::Expression(sql))
    }

    const fn of(of: Indexed) -> Self {
        Self { of, collation: None, opclass: None, descending: false, nulls: None }
    }

    /// Chooses the collation.
    #[must_use]
    pub const fn collate(mut self, collation: &'static str) -> Self {
        self.collation = Some(collation);
        self
    }

    /// Chooses the operator class.
    #[must_use]
    pub const fn opclass(mut self, class: &'static str) -> Self {
        self.opclass = Some(class);
        self
    }

    /// Greatest first.
    #[must_use]
    pub const fn desc(mut self) -> Self {
        self.descending = true;
        self
    }

    /// NULLs before everything else.
    #[must_use]
    pub const fn nulls_first(mut self) -> Self {
        self.nulls = Some(NullsOrder::First);
        self
    }

    /// NULLs after everything else.
    #[must_use]
    pub const fn nulls_last(mut self) -> Self {
        self.nulls = Some(NullsOrder::Last);
        self
    }
}

impl Index {
    /// An index over `parts`.
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
        }
    }

    /// Forbids equal entries.
    #[must_use]
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Counts two NULLs as equal.
    #[must_use]
    pub const fn nulls_not_distinct(mut self) -> Self {
        self.nulls_not_distinct = true;
        self
    }

    /// Chooses the access method.
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

    /// Names the index.
    #[must_use]
    pub const fn name(mut self, name: &'static str) -> Self {
        self.name = Some(name);
        self
    }
}
