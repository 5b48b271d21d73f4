//! A proxy that applies a fault to one message: it cuts the connection there, stalls, splits or delays it.
//!
//! Messages are counted from [`FaultProxy::arm`] on, per sender, over all connections that the plan covers. Requests to
//! cancel a statement pass unchanged and do not count.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::wire::ends::{Server, listen, server};
use crate::wire::message::{Message, first_message, message_after};

/// Who sends a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sender {
    /// The client: requests.
    Client,
    /// The server: answers.
    Server,
}

/// The fault of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not arrive, and both ends lose the connection: the client receives a reset.
    Reset,
    /// It does not arrive, and both ends lose the connection: the client reads a normal end of stream.
    End,
    /// Half of it arrives, and both ends lose the connection.
    Half,
    /// Neither it nor anything after it arrives. The connection stays open for as long as the client keeps it.
    Silence,
    /// It arrives late, and so does everything after it.
    Late(Duration),
    /// It arrives byte by byte.
    Bytes,
    /// It arrives in two pieces, with a pause between them.
    Pieces(Duration),
}

impl Fault {
    /// Returns whether everything arrives in the end, so that no result may change.
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::Late(_) | Self::Bytes | Self::Pieces(_))
    }

    /// Returns whether nothing tells the client that no answer will come.
    pub fn is_silent(self) -> bool {
        self == Self::Silence
    }
}

/// A message, and the fault that is applied to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The fault.
    pub fault: Fault,
    /// Who sends the message.
    pub sender: Sender,
    /// The number of the message, from 1.
    pub at: usize,
    /// The number of the connection, from 1 in the order in which they are made; if `None`, any connection.
    pub connection: Option<usize>,
}

/// A proxy to a database that applies a [`Plan`] to one message.
pub struct FaultProxy {
    url: String,
    plans: Arc<Mutex<Plans>>,
}

#[derive(Default)]
struct Plans {
    plan: Option<Plan>,
    seen: Seen,
    struck: bool,
    connections: usize,
}

/// The number of messages that each end has sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// The client's messages.
    pub client: usize,
    /// The server's messages.
    pub server: usize,
}

impl Seen {
    /// Returns the number for one sender.
    pub fn of(self, sender: Sender) -> usize {
        match sender {
            Sender::Client => self.client,
            Sender::Server => self.server,
        }
    }
}

impl FaultProxy {
    /// Starts a proxy to the database at `url`. No message is changed before [`arm`](Self::arm).
    ///
    /// # Panics
    /// When `url` names no server.
    pub async fn to(url: &str) -> Self {
        let (listener, config, url) = listen(url).await;
        let plans = Arc::new(Mutex::new(Plans::default()));
        let shared = Arc::clone(&plans);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (config, plans) = (config.clone(), Arc::clone(&shared));
                let connection = with(&plans, |plans| {
                    plans.connections += 1;
                    plans.connections
                });
                tokio::spawn(async move {
                    // The server is not running: the client reads the end of its connection.
                    if let Ok(server) = server(&config).await {
                        let _ = carry(client, server, &Watch { plans, connection }).await;
                    }
                });
            }
        });
        Self { url, plans }
    }

    /// Returns the URL that leads through the proxy.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Begins to count, and applies `plan` once.
    pub fn arm(&self, plan: Option<Plan>) {
        with(&self.plans, |plans| {
            plans.plan = plan;
            plans.seen = Seen::default();
            plans.struck = false;
        });
    }

    /// Ends the counting; returns the messages sent meanwhile, and whether the plan was applied. It is not applied any more.
    pub fn disarm(&self) -> (Seen, bool) {
        with(&self.plans, |plans| {
            plans.plan = None;
            (plans.seen, plans.struck)
        })
    }

    /// Waits until the plan is applied.
    pub async fn struck(&self) {
        while !with(&self.plans, |plans| plans.struck) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn with<T>(plans: &Mutex<Plans>, work: impl FnOnce(&mut Plans) -> T) -> T {
    work(&mut plans.lock().unwrap_or_else(PoisonError::into_inner))
}

/// One connection's view of the plan.
struct Watch {
    plans: Arc<Mutex<Plans>>,
    connection: usize,
}

impl Watch {
    /// Counts a message; returns its fault.
    fn meets(&self, sender: Sender) -> Option<Fault> {
        with(&self.plans, |plans| {
            let count = match sender {
                Sender::Client => &mut plans.seen.client,
                Sender::Server => &mut plans.seen.server,
            };
            if plans.plan.is_some_and(|plan| plan.connection.is_some_and(|meant| meant != self.connection)) {
                return None;
            }
            *count += 1;
            let at = *count;
            let plan = plans.plan.filter(|plan| !plans.struck && plan.sender == sender && plan.at == at)?;
            plans.struck = true;
            Some(plan.fault)
        })
    }
}

/// The reason why a direction ends.
enum End {
    /// Its sender has closed the connection.
    Closed,
    /// The connection is lost, as planned.
    Lost { reset: bool },
}

type Client = (BufReader<OwnedReadHalf>, OwnedWriteHalf);

async fn carry(client: TcpStream, (from_server, mut to_server): Server, watch: &Watch) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (read, write) = client.into_split();
    let (mut from_client, mut to_client): Client = (BufReader::new(read), write);
    let mut from_server = BufReader::new(from_server);
    let end = {
        let requests = requests(&mut from_client, &mut to_server, watch);
        let answers = answers(&mut from_server, &mut to_client, watch);
        tokio::select! {
            // When the server ends a connection, its last message is passed on first.
            biased;
            end = answers => (end, Sender::Server),
            end = requests => (end, Sender::Client),
        }
    };
    match end {
        (End::Lost { reset: true }, _) => to_client.as_ref().set_zero_linger()?,
        (End::Lost { reset: false }, _) | (End::Closed, Sender::Server) => {
            // Reads what the client still sends; otherwise the reset would reach its kernel before it has read what arrived.
            drop((from_server, to_server));
            to_client.shutdown().await?;
            let _ = tokio::time::timeout(Duration::from_secs(5), discard(&mut from_client)).await;
        }
        (End::Closed, Sender::Client) => {}
    }
    Ok(())
}

async fn requests(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin), watch: &Watch) -> End {
    let mut next = first_message(from).await;
    let cancels = next.as_ref().is_some_and(|first| first.bytes.get(4..8) == Some(&80_877_102_u32.to_be_bytes()));
    while let Some(message) = next {
        let fault = if cancels { None } else { watch.meets(Sender::Client) };
        if fault == Some(Fault::Silence) {
            discard(from).await;
            return End::Closed;
        }
        if let Some(end) = deliver(&message, to, fault).await {
            return end;
        }
        next = message_after(from).await;
    }
    End::Closed
}

async fn answers(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin), watch: &Watch) -> End {
    while let Some(message) = message_after(from).await {
        let fault = watch.meets(Sender::Server);
        if fault == Some(Fault::Silence) {
            // The other direction notices when the client gives up.
            return std::future::pending().await;
        }
        if let Some(end) = deliver(&message, to, fault).await {
            return end;
        }
    }
    End::Closed
}

/// Passes a message on with `fault`; returns the end of the connection if the fault is that.
async fn deliver(message: &Message, to: &mut (impl AsyncWrite + Unpin), fault: Option<Fault>) -> Option<End> {
    let bytes = &message.bytes;
    let (head, tail) = bytes.split_at(bytes.len() / 2);
    let sent = match fault {
        Some(Fault::Reset) => return Some(End::Lost { reset: true }),
        Some(Fault::End) => return Some(End::Lost { reset: false }),
        Some(Fault::Half) => {
            let _ = to.write_all(head).await;
            return Some(End::Lost { reset: false });
        }
        Some(Fault::Late(delay)) => {
            tokio::time::sleep(delay).await;
            to.write_all(bytes).await
        }
        Some(Fault::Bytes) => byte_by_byte(bytes, to).await,
        Some(Fault::Pieces(pause)) => match to.write_all(head).await {
            Ok(()) => {
                tokio::time::sleep(pause).await;
                to.write_all(tail).await
            }
            lost => lost,
        },
        Some(Fault::Silence) | None => to.write_all(bytes).await,
    };
    sent.is_err().then_some(End::Closed)
}

async fn byte_by_byte(bytes: &[u8], to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
    for byte in bytes {
        to.write_all(std::slice::from_ref(byte)).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

async fn discard(from: &mut (impl AsyncRead + Unpin)) {
    let mut bytes = [0_u8; 8192];
    while let Ok(1..) = from.read(&mut bytes).await {}
}
