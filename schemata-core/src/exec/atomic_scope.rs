//! All or nothing for several statements: a transaction of their own, unless they are in one.

use std::sync::atomic::Ordering;

use crate::error::{Error, ErrorKind, Result};
use crate::exec::pool::pool::borrow;
use crate::exec::purpose::has_old_types;
use crate::exec::target::{ConnectionSource, Target};
use crate::exec::transaction::client_transaction::ClientTransaction;
use crate::exec::transaction::isolation::TransactionMode;
use crate::exec::transaction::transaction_connection::{LevelGuard, TransactionConnection};
use crate::ident::Ident;

/// Statements that take effect together.
///
/// If it is dropped before [`AtomicScope::end`], it undoes them: a connection of the pool is closed, one of the driver's own is told to
/// roll back.
pub(crate) struct AtomicScope<'a> {
    kind: Kind<'a>,
    schema: &'a Ident,
}

enum Kind<'a> {
    /// A transaction opened for these statements.
    OwnTransaction(TransactionConnection, u64),
    /// A savepoint in the caller's transaction, with what undoes it where the unit is dropped.
    Savepoint { held: &'a TransactionConnection, level: u64, undo: LevelGuard<'a> },
    /// One statement: there is nothing to hold together.
    Joined(ConnectionSource<'a>),
    /// On a connection that is not the library's.
    Client(ClientTransaction<'a>),
}

impl<'a> AtomicScope<'a> {
    /// No more than the target itself: for a single statement.
    pub(crate) fn single(target: Target<'a>) -> Self {
        Self { kind: Kind::Joined(target.road), schema: target.schema }
    }

    /// Begins a unit of several statements.
    pub(crate) async fn begin(target: Target<'a>) -> Result<Self> {
        let kind = match target.road {
            ConnectionSource::Pool(pool) => {
                let lease = borrow(pool).await?;
                let begin = TransactionMode::default().begin(&lease.shared().on_begin);
                let (held, level) = TransactionConnection::begin(lease, &begin).await?;
                Kind::OwnTransaction(held, level)
            }
            ConnectionSource::Transaction(held, outer) => {
                let level = held.nest(outer).await?;
                Kind::Savepoint { held, level, undo: held.abandon_on_drop(level) }
            }
            ConnectionSource::Client(client) => Kind::Client(ClientTransaction::begin(client).await?),
        };
        Ok(Self { kind, schema: target.schema })
    }

    /// Where the statements go.
    pub(crate) fn target(&self) -> Target<'_> {
        let road = match &self.kind {
            Kind::OwnTransaction(held, level) => ConnectionSource::Transaction(held, *level),
            Kind::Savepoint { held, level, .. } => ConnectionSource::Transaction(held, *level),
            Kind::Joined(road) => *road,
            Kind::Client(unit) => ConnectionSource::Client(unit.client()),
        };
        Target { road, schema: self.schema }
    }

    /// Ends the unit: well if the work did.
    pub(crate) async fn end<T>(self, work: Result<T>) -> Result<T> {
        match self.kind {
            Kind::Joined(_) => work,
            Kind::Savepoint { held, level, undo } => {
                let ended = if work.is_ok() {
                    held.release(level).await
                } else {
                    held.undo(level).await;
                    Ok(())
                };
                if ended.is_ok() {
                    undo.disarm();
                }
                let value = work?;
                ended.map(|()| value)
            }
            Kind::OwnTransaction(held, _) => match work {
                Ok(value) => held.commit().await.map(|()| value),
                Err(error) => {
                    held.rollback().await;
                    Err(error)
                }
            },
            Kind::Client(unit) => unit.end(work).await,
        }
    }
}

/// Whether a unit that failed may be done once more: it had a transaction of its own, and nothing of it is left. A change of
/// the schema came between, and the types that the values were written for are asked for again; or another batch wrote the
/// same new keys in another order.
pub(crate) fn is_worth_repeating(target: Target<'_>, error: &Error) -> bool {
    let ConnectionSource::Pool(pool) = target.road else { return false };
    if has_old_types(error) {
        pool.shared().epoch.fetch_add(1, Ordering::AcqRel);
        return true;
    }
    matches!(error.kind(), ErrorKind::StaleStatement | ErrorKind::Deadlock)
}
