//! Connects to the first server that answers and is of the wanted kind, with or without TLS as the URL asks.
//!
//! Every wait is bounded: resolving a name, and each address's TCP, TLS and start-up together.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::error::{DriverError, Error, Result};
pub(crate) use crate::exec::connect::address::Address;
use crate::exec::connect::address::{Cause, resolve, tls_for};
use crate::exec::connect::driver_task::{Canceller, DriverTask};
use crate::exec::connect::pooler_detection::{SessionMark, keeps_transactions, refused};
use crate::exec::connect::socket::{Endpoint, Socket};
use crate::exec::connect::url::server_name;

/// A setting that makes a server check from time to time whether the client is still there while it runs a statement.
/// Servers before 14 refuse to start a session with it.
const CHECK_CLIENT: &str = "client_connection_check_interval";

/// The kind of server that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerRequirement {
    /// As `target_session_attrs` of the URL asks.
    AsConfigured,
    /// A server that takes writes, whatever the URL says.
    Writable,
}

impl Address {
    /// Connects to the first server that answers and is of the wanted kind. Each address has the whole connect timeout.
    ///
    /// # Errors
    /// [`Error::Connect`], with what the last server said; [`Error::Pooler`](crate::Error::Pooler).
    pub(crate) async fn dial(&self, wanted: ServerRequirement) -> Result<(Client, DriverTask)> {
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
                    // A pooler ends the search at once; no other cause is an error of this type.
                    Err(cause) => match cause.downcast::<Error>() {
                        Ok(error) => return Err(*error),
                        Err(cause) => last = cause,
                    },
                }
            }
        }
        Err(Error::Connect { server: server_name(&self.config), source: last })
    }

    /// Connects to one address.
    async fn reach(
        &self,
        endpoint: &Endpoint,
        hostname: &str,
        wanted: ServerRequirement,
    ) -> Result<(Client, DriverTask), Cause> {
        loop {
            let knows_old = self.is_old.load(Ordering::Acquire);
            let mut config = self.start_up(endpoint, !knows_old);
            let mark = (!self.behind_pooler).then(|| SessionMark::put(&mut config));
            match self.open(&config, endpoint, hostname).await {
                Err(error) if !knows_old && refuses_check_client(&error) => self.is_old.store(true, Ordering::Release),
                Err(cause) => return Err(refused(&config, mark.is_some(), cause)),
                Ok((client, ending)) => {
                    if let Err(cause) = self.greet(&client, &config, mark, wanted).await {
                        drop(client);
                        ending.leave();
                        return Err(cause);
                    }
                    return Ok((client, ending));
                }
            }
        }
    }

    /// Returns what a connection starts with: the settings that hold from its first statement on, and after every RESET.
    fn start_up(&self, endpoint: &Endpoint, checks_client: bool) -> Config {
        let mut config = self.config.clone();
        if !self.behind_pooler && checks_client {
            // The URL's options come last, so they win.
            let given = config.get_options().unwrap_or_default().to_owned();
            config.options(format!("-c {CHECK_CLIENT}=2000 {given}").trim_end());
        }
        match endpoint {
            Endpoint::Tcp(..) => {}
            // There is no TLS over a Unix socket.
            #[cfg(unix)]
            Endpoint::Unix(_) => drop(config.ssl_mode(SslMode::Disable)),
        }
        config
    }

    async fn open(&self, config: &Config, endpoint: &Endpoint, hostname: &str) -> Result<(Client, DriverTask), Cause> {
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
    ) -> Result<(Client, DriverTask), Cause>
    where
        T: TlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = config.connect_raw(socket, tls).await.map_err(DriverError::from)?;
        let driver = tokio::spawn(connection);
        let canceller = Canceller::new(self.clone(), endpoint.clone(), hostname.to_owned(), client.cancel_token());
        Ok((client, DriverTask::new(driver, canceller)))
    }

    /// Checks a new connection before anything else is sent: that its session is its own, and that the server takes writes,
    /// or takes none, as wanted.
    async fn greet(
        &self,
        client: &Client,
        config: &Config,
        mark: Option<SessionMark>,
        wanted: ServerRequirement,
    ) -> Result<(), Cause> {
        match mark {
            Some(mark) => mark.verify(client, config).await?,
            None => keeps_transactions(client, config).await?,
        }
        let unwanted = |what: &'static str| Cause::from(io::Error::new(io::ErrorKind::PermissionDenied, what));
        let read_only = match (wanted, self.config.get_target_session_attrs()) {
            (ServerRequirement::AsConfigured, TargetSessionAttrs::Any) => return Ok(()),
            (ServerRequirement::AsConfigured, TargetSessionAttrs::ReadOnly) => true,
            _ => false,
        };
        if is_read_only(client).await? == read_only {
            return Ok(());
        }
        Err(unwanted(if read_only { "the database is not read only" } else { "the database does not allow writes" }))
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, Cause>>) -> Result<T, Cause> {
    let silent = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {limit:?}"));
    timeout(limit, work).await.map_err(silent)?
}

/// Returns whether the server is too old for [`CHECK_CLIENT`].
fn refuses_check_client(error: &Cause) -> bool {
    let refusal = error.downcast_ref::<DriverError>().and_then(DriverError::db_error);
    refusal.is_some_and(|db| *db.code() == SqlState::UNDEFINED_OBJECT && db.message().contains(CHECK_CLIENT))
}

/// Returns whether a transaction that begins now could not write.
pub(crate) async fn is_read_only(client: &Client) -> Result<bool, DriverError> {
    let answer = client.simple_query("SHOW transaction_read_only").await?;
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"))))
}
