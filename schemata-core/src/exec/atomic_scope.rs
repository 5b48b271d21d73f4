//! All or nothing for several statements: a transaction of their own, unless they are in one.

use std::sync::atomic::Ordering;

use crate::error::{Error, ErrorKind, Result};
use crate::exec::transaction::client_transaction::BareUnit;
use crate::exec::transaction::transaction_connection::{Abandon, Held};
use crate::exec::transaction::isolation::Mode;
use crate::exec::pool::pool::borrow;
use crate::exec::purpose::has_old_types;
use crate::exec::target::{Road, Target};
use crate::ident::Ident;

/// Statements that take effect together.
///
/// If it is dropped before [`Unit::end`], it undoes them: a connection of the pool is closed, one of the driver's own is told to
/// roll back.
pub(crate) struct Unit<'a> {
    way: Way<'a>,
    schema: &'a Ident,
}

enum Way<'a> {
    /// A transaction opened for these statements.
    Own(Held, u64),
    /// A savepoint in the caller's transaction, with what undoes it where the unit is dropped.
    Nested { held: &'a Held, level: u64, undo: Abandon<'a> },
    /// One statement: there is nothing to hold together.
    Joined(Road<'a>),
    /// On a connection that is not the library's.
    Bare(BareUnit<'a>),
}

impl<'a> Unit<'a> {
    /// No more than the target itself: for a single statement.
    pub(crate) fn single(target: Target<'a>) -> Self {
        Self { way: Way::Joined(target.road), schema: target.schema }
    }

    /// Begins a unit of several statements.
    pub(crate) async fn begin(target: Target<'a>) -> Result<Self> {
        let way = match target.road {
            Road::Pool(pool) => {
                let lease = borrow(pool).await?;
                let begin = Mode::default().begin(&lease.shared().on_begin);
                let (held, level) = Held::begin(lease, &begin).await?;
                Way::Own(held, level)
            }
            Road::Held(held, outer) => {
                let level = held.nest(outer).await?;
                Way::Nested { held, level, undo: held.abandon_on_drop(level) }
            }
            Road::Bare(client) => Way::Bare(BareUnit::begin(client).await?),
        };
        Ok(Self { way, schema: target.schema })
    }

    /// Where the statements go.
    pub(crate) fn target(&self) -> Target<'_> {
        let road = match &self.way {
            Way::Own(held, level) => Road::Held(held, *level),
            Way::Nested { held, level, .. } => Road::Held(held, *level),
            Way::Joined(road) => *road,
            Way::Bare(unit) => Road::Bare(unit.client()),
        };
        Target { road, schema: self.schema }
    }

    /// Ends the unit: well if the work did.
    pub(crate) async fn end<T>(self, work: Result<T>) -> Result<T> {
        match self.way {
            Way::Joined(_) => work,
            Way::Nested { held, level, undo } => {
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
            Way::Own(held, _) => match work {
                Ok(value) => held.commit().await.map(|()| value),
                Err(error) => {
                    held.rollback().await;
                    Err(error)
                }
            },
            Way::Bare(unit) => unit.end(work).await,
        }
    }
}

/// Whether a unit that failed may be done once more: it had a transaction of its own, and nothing of it is left. A change of
/// the schema came between, and the types that the values were written for are asked for again; or another batch wrote the
/// same new keys in another order.
pub(crate) fn is_worth_again(target: Target<'_>, error: &Error) -> bool {
    let Road::Pool(pool) = target.road else { return false };
    if has_old_types(error) {
        pool.shared().epoch.fetch_add(1, Ordering::AcqRel);
        return true;
    }
    matches!(error.kind(), ErrorKind::StaleStatement | ErrorKind::Deadlock)
}
