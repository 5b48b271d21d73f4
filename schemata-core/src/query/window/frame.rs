//! The ends of a frame.

use crate::query::expr::IntoExpr;
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::tree;

/// The first or last row of a frame: [`current_row`], or a number of rows before or after it.
#[derive(Clone)]
pub struct FrameBound(pub(crate) tree::FrameBound);

opaque_debug!([][FrameBound], this { word: this.0.word });

/// From the first row of the partition.
pub fn unbounded_preceding() -> FrameBound {
    named("UNBOUNDED PRECEDING")
}

/// From, or to, the current row; in `range_between` and `groups_between` also the rows that are equal to it in the order.
pub fn current_row() -> FrameBound {
    named("CURRENT ROW")
}

/// To the last row of the partition.
pub fn unbounded_following() -> FrameBound {
    named("UNBOUNDED FOLLOWING")
}

/// This many rows before the current one; in `range_between`, this much less than its value. It must not be negative (22013).
pub fn preceding(offset: impl IntoExpr<Reads = ()>) -> FrameBound {
    FrameBound(tree::FrameBound { offset: Some(offset.__expr().tree), word: " PRECEDING" })
}

/// This many rows after the current one; in `range_between`, this much more than its value. It must not be negative (22013).
pub fn following(offset: impl IntoExpr<Reads = ()>) -> FrameBound {
    FrameBound(tree::FrameBound { offset: Some(offset.__expr().tree), word: " FOLLOWING" })
}

fn named(word: &'static str) -> FrameBound {
    FrameBound(tree::FrameBound { offset: None, word })
}
