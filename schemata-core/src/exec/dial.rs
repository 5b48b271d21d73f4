//! Making connections: to the first server that answers and is what is asked for, with TLS or without, as the URL asks.
//!
//! Every wait is bounded: resolving a name, and each address's TCP, TLS and start-up together.

use std::error::Error as StdError;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_postgres::config::{Host, LoadBalanceHosts, SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{CancelToken, Client, Config, NoTls, SimpleQueryMessage};

use crate::error::{DriverError, Error, Result};
use crate::exec::ending::{Canceller, Ending};
use crate::exec::socket::{Endpoint, Socket};
#[cfg(feature = "tls")]
use crate::exec::tls;
#[cfg(not(feature = "tls"))]
use crate::exec::url::TlsMode;
use crate::exec::url::{self, server_name};

/// How long one address of a server may take, unless the URL says otherwise.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long sent data may stay unacknowledged before the connection counts as lost, unless the URL says otherwise.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(20);

/// Makes a server look now and then whether the client is still there while it runs a statement. Servers before 14 refuse
/// to start a session with it.
const CHECK_CLIENT: &str = "client_connection_check_interval";

type Cause = Box<dyn StdError + Send + Sync>;

/// Where to connect to, and how: a URL, read.
#[derive(Clone)]
pub(crate) struct Address {
    /// What the driver needs; may be adjusted.
    pub(crate) config: Config,
    /// Whether the start of a connection carries settings. Not through a pooler, which refuses them.
    pub(crate) has_settings: bool,
    /// The server turned out to be too old for [`CHECK_CLIENT`].
    is_old: Arc<AtomicBool>,
    #[cfg(feature = "tls")]
    connector: Option<tls::Connector>,
}

/// Which of several servers will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What `target_session_attrs` of the URL asks for.
    AsConfigured,
    /// One that takes writes, whatever the URL says.
    Writable,
}

impl Address {
    /// Reads a URL, and the certificates it names.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::UnsupportedUrl`], [`Error::Certificate`].
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (mut config, tls) = url::parse(text)?;
        #[cfg(not(feature = "tls"))]
        if tls.mode > TlsMode::Prefer && config.get_ssl_mode() == SslMode::Require {
            return Err(Error::UnsupportedUrl { setting: "TLS", instead: "build with the feature `tls`" });
        }
        bound_waits(&mut config);
        Ok(Self {
            #[cfg(feature = "tls")]
            connector: tls::connector(&tls)?,
            config,
            has_settings: true,
            is_old: Arc::default(),
        })
    }

    /// Whether writes are asked for by the URL itself.
    pub(crate) fn wants_writable(&self) -> bool {
        self.config.get_target_session_attrs() == TargetSessionAttrs::ReadWrite
    }

    /// Whether a server that takes no writes is asked for by the URL itself.
    pub(crate) fn wants_read_only(&self) -> bool {
        self.config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly
    }

    /// Connects to the first server that answers and is what is wanted. Each address has the connect timeout for itself.
    ///
    /// # Errors
    /// [`Error::Connect`], with what the last server said.
    pub(crate) async fn dial(&self, wanted: Wanted) -> Result<(Client, Ending)> {
        let mut last: Cause = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address").into();
        for (host, port) in self.hosts() {
            let endpoints = match within(self.limit(), resolve(&host.at, port)).await {
                Ok(endpoints) => endpoints,
                Err(cause) => {
                    last = cause;
                    continue;
                }
            };
            for endpoint in self.shuffled(endpoints) {
                match within(self.limit(), self.reach(&endpoint, &host.name, wanted)).await {
                    Ok(reached) => return Ok(reached),
                    Err(cause) => last = cause,
                }
            }
        }
        Err(Error::Connect { server: server_name(&self.config), source: last })
    }

    /// Sends a cancel request for the connection that `token` belongs to.
    pub(crate) async fn cancel(&self, endpoint: &Endpoint, hostname: &str, token: &CancelToken) -> Result<(), Cause> {
        let socket = endpoint.open(&self.config).await?;
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.connector {
            return Ok(token.cancel_query_raw(socket, tls_for(connector.clone(), hostname)?).await?);
        }
        Ok(token.cancel_query_raw(socket, tls_for(NoTls, hostname)?).await?)
    }

    /// Connects to one address.
    async fn reach(&self, endpoint: &Endpoint, hostname: &str, wanted: Wanted) -> Result<(Client, Ending), Cause> {
        loop {
            let knows_old = self.is_old.load(Ordering::Acquire);
            let config = self.start_up(endpoint, !knows_old);
            match self.open(&config, endpoint, hostname).await {
                Err(error) if !knows_old && refuses_check_client(&error) => self.is_old.store(true, Ordering::Release),
                Err(cause) => return Err(cause),
                Ok((client, ending)) => {
                    if let Err(cause) = self.greet(&client, wanted).await {
                        drop(client);
                        ending.leave();
                        return Err(cause);
                    }
                    return Ok((client, ending));
                }
            }
        }
    }

    /// What a connection starts with: the settings it is to have from its first statement on, and after every RESET.
    fn start_up(&self, endpoint: &Endpoint, checks_client: bool) -> Config {
        let mut config = self.config.clone();
        if self.has_settings && checks_client {
            // What the URL says comes last, and so wins.
            let given = config.get_options().unwrap_or_default().to_owned();
            config.options(format!("-c {CHECK_CLIENT}=2000 {given}").trim_end());
        }
        match endpoint {
            Endpoint::Tcp(..) => {}
            // TLS over a Unix socket does not exist.
            #[cfg(unix)]
            Endpoint::Unix(_) => drop(config.ssl_mode(SslMode::Disable)),
        }
        config
    }

    async fn open(&self, config: &Config, endpoint: &Endpoint, hostname: &str) -> Result<(Client, Ending), Cause> {
        let socket = endpoint.open(config).await?;
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.connector {
            return self.start(config, socket, tls_for(connector.clone(), hostname)?, endpoint, hostname).await;
        }
        self.start(config, socket, tls_for(NoTls, hostname)?, endpoint, hostname).await
    }

    async fn start<T>(
        &self,
        config: &Config,
        socket: Socket,
        tls: T,
        endpoint: &Endpoint,
        hostname: &str,
    ) -> Result<(Client, Ending), Cause>
    where
        T: TlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = config.connect_raw(socket, tls).await.map_err(DriverError::from)?;
        let driver = tokio::spawn(connection);
        let canceller = Canceller::new(self.clone(), endpoint.clone(), hostname.to_owned(), client.cancel_token());
        Ok((client, Ending::new(driver, canceller)))
    }

    /// Asks a new connection what has to be known of its server before it is used. Nothing, in most cases: then nothing is
    /// sent.
    async fn greet(&self, client: &Client, wanted: Wanted) -> Result<(), Cause> {
        let refused = |what: &'static str| Cause::from(io::Error::new(io::ErrorKind::PermissionDenied, what));
        let read_only = match (wanted, self.config.get_target_session_attrs()) {
            (Wanted::AsConfigured, TargetSessionAttrs::Any) => return Ok(()),
            (Wanted::AsConfigured, TargetSessionAttrs::ReadOnly) => true,
            _ => false,
        };
        if is_read_only(client).await? == read_only {
            return Ok(());
        }
        Err(refused(if read_only { "the database is not read only" } else { "the database does not allow writes" }))
    }

    /// How long one address may take.
    fn limit(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(CONNECT_LIMIT)
    }

    /// The hosts to try, in this order, with their ports.
    fn hosts(&self) -> Vec<(Target, u16)> {
        let (names, addresses) = (self.config.get_hosts(), self.config.get_hostaddrs());
        let hosts = (0..names.len().max(addresses.len())).map(|at| {
            let ports = self.config.get_ports();
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            (Target::of(names.get(at), addresses.get(at)), port)
        });
        self.shuffled(hosts.collect())
    }

    /// As the URL has them, or in random order where it says so.
    fn shuffled<T>(&self, mut all: Vec<T>) -> Vec<T> {
        if self.config.get_load_balance_hosts() == LoadBalanceHosts::Random {
            let random = RandomState::new();
            let mut order: Vec<(u64, T)> =
                all.drain(..).enumerate().map(|(at, one)| (random.hash_one(at), one)).collect();
            order.sort_by_key(|(key, _)| *key);
            all.extend(order.into_iter().map(|(_, one)| one));
        }
        all
    }
}

/// One host of a URL.
struct Target {
    /// The name a certificate must be made for; empty for a Unix socket.
    name: String,
    at: Place,
}

enum Place {
    Name(String),
    Address(IpAddr),
    #[cfg(unix)]
    Directory(std::path::PathBuf),
}

impl Target {
    fn of(host: Option<&Host>, address: Option<&IpAddr>) -> Self {
        match (host, address) {
            (Some(Host::Tcp(name)), None) => Self { name: name.clone(), at: Place::Name(name.clone()) },
            (Some(Host::Tcp(name)), Some(address)) => Self { name: name.clone(), at: Place::Address(*address) },
            #[cfg(unix)]
            (Some(Host::Unix(path)), _) => Self { name: String::new(), at: Place::Directory(path.clone()) },
            (None, Some(address)) => Self { name: address.to_string(), at: Place::Address(*address) },
            (None, None) => Self { name: String::new(), at: Place::Name(String::new()) },
        }
    }
}

/// Sets what bounds the waits on a dead network, where the URL does not.
fn bound_waits(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_LIMIT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED_LIMIT);
    }
    // The driver's default, two hours, is the kernel's: a firewall has long forgotten the connection by then.
    if config.get_keepalives_idle() == Duration::from_secs(2 * 60 * 60) {
        config.keepalives_idle(Duration::from_secs(30));
        config.keepalives_interval(Duration::from_secs(10));
        config.keepalives_retries(3);
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    let silent = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {limit:?}"));
    timeout(limit, work).await.map_err(silent)?
}

async fn resolve(place: &Place, port: u16) -> Result<Vec<Endpoint>, Cause> {
    Ok(match place {
        Place::Name(name) => {
            lookup_host((name.as_str(), port)).await?.map(|found| Endpoint::Tcp(found.ip(), port)).collect()
        }
        Place::Address(address) => vec![Endpoint::Tcp(*address, port)],
        #[cfg(unix)]
        Place::Directory(path) => vec![Endpoint::Unix(path.join(format!(".s.PGSQL.{port}")))],
    })
}

fn tls_for<T>(mut tls: T, hostname: &str) -> Result<T::TlsConnect, Cause>
where
    T: MakeTlsConnect<Socket>,
{
    tls.make_tls_connect(hostname).map_err(Into::into)
}

/// Whether the server is too old for [`CHECK_CLIENT`].
fn refuses_check_client(error: &Cause) -> bool {
    let refusal = error.downcast_ref::<DriverError>().and_then(DriverError::db_error);
    refusal.is_some_and(|db| *db.code() == SqlState::UNDEFINED_OBJECT && db.message().contains(CHECK_CLIENT))
}

/// Whether a transaction begun now could not write.
pub(crate) async fn is_read_only(client: &Client) -> Result<bool, DriverError> {
    let answer = client.simple_query("SHOW transaction_read_only").await?;
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"))))
}
