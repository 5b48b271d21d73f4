//! A proxy that loses the first connection through it at one of its requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::wire::ends::{Server, listen, server};
use crate::wire::message::{first_message, message_after};

/// How the connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The message never arrives, and the server's process is terminated.
    Terminated,
    /// The server does what the message asks for, and its answer never arrives.
    AnswerLost,
}

/// A proxy to a database that loses the first connection at one of its messages.
pub struct CuttingProxy {
    url: String,
    cut: Arc<AtomicBool>,
}

impl CuttingProxy {
    /// Starts a proxy to the database at `url` that loses a connection at its request number `at`: a simple query,
    /// or a `Sync` of the extended protocol.
    ///
    /// # Panics
    /// When `url` names no server.
    pub async fn to(url: &str, at: usize, how: Cut) -> Self {
        let (listener, config, through) = listen(url).await;
        let (cut, direct) = (Arc::new(AtomicBool::new(false)), url.to_owned());
        let noted = Arc::clone(&cut);
        tokio::spawn(async move {
            // A server before 14 refuses the first attempt to connect, for a setting that it does not know.
            while !noted.load(Ordering::SeqCst) {
                let (client, _) = listener.accept().await.expect("somebody connects");
                let server = server(&config).await.expect("the server answers");
                lose(client, server, (at, how), (&direct, &noted)).await;
            }
        });
        Self { url: through, cut }
    }

    /// Returns the URL that leads through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns whether there was such a request, so that the connection is lost.
    pub fn has_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }
}

/// Forwards messages until the one to lose.
async fn lose(
    client: TcpStream,
    (mut from_server, mut to_server): Server,
    (at, how): (usize, Cut),
    (direct, noted): (&str, &AtomicBool),
) {
    let (mut from_client, mut to_client) = client.into_split();
    let silent = Arc::new(AtomicBool::new(false));
    let quiet = Arc::clone(&silent);
    let answers = tokio::spawn(async move {
        let mut answer = [0_u8; 8192];
        while let Ok(length @ 1..) = from_server.read(&mut answer).await {
            if quiet.load(Ordering::SeqCst) {
                return;
            }
            if to_client.write_all(&answer[..length]).await.is_err() {
                return;
            }
        }
    });
    let (mut requests, mut next) = (0, first_message(&mut from_client).await);
    while let Some(message) = next {
        requests += usize::from(message.is_request);
        let last = message.is_request && requests == at;
        if last {
            noted.store(true, Ordering::SeqCst);
            silent.store(how == Cut::AnswerLost, Ordering::SeqCst);
        }
        if last && how == Cut::Terminated {
            terminate(direct).await;
            let _ = answers.await;
            return;
        }
        if to_server.write_all(&message.bytes).await.is_err() {
            return;
        }
        if last {
            // The server has answered, so it has done what the request asks for.
            let _ = answers.await;
            return;
        }
        next = message_after(&mut from_client).await;
    }
}

/// Terminates the migrators at work in the database at `url`.
async fn terminate(url: &str) {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.expect("the server answers");
    tokio::spawn(connection);
    let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
               WHERE application_name = 'schemata' AND datname = current_database()";
    client.query(sql, &[]).await.expect("terminates");
}
