//! What a migration does: one statement each, and how it has to run.

use crate::sql::lex::tokens;
use crate::sql::secret::redacted;

/// One statement of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Operation {
    /// The SQL, as recorded. What needs more than a statement, like a backfill, is written as the statement it amounts to.
    pub(crate) text: String,
    /// How it runs.
    pub(crate) kind: OperationKind,
    /// Where its unqualified names are looked for.
    pub(crate) names: Names,
    /// A query; where it yields a row, the statement has nothing to do. For objects that may exist and whose creation needs
    /// a privilege even then.
    pub(crate) unless: Option<String>,
    /// Why it may run on a busy table, however dangerous it is there.
    pub(crate) allowed: Option<String>,
}

/// How an operation runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OperationKind {
    /// In a transaction, with its neighbours.
    Statement,
    /// Outside any transaction: an index that is built or dropped while the table is in use.
    ConcurrentIndex(ConcurrentIndex),
    /// In a transaction of its own: what comes after it can use the value only when that is committed.
    AddEnumValue,
    /// In one transaction a batch.
    Backfill(BackfillPlan),
    /// Nothing of its own: it ends the transaction of those before it.
    Commit,
}

/// What happens to an index while its table is in use. Names are as the catalog has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ConcurrentIndex {
    /// It is built.
    Create {
        /// Its schema, which is its table's.
        schema: String,
        /// Its name.
        name: String,
        /// Its table.
        table: String,
        /// What stands after the table: `(placed_at)`.
        definition: String,
        /// Whether it is unique.
        unique: bool,
    },
    /// It is dropped.
    Drop {
        /// Its schema.
        schema: String,
        /// Its name.
        name: String,
    },
}

/// An UPDATE in batches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BackfillPlan {
    /// The table's schema, as the catalog has it.
    pub(crate) schema: String,
    /// The table, as the catalog has it.
    pub(crate) table: String,
    /// What stands after SET.
    pub(crate) set: String,
    /// What stands after WHERE.
    pub(crate) filter: Option<String>,
    /// Rows a batch, at most.
    pub(crate) batch: u32,
}

/// Where a statement's unqualified names are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// In the migrated schema only: SQL of the user's, which might drop or change what it finds elsewhere.
    Own,
    /// In `public` too, where extensions put their types: statements of the library's, which qualify every table.
    WithExtensions,
}

impl Operation {
    /// A statement that runs in a transaction with its neighbours.
    pub(crate) fn statement(text: impl Into<String>, names: Names) -> Self {
        Self { text: text.into(), kind: OperationKind::Statement, names, unless: None, allowed: None }
    }

    /// A statement of the library's that runs in its own way.
    pub(crate) fn of(kind: OperationKind, text: String) -> Self {
        Self { text, kind, names: Names::WithExtensions, unless: None, allowed: None }
    }

    /// The end of a transaction. Nobody else can record this text: `execute` refuses it.
    pub(crate) fn commit() -> Self {
        Self::of(OperationKind::Commit, "COMMIT".to_owned())
    }

    /// Has nothing to do where `query` yields a row.
    pub(crate) fn unless(mut self, query: String) -> Self {
        self.unless = Some(query);
        self
    }

    /// Returns its text as it may be shown and stored: with passwords masked.
    pub(crate) fn shown(&self) -> String {
        redacted(&self.text).into_owned()
    }

    /// Whether it cannot be part of a larger transaction.
    pub(crate) fn is_outside(&self) -> bool {
        matches!(self.kind, OperationKind::ConcurrentIndex(_) | OperationKind::Backfill(_) | OperationKind::Commit)
    }
}

impl AsRef<str> for Operation {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Whether a migration of these operations takes several transactions. A new enum value needs one of its own only where
/// something comes after it, which may use it.
pub(crate) fn is_stepwise(operations: &[Operation]) -> bool {
    let used_later =
        |pair: &[Operation]| pair[0].kind == OperationKind::AddEnumValue && pair[1].kind != OperationKind::AddEnumValue;
    operations.iter().any(Operation::is_outside) || operations.windows(2).any(used_later)
}

/// Why a commit among these operations is none, if one is: it would have nothing to commit, or nothing would come after it.
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

/// Whether a statement refuses to run in a transaction, and what to write instead.
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
