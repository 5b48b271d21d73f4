//! Constraints and indexes: what they demand, part by part, and as PostgreSQL prints it.

use std::collections::BTreeSet;

use crate::schema::ReferentialAction;

/// A constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConstraintState {
    /// What it demands, like `UNIQUE (email)`. Equal texts are equal constraints.
    pub definition: String,
    /// Whether old rows are known to satisfy it: a foreign key or a check may be `NOT VALID`.
    pub valid: bool,
    /// What kind of constraint it is.
    pub kind: ConstraintKind,
    /// Its columns, in order; those a check names.
    pub columns: Vec<String>,
    /// Whether a transaction may put it off.
    pub deferrable: bool,
    /// Whether transactions put it off unless they say otherwise.
    pub deferred: bool,
    /// Its further clauses, like `MATCH FULL`, `NO INHERIT` or `INCLUDE`.
    pub further: Vec<String>,
    /// The objects it depends on, except tables and objects of PostgreSQL itself or of extensions, like `function slug`.
    pub needs: Vec<String>,
}

/// The kinds of constraints.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConstraintKind {
    /// `PRIMARY KEY`.
    PrimaryKey,
    /// `UNIQUE`.
    Unique {
        /// Whether two NULLs count as equal (PostgreSQL 15).
        nulls_not_distinct: bool,
    },
    /// `FOREIGN KEY`.
    ForeignKey {
        /// The referenced table, called as in [`Catalog::tables`](crate::catalog::Catalog::tables).
        target: String,
        /// The referenced columns, in the order of the constraint's own.
        target_columns: Vec<String>,
        /// What happens to the row when the referenced one is deleted.
        on_delete: ReferentialAction,
        /// What happens to the row when the referenced key changes.
        on_update: ReferentialAction,
    },
    /// `CHECK`.
    Check {
        /// The condition.
        expression: String,
    },
    /// `EXCLUDE`.
    Exclusion,
}

/// An index that belongs to no constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexState {
    /// How it is built, like `UNIQUE btree (lower(email))`. Equal texts are equal indexes; storage parameters have several
    /// spellings.
    pub definition: String,
    /// Whether queries use it: a failed `CREATE INDEX CONCURRENTLY` leaves one they do not.
    pub valid: bool,
    /// Whether it forbids equal entries.
    pub unique: bool,
    /// Whether two NULLs are equal entries (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// The access method, like `btree`.
    pub method: String,
    /// What is indexed, in order.
    pub parts: Vec<IndexPartState>,
    /// Columns stored with the entries, not searched.
    pub include: Vec<String>,
    /// The predicate of a partial index.
    pub predicate: Option<String>,
    /// Storage parameters, like `fillfactor=70`.
    pub options: Vec<String>,
    /// The objects it depends on, except tables and objects of PostgreSQL itself or of extensions, like `function slug`.
    pub needs: Vec<String>,
}

/// One entry of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IndexPartState {
    /// What is indexed.
    pub key: IndexKey,
    /// Whether it is sorted downwards.
    pub descending: bool,
    /// Whether NULLs come first: usual when `descending`, unusual otherwise.
    pub nulls_first: bool,
    /// The operator class, where it is not the type's.
    pub operator_class: Option<String>,
    /// The collation, where it is not the column's.
    pub collation: Option<String>,
}

/// What an entry of an index is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum IndexKey {
    /// A column.
    Column(String),
    /// An expression.
    Expression(String),
}

impl ConstraintState {
    /// Whether a model can declare it.
    pub fn is_expressible(&self) -> bool {
        !self.deferrable && self.further.is_empty() && self.kind != ConstraintKind::Exclusion
    }

    /// Whether it differs from `other` in nothing that models can say.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        self.kind == other.kind && self.columns == other.columns
    }
}

impl IndexState {
    /// Whether a model can declare it.
    pub fn is_expressible(&self) -> bool {
        self.parts.iter().all(IndexPartState::is_expressible)
    }

    /// Whether it differs from `other` in nothing that models can say.
    pub(crate) fn looks_like(&self, other: &Self) -> bool {
        let parts = |index: &Self| -> Vec<IndexPartState> { index.parts.iter().map(IndexPartState::as_said).collect() };
        self.resembles(other) && parts(self) == parts(other)
    }

    /// Whether it is built as `other` is. Storage parameters count by what they mean: `off` is `false`.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.definition == other.definition
            || self.options != other.options && self.resembles(other) && self.parts == other.parts
    }

    /// Whether it differs from `other` in its parts at most.
    fn resembles(&self, other: &Self) -> bool {
        let rest = |index: &Self| {
            let options: BTreeSet<String> = index.options.iter().map(|option| canonical(option)).collect();
            (index.unique, index.nulls_not_distinct, index.method.clone(), index.predicate.clone(), options)
        };
        rest(self) == rest(other) && self.include == other.include
    }
}

/// A storage parameter with its value as PostgreSQL understands it, if that is a boolean.
fn canonical(option: &str) -> String {
    let Some((name, value)) = option.split_once('=') else { return option.to_owned() };
    let value = value.to_ascii_lowercase();
    let begins = |word: &str, at_least: usize| value.len() >= at_least && word.starts_with(&value);
    let value = match () {
        () if begins("true", 1) || begins("yes", 1) || begins("on", 2) || value == "1" => "on",
        () if begins("false", 1) || begins("no", 1) || begins("off", 2) || value == "0" => "off",
        () => value.as_str(),
    };
    format!("{name}={value}")
}

impl IndexPartState {
    /// `collate("…")` takes one name, `opclass("…")` one with its schema, and neither of them quoted.
    fn is_expressible(&self) -> bool {
        let class = self.operator_class.as_deref().and_then(|class| class.split('(').next());
        self.collation.as_deref().is_none_or(is_one_name)
            && class.is_none_or(|class| class.matches('.').count() < 2 && !class.contains('"'))
    }

    /// What a model could say of it.
    fn as_said(&self) -> Self {
        if self.is_expressible() {
            self.clone()
        } else {
            Self { operator_class: None, collation: None, ..self.clone() }
        }
    }
}

/// Whether PostgreSQL printed a name alone, without the schema it is in.
fn is_one_name(printed: &str) -> bool {
    let mut quoted = false;
    printed.chars().all(|letter| {
        quoted ^= letter == '"';
        quoted || letter != '.'
    })
}

/// What constraints and indexes have in common.
pub(crate) trait Named {
    fn definition(&self) -> &str;
    /// Whether it demands what `other` does, whatever both are called.
    fn is_same(&self, other: &Self) -> bool;
    fn is_valid(&self) -> bool;
    fn is_expressible(&self) -> bool;
    fn looks_like(&self, other: &Self) -> bool;
}

impl Named for ConstraintState {
    fn definition(&self) -> &str {
        &self.definition
    }
    fn is_same(&self, other: &Self) -> bool {
        self.definition == other.definition
    }
    fn is_valid(&self) -> bool {
        self.valid
    }
    fn is_expressible(&self) -> bool {
        Self::is_expressible(self)
    }
    fn looks_like(&self, other: &Self) -> bool {
        Self::looks_like(self, other)
    }
}

impl Named for IndexState {
    fn definition(&self) -> &str {
        &self.definition
    }
    fn is_same(&self, other: &Self) -> bool {
        Self::is_same(self, other)
    }
    fn is_valid(&self) -> bool {
        self.valid
    }
    fn is_expressible(&self) -> bool {
        Self::is_expressible(self)
    }
    fn looks_like(&self, other: &Self) -> bool {
        Self::looks_like(self, other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_parameters_count_by_what_they_mean() {
        for (one, other) in [("fastupdate=off", "fastupdate=F"), ("x=on", "x=TRUE"), ("x=1", "x=yes"), ("x=No", "x=0")]
        {
            assert_eq!(canonical(one), canonical(other));
        }
        for (one, other) in [("x=on", "x=off"), ("x=10", "x=1"), ("x=o", "x=on"), ("x=", "x=f"), ("x=auto", "x=a")] {
            assert_ne!(canonical(one), canonical(other));
        }
    }

    #[test]
    fn a_name_with_its_schema_is_not_one_name() {
        for (printed, one) in [
            ("\"C\"", true),
            ("german", true),
            ("\"a.b\"", true),
            ("\"a\"\".b\"", true),
            ("a.b", false),
            ("\"a\".b", false),
        ] {
            assert_eq!(is_one_name(printed), one, "{printed}");
        }
    }
}
