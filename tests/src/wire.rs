//! A proxy that counts the round trips of the connections through it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// A way to a database on which every request that waits for an answer is counted.
pub struct CountingProxy {
    url: String,
    requests: Arc<AtomicUsize>,
    /// How many requests must still come before an answer goes back.
    awaited: Arc<AtomicUsize>,
}

impl CountingProxy {
    /// Leads to the database at `url`.
    ///
    /// # Panics
    /// When `url` names no server.
    pub async fn to(url: &str) -> Self {
        let config: Config = url.parse().expect("a URL");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let user = config.get_user().unwrap_or("postgres");
        let database = config.get_dbname().expect("the URL names a database");
        // Encrypted messages could not be counted.
        let url = format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable");
        let requests = Arc::new(AtomicUsize::new(0));
        let awaited = Arc::new(AtomicUsize::new(0));
        let counters = (Arc::clone(&requests), Arc::clone(&awaited));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, config.clone(), counters.clone()));
            }
        });
        Self { url, requests, awaited }
    }

    /// The URL that leads through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many requests went through since the last call: simple queries, and `Sync`s of the extended protocol.
    pub fn take(&self) -> usize {
        self.requests.swap(0, Ordering::SeqCst)
    }

    /// Lets no answer pass before so many more requests have come: those that wait for each other's answers never end.
    pub fn hold_answers(&self, requests: usize) {
        self.awaited.store(requests, Ordering::SeqCst);
    }
}

type Counters = (Arc<AtomicUsize>, Arc<AtomicUsize>);

async fn serve(client: TcpStream, config: Config, counters: Counters) {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first().expect("the URL names a host") {
        Host::Tcp(host) => {
            let server = TcpStream::connect((host.as_str(), port)).await.expect("the server answers");
            relay(client, server, counters).await;
        }
        Host::Unix(path) => {
            let socket = path.join(format!(".s.PGSQL.{port}"));
            let server = UnixStream::connect(socket).await.expect("the server answers");
            relay(client, server, counters).await;
        }
    }
}

async fn relay(
    client: TcpStream,
    server: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    (counter, awaited): Counters,
) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = tokio::io::split(server);
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
    // The first message has no type byte: its length, then the rest.
    let mut head = [0_u8; 4];
    if from_client.read_exact(&mut head).await.is_err() {
        return;
    }
    let mut message = head.to_vec();
    message.resize(u32::from_be_bytes(head) as usize, 0);
    if from_client.read_exact(&mut message[4..]).await.is_err() || to_server.write_all(&message).await.is_err() {
        return;
    }
    let mut head = [0_u8; 5];
    while from_client.read_exact(&mut head).await.is_ok() {
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        let mut message = head.to_vec();
        message.resize(length + 1, 0);
        if from_client.read_exact(&mut message[5..]).await.is_err() || to_server.write_all(&message).await.is_err() {
            return;
        }
        if matches!(head[0], b'Q' | b'S') {
            counter.fetch_add(1, Ordering::SeqCst);
            let _ = awaited.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        }
    }
}
