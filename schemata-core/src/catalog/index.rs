//! Indexes: what they contain, part by part and as PostgreSQL prints it.

use std::collections::BTreeSet;

use crate::catalog::definition::Definition;

/// An index that belongs to no constraint.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct IndexState {
    /// The definition, like `UNIQUE btree (lower(email))`. Indexes with equal definitions are equal; storage parameters have
    /// several spellings.
    pub(crate) definition: String,
    /// Whether queries use it: a failed `CREATE INDEX CONCURRENTLY` leaves an index that they do not use.
    pub(crate) valid: bool,
    /// Whether it forbids equal entries.
    pub(crate) unique: bool,
    /// Whether two NULLs are equal entries (PostgreSQL 15).
    pub(crate) nulls_not_distinct: bool,
    /// The access method, like `btree`.
    pub(crate) method: String,
    /// Its entries, in order.
    pub(crate) parts: Vec<IndexPartState>,
    /// The columns of `INCLUDE`, which are stored and not searched.
    pub(crate) include: Vec<String>,
    /// The predicate of a partial index.
    pub(crate) predicate: Option<String>,
    /// Storage parameters, like `fillfactor=70`.
    pub(crate) options: Vec<String>,
    /// Its comment.
    pub(crate) comment: Option<String>,
    /// The objects it depends on, except tables and objects of PostgreSQL itself or of extensions, like `function slug`.
    pub(crate) needs: Vec<String>,
}

/// One entry of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexPartState {
    /// The column or expression.
    pub(crate) key: IndexKey,
    /// Whether it is sorted in descending order.
    pub(crate) descending: bool,
    /// Whether NULLs come first, which is the default only when `descending`.
    pub(crate) nulls_first: bool,
    /// The operator class, if it is not the default of the type.
    pub(crate) operator_class: Option<String>,
    /// The collation, if it is not the column's.
    pub(crate) collation: Option<String>,
}

/// The column or expression of an index entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IndexKey {
    /// A column.
    Column(String),
    /// An expression.
    Expression(String),
}

impl IndexState {
    /// Returns whether a model can declare the index.
    pub(crate) fn is_expressible(&self) -> bool {
        self.parts.iter().all(IndexPartState::is_expressible)
    }

    /// Returns whether both are equal in everything but their parts. Storage parameters are compared by their meaning:
    /// `off` is `false`.
    fn is_same_but_for_parts(&self, other: &Self) -> bool {
        let rest =
            |index: &Self| (index.unique, index.nulls_not_distinct, index.method.clone(), index.predicate.clone());
        rest(self) == rest(other) && self.include == other.include && same_options(&self.options, &other.options)
    }
}

impl Definition for IndexState {
    fn definition(&self) -> &str {
        &self.definition
    }

    fn is_valid(&self) -> bool {
        self.valid
    }

    fn comment(&self) -> Option<&String> {
        self.comment.as_ref()
    }

    fn is_expressible(&self) -> bool {
        Self::is_expressible(self)
    }

    fn is_same(&self, other: &Self) -> bool {
        self.definition == other.definition
            || self.options != other.options && self.is_same_but_for_parts(other) && self.parts == other.parts
    }

    fn is_same_to_models(&self, other: &Self) -> bool {
        let parts = |index: &Self| -> Vec<IndexPartState> {
            index.parts.iter().map(IndexPartState::as_models_see_it).collect()
        };
        self.is_same_but_for_parts(other) && parts(self) == parts(other)
    }
}

/// Returns whether both lists of storage parameters mean the same.
pub(crate) fn same_options(one: &[String], other: &[String]) -> bool {
    let all = |options: &[String]| -> BTreeSet<String> { options.iter().map(|option| canonical(option)).collect() };
    all(one) == all(other)
}

/// Returns a storage parameter; a boolean value in its canonical spelling.
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
    /// Returns whether attributes can express the part: `collate("…")` takes one name, `opclass("…")` takes a name with its
    /// schema, and neither takes quotes.
    fn is_expressible(&self) -> bool {
        let class = self.operator_class.as_deref().and_then(|class| class.split('(').next());
        self.collation.as_deref().is_none_or(is_one_name)
            && class.is_none_or(|class| class.matches('.').count() < 2 && !class.contains('"'))
    }

    /// Returns the properties that a model can express.
    fn as_models_see_it(&self) -> Self {
        if self.is_expressible() {
            self.clone()
        } else {
            Self { operator_class: None, collation: None, ..self.clone() }
        }
    }
}

/// Returns whether PostgreSQL printed a name without its schema.
fn is_one_name(printed: &str) -> bool {
    let mut quoted = false;
    printed.chars().all(|letter| {
        quoted ^= letter == '"';
        quoted || letter != '.'
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn storage_parameters_are_compared_by_their_meaning() {
        for (one, other) in [("fastupdate=off", "fastupdate=F"), ("x=on", "x=TRUE"), ("x=1", "x=yes"), ("x=No", "x=0")]
        {
            assert_eq!(canonical(one), canonical(other));
        }
        for (one, other) in [("x=on", "x=off"), ("x=10", "x=1"), ("x=o", "x=on"), ("x=", "x=f"), ("x=auto", "x=a")] {
            assert_ne!(canonical(one), canonical(other));
        }
    }

    #[test]
    fn a_qualified_name_is_not_one_name() {
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
