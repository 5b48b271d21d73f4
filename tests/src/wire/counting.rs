//! A proxy that counts the round trips of its connections, and can hold answers back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_postgres::Config;

use crate::wire::ends::{listen, server};
use crate::wire::message::{first_message, message_after};

/// A proxy to a database that counts every request that waits for an answer.
pub struct CountingProxy {
    url: String,
    requests: Arc<AtomicUsize>,
    /// How many more requests must arrive before an answer is passed on.
    awaited: Arc<AtomicUsize>,
    misspells_begin: Arc<AtomicBool>,
}

impl CountingProxy {
    /// Starts a proxy to the database at `url`.
    ///
    /// # Panics
    /// When `url` names no server.
    pub async fn to(url: &str) -> Self {
        let (listener, config, url) = listen(url).await;
        let requests = Arc::new(AtomicUsize::new(0));
        let awaited = Arc::new(AtomicUsize::new(0));
        let misspells_begin = Arc::new(AtomicBool::new(false));
        let counters = (Arc::clone(&requests), Arc::clone(&awaited), Arc::clone(&misspells_begin));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, config.clone(), counters.clone()));
            }
        });
        Self { url, requests, awaited, misspells_begin }
    }

    /// Returns the URL that leads through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns how many requests went through since the last call: simple queries, and `Sync`s of the extended protocol.
    pub fn take(&self) -> usize {
        self.requests.swap(0, Ordering::SeqCst)
    }

    /// Holds all answers back until this number of requests have arrived: requests that wait for each other's answers never
    /// end.
    pub fn hold_answers(&self, requests: usize) {
        self.awaited.store(requests, Ordering::SeqCst);
    }

    /// Misspells the next BEGIN, so that the server refuses it and remains outside a transaction.
    pub fn misspell_begin(&self) {
        self.misspells_begin.store(true, Ordering::SeqCst);
    }
}

type Counters = (Arc<AtomicUsize>, Arc<AtomicUsize>, Arc<AtomicBool>);

async fn serve(client: TcpStream, config: Config, (counter, awaited, misspells_begin): Counters) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server(&config).await.expect("the server answers");
    let missing = Arc::clone(&awaited);
    tokio::spawn(async move {
        let mut answer = [0_u8; 8192];
        while let Ok(length @ 1..) = from_server.read(&mut answer).await {
            while missing.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
            }
            if to_client.write_all(&answer[..length]).await.is_err() {
                return;
            }
        }
        let _ = to_client.shutdown().await;
    });
    let mut next = first_message(&mut from_client).await;
    while let Some(mut message) = next {
        if message.bytes.get(5..10) == Some(b"BEGIN") && misspells_begin.swap(false, Ordering::SeqCst) {
            message.bytes[5..10].copy_from_slice(b"BEGUN");
        }
        if to_server.write_all(&message.bytes).await.is_err() {
            return;
        }
        if message.is_request {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = awaited.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        }
        next = message_after(&mut from_client).await;
    }
}
