//! What tells the server session of one client of the driver from those of others: the process and the secret of cancel requests.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_util::FutureExt;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Client;
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

/// The process and the secret of a session. They are compared and never sent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct SessionId([u8; 8]);

/// A cancel request: its length, its code, the process and the secret.
const CANCEL_REQUEST: usize = 16;

/// Returns the identity of a client's session. The driver shows it only in a cancel request, which is written to memory here.
pub(crate) fn session_id(client: &Client) -> Option<SessionId> {
    let mut request = Request::default();
    client.cancel_token().cancel_query_raw(&mut request, NoEncryption).now_or_never()?.ok()?;
    let id = request.written.get(request.written.len().checked_sub(CANCEL_REQUEST)? + 8..)?;
    id.try_into().ok().map(SessionId)
}

/// What the driver sends to cancel.
#[derive(Default)]
struct Request {
    written: Vec<u8>,
}

impl AsyncWrite for Request {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Accepts every request for encryption.
impl AsyncRead for Request {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        into.put_slice(b"S");
        Poll::Ready(Ok(()))
    }
}

impl TlsStream for &mut Request {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// Leaves a stream as it is.
struct NoEncryption;

impl<'r> TlsConnect<&'r mut Request> for NoEncryption {
    type Stream = &'r mut Request;
    type Error = Infallible;
    type Future = Ready<Result<&'r mut Request, Infallible>>;

    fn connect(self, stream: &'r mut Request) -> Self::Future {
        ready(Ok(stream))
    }
}
