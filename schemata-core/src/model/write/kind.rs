//! `WriteKind`: what running a write does, for each kind of write.

use std::future::Future;

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::row::FromRow;
use crate::model::write::draft::WriteDraft;
use crate::model::write::returning::Shape;
use crate::sql::tree::Removed;

/// A kind of write: [`Insert`](crate::model::Insert), [`Update`](crate::model::Update) or
/// [`UpdateWhere`](crate::model::UpdateWhere).
pub trait WriteKind<M>: Sized + Send + 'static {
    /// What running the write returns.
    type Output;
    /// How many rows [`returning`](crate::model::Write::returning) returns.
    type Shape: Shape;

    /// Validates the write without running it.
    #[doc(hidden)]
    fn __validate(draft: &mut WriteDraft<Self>) -> Result<()>;

    /// Runs the write.
    #[doc(hidden)]
    fn __run<E: Executor + ?Sized>(
        draft: WriteDraft<Self>,
        on: &E,
    ) -> impl Future<Output = Result<Self::Output>> + Send;

    /// Runs the write and returns these columns.
    #[doc(hidden)]
    fn __run_returning<T: FromRow + Send, E: Executor + ?Sized>(
        draft: WriteDraft<Self>,
        columns: &[&'static str],
        on: &E,
    ) -> impl Future<Output = Result<<Self::Shape as Shape>::Of<T>>> + Send;
}

/// Kinds of writes that change existing rows.
#[diagnostic::on_unimplemented(
    message = "this write makes a new row: it has no existing one to read, to see or to reset",
    note = "an insert is set by the setters of its columns, and takes the defaults of those it leaves out"
)]
pub trait ChangesRows {
    /// Chooses which rows of a soft-delete table the write sees.
    #[doc(hidden)]
    fn __see(&mut self, rows: VisibleRows);
}

/// The rows of a soft-delete table that a write sees.
#[derive(Debug)]
pub struct VisibleRows(pub(crate) Removed);
