//! Proxies: one counts the round trips of the connections through it, one loses a connection at a message.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
        let (listener, config, url) = listen(url).await;
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

async fn serve(client: TcpStream, config: Config, (counter, awaited): Counters) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server(&config).await;
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
    while let Some(message) = next {
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

/// How a connection is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The message never arrives, and the server's process is terminated.
    Terminated,
    /// The server does what the message asks for, and its answer never arrives.
    AnswerLost,
}

/// A way to a database on which the first connection is lost at one of its messages.
pub struct CuttingProxy {
    url: String,
    cut: Arc<AtomicBool>,
}

impl CuttingProxy {
    /// Leads to the database at `url`, and loses the first connection at its request number `at`: a simple query, or a `Sync`
    /// of the extended protocol.
    ///
    /// # Panics
    /// When `url` names no server.
    pub async fn to(url: &str, at: usize, how: Cut) -> Self {
        let (listener, config, through) = listen(url).await;
        let (cut, direct) = (Arc::new(AtomicBool::new(false)), url.to_owned());
        let noted = Arc::clone(&cut);
        tokio::spawn(async move {
            let (client, _) = listener.accept().await.expect("somebody connects");
            let server = server(&config).await;
            lose(client, server, (at, how), (&direct, &noted)).await;
        });
        Self { url: through, cut }
    }

    /// The URL that leads through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether there was such a request, and the connection is lost.
    pub fn has_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }
}

/// A port of this machine, the configuration of the database at `url`, and the URL that leads there through the port.
async fn listen(url: &str) -> (TcpListener, Config, String) {
    let config: Config = url.parse().expect("a URL");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let user = config.get_user().unwrap_or("postgres");
    let database = config.get_dbname().expect("the URL names a database");
    // Encrypted messages could not be told apart.
    let through = format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable");
    (listener, config, through)
}

/// What comes from the server, and what goes to it.
type Server = (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

async fn server(config: &Config) -> Server {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first().expect("the URL names a host") {
        Host::Tcp(host) => {
            let stream = TcpStream::connect((host.as_str(), port)).await.expect("the server answers");
            let (read, write) = stream.into_split();
            (Box::new(read), Box::new(write))
        }
        Host::Unix(path) => {
            let socket = path.join(format!(".s.PGSQL.{port}"));
            let (read, write) = UnixStream::connect(socket).await.expect("the server answers").into_split();
            (Box::new(read), Box::new(write))
        }
    }
}

/// A message of the client's.
struct Message {
    bytes: Vec<u8>,
    /// Whether the client waits for an answer now: a simple query, or a `Sync` of the extended protocol.
    is_request: bool,
}

/// The first message has no type byte: its length, then the rest.
async fn first_message(from: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    Some(Message { bytes: with_length(from, Vec::new()).await?, is_request: false })
}

async fn message_after(from: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    let kind = from.read_u8().await.ok()?;
    Some(Message { bytes: with_length(from, vec![kind]).await?, is_request: matches!(kind, b'Q' | b'S') })
}

/// `bytes`, a length that counts itself, and the rest.
async fn with_length(from: &mut (impl AsyncRead + Unpin), mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let length = from.read_u32().await.ok()?;
    bytes.extend(length.to_be_bytes());
    let begin = bytes.len();
    bytes.resize(begin + (length as usize).checked_sub(4)?, 0);
    from.read_exact(&mut bytes[begin..]).await.ok()?;
    Some(bytes)
}

/// Carries messages until the one to lose.
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
            // It has answered: what was asked for is done.
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
