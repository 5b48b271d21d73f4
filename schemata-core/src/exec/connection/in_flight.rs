//! A call that waits for its answer. If its future is dropped, the connection is spoiled: closing it cancels the statement
//! (`connect/cancel_and_close`).

use crate::exec::connection::connection::Connection;

/// Guards a call from sending its statement to the end of the answer.
pub(crate) struct InFlightGuard<'c> {
    connection: &'c Connection,
    is_answered: bool,
}

impl<'c> InFlightGuard<'c> {
    /// Begins a call. The connection is spoiled unless the guard is [released](Self::release): if the call's future is
    /// dropped, its statement may still be running, and the next caller would wait for it.
    pub(crate) fn begin(connection: &'c Connection) -> Self {
        connection.pending().begin();
        Self { connection, is_answered: false }
    }

    /// Notes that the server has answered in full.
    pub(crate) fn release(mut self) {
        self.is_answered = true;
    }
}

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.connection.pending().end();
        if !self.is_answered {
            self.connection.spoil();
        }
    }
}
