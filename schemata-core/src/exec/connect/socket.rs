//! Sockets to a server: opening one with the options of the URL, and closing it.
//!
//! A close waits until the server has closed its side too: only then has its process released all locks.

use std::future::Future;
use std::io;
use std::net::IpAddr;
#[cfg(unix)]
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::{Sleep, sleep};
use tokio_postgres::Config;

/// How long a closed socket waits for the server to close its side.
const CLOSE_WAIT: Duration = Duration::from_secs(5);

/// The address at which a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Tcp(IpAddr, u16),
    #[cfg(unix)]
    Unix(PathBuf),
}

impl Endpoint {
    /// Opens a connection, with the socket options of `config`.
    pub(crate) async fn open(&self, config: &Config) -> io::Result<Socket> {
        let stream = match self {
            Self::Tcp(address, port) => {
                let stream = TcpStream::connect((*address, *port)).await?;
                stream.set_nodelay(true)?;
                let socket = SockRef::from(&stream);
                #[cfg(target_os = "linux")]
                socket.set_tcp_user_timeout(config.get_tcp_user_timeout().copied())?;
                if config.get_keepalives() {
                    socket.set_tcp_keepalive(&keepalive(config))?;
                }
                Stream::Tcp(stream)
            }
            #[cfg(unix)]
            Self::Unix(path) => Stream::Unix(UnixStream::connect(path).await?),
        };
        Ok(Socket { stream, close_wait: None })
    }
}

fn keepalive(config: &Config) -> TcpKeepalive {
    let keepalive = TcpKeepalive::new().with_time(config.get_keepalives_idle());
    let keepalive = match config.get_keepalives_interval() {
        Some(interval) => keepalive.with_interval(interval),
        None => keepalive,
    };
    match config.get_keepalives_retries() {
        Some(retries) => keepalive.with_retries(retries),
        None => keepalive,
    }
}

/// A connection to a server.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: Stream,
    /// The time limit for the server's close, once this side is closed.
    close_wait: Option<Pin<Box<Sleep>>>,
}

#[derive(Debug)]
enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
}

macro_rules! on_stream {
    ($socket:expr, $stream:ident => $call:expr) => {
        match &mut $socket.stream {
            Stream::Tcp($stream) => $call,
            #[cfg(unix)]
            Stream::Unix($stream) => $call,
        }
    };
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => Pin::new(stream).poll_read(cx, into))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        on_stream!(self, stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        on_stream!(self, stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.close_wait.is_none() {
            ready!(on_stream!(this, stream => Pin::new(stream).poll_shutdown(cx)))?;
        }
        let close_wait = this.close_wait.get_or_insert_with(|| Box::pin(sleep(CLOSE_WAIT)));
        if close_wait.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut rest = [0; 1024];
        loop {
            let mut rest = ReadBuf::new(&mut rest);
            match ready!(on_stream!(this, stream => Pin::new(stream).poll_read(cx, &mut rest))) {
                Ok(()) if !rest.filled().is_empty() => {}
                // The server has closed its side, or the socket is broken.
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn a_dead_network_is_noticed_by_the_kernel() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let address = crate::exec::connect::address::Address::parse("postgres://h/d?keepalives_idle=7").expect("a URL");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let endpoint = Endpoint::Tcp(Ipv4Addr::LOCALHOST.into(), port);
        let opened = runtime.block_on(endpoint.open(&address.config)).expect("connects");
        let Stream::Tcp(stream) = &opened.stream else { panic!("{opened:?}") };
        let socket = SockRef::from(stream);
        assert!(socket.keepalive().expect("reads"));
        assert!(socket.tcp_nodelay().expect("reads"));
        #[cfg(target_os = "linux")]
        {
            assert_eq!(socket.tcp_user_timeout().expect("reads"), Some(Duration::from_secs(20)));
            assert_eq!(socket.tcp_keepalive_time().expect("reads"), Duration::from_secs(7));
        }
    }
}
