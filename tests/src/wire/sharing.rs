//! A pooler that passes start-up settings on, and yet gives a client another server session from some transaction on.

use std::collections::VecDeque;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_postgres::Config;

use crate::wire::ends::{Server, listen, server};
use crate::wire::message::{Message, first_message, message_after};

/// A proxy to a database with two sessions per client, both started with what the client sent.
pub struct SharingProxy {
    url: String,
}

impl SharingProxy {
    /// Starts a proxy to the database at `url`: the first `transactions` of a client run in its first session, the others in
    /// its second.
    ///
    /// # Panics
    /// When `url` names no server.
    pub async fn to(url: &str, transactions: usize) -> Self {
        let (listener, config, url) = listen(url).await;
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, config.clone(), transactions));
            }
        });
        Self { url }
    }

    /// Returns the URL that leads through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }
}

async fn serve(mut client: TcpStream, config: Config, mut transactions: usize) -> Option<()> {
    let start = first_message(&mut client).await?;
    let mut sessions = VecDeque::new();
    for number in 0..2 {
        let mut session = server(&config).await.expect("the server answers");
        session.1.write_all(&start.bytes).await.ok()?;
        let answers = answers(&mut session).await;
        if number == 0 {
            client.write_all(&answers.bytes).await.ok()?;
        }
        if answers.is_last {
            return None;
        }
        sessions.push_back(session);
    }
    while let Some(message) = message_after(&mut client).await {
        let session = sessions.front_mut()?;
        session.1.write_all(&message.bytes).await.ok()?;
        if !message.is_request {
            continue;
        }
        let answers = answers(session).await;
        client.write_all(&answers.bytes).await.ok()?;
        if answers.is_last {
            return None;
        }
        if answers.is_idle {
            transactions = transactions.saturating_sub(1);
        }
        if transactions == 0 && sessions.len() == 2 {
            // The session that is left stays open: its locks would stay as well.
            sessions.rotate_left(1);
            transactions = usize::MAX;
        }
    }
    Some(())
}

/// The answers to one request.
struct Answers {
    bytes: Vec<u8>,
    /// Whether no transaction is open afterwards.
    is_idle: bool,
    /// Whether the server has closed the connection after them: it refused to start a session.
    is_last: bool,
}

/// Reads up to the message that says that the server waits for a request.
async fn answers((from_server, _): &mut Server) -> Answers {
    let mut bytes = Vec::new();
    while let Some(Message { bytes: message, .. }) = message_after(from_server).await {
        bytes.extend(&message);
        if message[0] == b'Z' {
            return Answers { bytes, is_idle: message.last() == Some(&b'I'), is_last: false };
        }
    }
    Answers { bytes, is_idle: false, is_last: true }
}
