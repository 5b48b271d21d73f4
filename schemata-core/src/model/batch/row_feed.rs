//! Where the rows of a batch come from: an iterator or a stream, which is pulled while earlier rows are sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::Stream;

use crate::error::Result;

/// A source of rows.
pub(crate) trait RowFeed<T>: Send {
    /// Returns the next row; `None` at the end.
    ///
    /// # Errors
    /// If the source failed, or the row is no row.
    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<T>>>;

    /// Returns how many rows are still to come, at least.
    fn at_least(&self) -> usize;
}

/// The rows of an iterator, each changed by a function.
struct Iterated<I, F>(I, F);

impl<I: Iterator + Send, T, F: FnMut(I::Item) -> T + Send> RowFeed<T> for Iterated<I, F> {
    fn poll_row(&mut self, _: &mut Context<'_>) -> Poll<Result<Option<T>>> {
        Poll::Ready(Ok(self.0.next().map(&mut self.1)))
    }

    fn at_least(&self) -> usize {
        self.0.size_hint().0
    }
}

/// The rows of a stream.
struct Streamed<S, F>(Pin<Box<S>>, F);

impl<S: Stream + Send, T, F: FnMut(S::Item) -> Result<T> + Send> RowFeed<T> for Streamed<S, F> {
    fn poll_row(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<T>>> {
        self.0.as_mut().poll_next(context).map(|row| row.map(&mut self.1).transpose())
    }

    fn at_least(&self) -> usize {
        self.0.size_hint().0
    }
}

/// The rows of a batch, which have been read for validation, or not yet.
pub(crate) enum Rows<'r, T> {
    Unread(Box<dyn RowFeed<T> + 'r>),
    Read(Vec<T>),
}

impl<'r, T: Send + 'r> Rows<'r, T> {
    pub(crate) fn of<I, F>(rows: I, change: F) -> Self
    where
        I: IntoIterator<IntoIter: Send + 'r>,
        F: FnMut(I::Item) -> T + Send + 'r,
    {
        Self::Unread(Box::new(Iterated(rows.into_iter(), change)))
    }

    pub(crate) fn streamed<S, F>(rows: S, change: F) -> Self
    where
        S: Stream + Send + 'r,
        F: FnMut(S::Item) -> Result<T> + Send + 'r,
    {
        Self::Unread(Box::new(Streamed(Box::pin(rows), change)))
    }

    /// Reads all rows that there are now.
    pub(crate) fn read(&mut self) -> &mut Vec<T> {
        if let Self::Unread(feed) = self {
            let mut context = Context::from_waker(std::task::Waker::noop());
            let mut rows = Vec::with_capacity(feed.at_least());
            while let Poll::Ready(Ok(Some(row))) = feed.poll_row(&mut context) {
                rows.push(row);
            }
            *self = Self::Read(rows);
        }
        match self {
            Self::Read(rows) => rows,
            Self::Unread(_) => unreachable!("they were read just now"),
        }
    }

    /// Returns the rows as a feed.
    pub(crate) fn into_feed(self) -> Box<dyn RowFeed<T> + 'r> {
        match self {
            Self::Unread(feed) => feed,
            Self::Read(rows) => Box::new(Iterated(rows.into_iter(), |row| row)),
        }
    }

    /// Returns how many rows there are, at least.
    pub(crate) fn at_least(&self) -> usize {
        match self {
            Self::Unread(feed) => feed.at_least(),
            Self::Read(rows) => rows.len(),
        }
    }
}
