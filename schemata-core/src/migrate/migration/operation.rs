//! `Operation`: one statement of a migration, and how it has to run.

use crate::sql::lex::tokens;
use crate::sql::secret::redacted;

/// One statement of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The SQL, as recorded. An operation of several statements, like a backfill, has one statement of the same effect here.
    pub(crate) text: String,
    /// How it runs.
    pub(crate) kind: OperationKind,
    /// Where PostgreSQL looks for its unqualified names.
    pub(crate) names: NameScope,
    /// A query: if it returns a row, the statement is skipped. For objects that may exist, and whose creation needs a
    /// privilege even then.
    pub(crate) unless: Option<String>,
    /// The reason why it may run although it is dangerous on a large table.
    pub(crate) allowed: Option<String>,
}

/// A former name of a table, or of a column of it, that a migration states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormerName {
    /// The table's present name; with its schema unless that is the migrated one.
    pub(crate) table: String,
    /// The column's present name.
    pub(crate) column: Option<String>,
    pub(crate) old: String,
}

/// How an operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// In a transaction, with its neighbours.
    Statement,
    /// Outside any transaction: an index built or dropped while the table is in use.
    ConcurrentIndex(ConcurrentIndex),
    /// Outside any transaction. Running it again after an interruption does no harm.
    Alone,
    /// In a transaction of its own: later operations can use the value only once it is committed.
    AddEnumValue,
    /// In one transaction per batch.
    Backfill(BackfillPlan),
    /// Ends the transaction of the operations before it.
    Commit,
}

/// An index that is built or dropped while its table is in use. Names are unquoted, as in the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConcurrentIndex {
    /// Builds the index.
    Create {
        /// The schema of the index and its table.
        schema: String,
        /// The name of the index.
        name: String,
        /// The table.
        table: String,
        /// The text after the table: `(placed_at)`.
        definition: String,
        /// Whether the index is unique.
        unique: bool,
    },
    /// Drops the index.
    Drop {
        /// The schema of the index.
        schema: String,
        /// The name of the index.
        name: String,
    },
}

/// An UPDATE in batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackfillPlan {
    /// The table's schema, unquoted.
    pub(crate) schema: String,
    /// The table, unquoted.
    pub(crate) table: String,
    /// The text after SET.
    pub(crate) set: String,
    /// The condition, without WHERE.
    pub(crate) filter: Option<String>,
    /// The largest number of rows per batch.
    pub(crate) batch: u32,
}

/// Where PostgreSQL looks for a statement's unqualified names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameScope {
    /// In the migrated schema only: for the user's SQL, which might drop or change what it finds elsewhere.
    Own,
    /// In `public` too, where extensions put their types: for the library's statements, which qualify every table.
    WithExtensions,
}

impl Operation {
    /// Returns a statement that runs in a transaction with its neighbours.
    pub(crate) fn statement(text: impl Into<String>, names: NameScope) -> Self {
        Self { text: text.into(), kind: OperationKind::Statement, names, unless: None, allowed: None }
    }

    /// Returns a statement of the library's that runs as `kind` says.
    pub(crate) fn of(kind: OperationKind, text: String) -> Self {
        Self { text, kind, names: NameScope::WithExtensions, unless: None, allowed: None }
    }

    /// Returns the end of a transaction. Nothing else can record this text: `execute` refuses it.
    pub(crate) fn commit() -> Self {
        Self::of(OperationKind::Commit, "COMMIT".to_owned())
    }

    /// Skips the statement if `query` returns a row.
    pub(crate) fn unless(mut self, query: String) -> Self {
        self.unless = Some(query);
        self
    }

    /// Returns the text as it may be shown and stored: with passwords masked.
    pub(crate) fn shown(&self) -> String {
        redacted(&self.text).into_owned()
    }

    /// Returns whether it cannot be part of a larger transaction.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(
            self.kind,
            OperationKind::ConcurrentIndex(_)
                | OperationKind::Alone
                | OperationKind::Backfill(_)
                | OperationKind::Commit
        )
    }
}

impl AsRef<str> for Operation {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Returns whether a migration of these operations takes several transactions. A new enum value needs one of its own only if
/// something comes after it, which may use the value.
pub(crate) fn is_stepwise(operations: &[Operation]) -> bool {
    let used_later =
        |pair: &[Operation]| pair[0].kind == OperationKind::AddEnumValue && pair[1].kind != OperationKind::AddEnumValue;
    operations.iter().any(Operation::is_outside) || operations.windows(2).any(used_later)
}

/// Returns what is wrong with a commit among these operations that has nothing to commit, or that nothing comes after.
pub(crate) fn idle_commit(operations: &[Operation]) -> Option<&'static str> {
    let is_commit = |at: usize| operations.get(at).is_some_and(|operation| operation.kind == OperationKind::Commit);
    match operations.len() {
        0 => None,
        _ if is_commit(0) => Some("begins with m.commit(), and there is nothing to commit yet"),
        length if is_commit(length - 1) => Some("ends with m.commit(), and is committed at its end anyway"),
        length if (1..length).any(|at| is_commit(at - 1) && is_commit(at)) => {
            Some("has m.commit() twice in a row, and there is nothing to commit for the second")
        }
        _ => None,
    }
}

/// Returns what to write instead of a statement that PostgreSQL refuses in a transaction.
pub(crate) fn instead_in_transaction(statement: &str) -> Option<&'static str> {
    let all = tokens(statement);
    let word = |at: usize, keyword: &str| all.get(at).is_some_and(|token| token.is(keyword));
    let concurrently = all.iter().take(6).any(|token| token.is("concurrently"));
    match () {
        () if concurrently && word(0, "create") => Some("m.create_index(name, \"table (columns)\").concurrently()"),
        () if concurrently && word(0, "drop") => Some("m.drop_index(name).concurrently()"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_stands_between_two_operations() {
        let found = |sql: &[&str]| {
            let operation = |sql: &&str| match *sql {
                "COMMIT" => Operation::commit(),
                sql => Operation::statement(sql, NameScope::Own),
            };
            idle_commit(&sql.iter().map(operation).collect::<Vec<_>>()).map(|fault| fault.split(' ').next())
        };
        assert_eq!([found(&[]), found(&["a"]), found(&["a", "COMMIT", "b", "COMMIT", "c"])], [None, None, None]);
        assert_eq!(found(&["COMMIT", "a"]), Some(Some("begins")));
        assert_eq!(found(&["a", "COMMIT"]), Some(Some("ends")));
        assert_eq!(found(&["a", "COMMIT", "COMMIT", "b"]), Some(Some("has")));
    }
}
