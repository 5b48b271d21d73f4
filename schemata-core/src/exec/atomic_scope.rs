//! All or nothing for several statements: they run in a transaction of their own, or in a savepoint of the caller's.

use std::time::Instant;

use crate::error::{Error, ErrorKind, Result};
use crate::exec::purpose::may_have_old_types;
use crate::exec::target::{ConnectionSource, Target};
use crate::exec::transaction::client_transaction::ClientTransaction;
use crate::exec::transaction::isolation::TransactionMode;
use crate::exec::transaction::transaction_connection::{LevelGuard, TransactionConnection};
use crate::ident::Ident;

/// Statements that take effect together or not at all.
///
/// Dropped before [`AtomicScope::end`], it undoes them: a pool's connection is closed, the caller's own client rolls back.
pub(crate) struct AtomicScope<'a> {
    kind: Kind<'a>,
    schema: &'a Ident,
}

#[expect(clippy::large_enum_variant, reason = "one exists per batch, and a box would be an allocation more")]
enum Kind<'a> {
    /// A transaction of these statements alone.
    OwnTransaction(TransactionConnection, u64),
    /// A savepoint in the caller's transaction.
    Savepoint { transaction: &'a TransactionConnection, level: u64, guard: LevelGuard<'a> },
    /// A single statement, which needs no transaction of its own.
    Single(ConnectionSource<'a>),
    /// A savepoint or transaction on the caller's own client.
    Client(ClientTransaction<'a>),
}

impl<'a> AtomicScope<'a> {
    /// Makes a scope for a single statement, which is atomic by itself.
    pub(crate) fn single(target: Target<'a>) -> Self {
        Self { kind: Kind::Single(target.source), schema: target.schema }
    }

    /// Begins a scope for several statements.
    pub(crate) async fn begin(target: Target<'a>) -> Result<Self> {
        let kind = match target.source {
            ConnectionSource::Pool(pool) => {
                let connection = pool.acquire(Instant::now()).await?;
                let (transaction, level) = TransactionConnection::begin(connection, TransactionMode::default()).await?;
                Kind::OwnTransaction(transaction, level)
            }
            ConnectionSource::Transaction(transaction, outer) => {
                let level = transaction.nest(outer).await?;
                Kind::Savepoint { transaction, level, guard: transaction.abandon_on_drop(level) }
            }
            ConnectionSource::Client(client) => Kind::Client(ClientTransaction::begin(client).await?),
        };
        Ok(Self { kind, schema: target.schema })
    }

    /// Returns where the statements of the scope run.
    pub(crate) fn target(&self) -> Target<'_> {
        let source = match &self.kind {
            Kind::OwnTransaction(transaction, level) => ConnectionSource::Transaction(transaction, *level),
            Kind::Savepoint { transaction, level, .. } => ConnectionSource::Transaction(transaction, *level),
            Kind::Single(source) => *source,
            Kind::Client(client) => ConnectionSource::Client(client.client()),
        };
        Target { source, schema: self.schema }
    }

    /// Ends the scope: keeps its work if `work` is `Ok`, otherwise undoes it.
    pub(crate) async fn end<T>(self, work: Result<T>) -> Result<T> {
        match self.kind {
            Kind::Single(_) => work,
            Kind::Savepoint { transaction, level, guard } => {
                let ended = if work.is_ok() {
                    transaction.release(level).await
                } else {
                    transaction.roll_back_level(level).await;
                    Ok(())
                };
                if ended.is_ok() {
                    guard.disarm();
                }
                let value = work?;
                ended.map(|()| value)
            }
            Kind::OwnTransaction(transaction, _) => match work {
                Ok(value) => transaction.commit().await.map(|()| value),
                Err(error) => {
                    transaction.rollback().await;
                    Err(error)
                }
            },
            Kind::Client(client) => client.end(work).await,
        }
    }
}

/// Returns whether a scope that failed may run once more: it had a transaction of its own, and another attempt may succeed,
/// since the schema changed meanwhile, or another batch wrote the same new keys in another order. If it may have met changed
/// types, the pool's statements are forgotten, so that the next attempt asks for the types again.
pub(crate) fn is_worth_repeating(target: Target<'_>, error: &Error) -> bool {
    let ConnectionSource::Pool(pool) = target.source else { return false };
    if may_have_old_types(error) {
        pool.shared().forget_statements();
        return true;
    }
    matches!(error.kind(), ErrorKind::StaleStatement | ErrorKind::Deadlock)
}
