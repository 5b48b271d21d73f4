//! `Running`: the future of a call. It leaves what the call does to others.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::error::Result;

/// A running call, which returns a `Result<T>` once it is awaited. Nothing is sent before.
///
/// The future is boxed and named. The compiler need not look into it: an `async fn` that awaits it is checked faster, and
/// `Send` holds without a proof. A missing column is reported once instead of three times.
#[must_use = "nothing is sent until the call is awaited"]
pub struct Running<'e, T>(Pin<Box<dyn Future<Output = Result<T>> + Send + 'e>>);

impl<'e, T> Running<'e, T> {
    pub(crate) fn new(call: impl Future<Output = Result<T>> + Send + 'e) -> Self {
        Self(Box::pin(call))
    }
}

impl<T> Future for Running<'_, T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T>> {
        self.0.as_mut().poll(context)
    }
}

impl<T> fmt::Debug for Running<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").finish_non_exhaustive()
    }
}
