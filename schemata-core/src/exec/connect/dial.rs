//! Connects to the first server that answers and meets the requirement, with or without TLS as the URL asks.
//!
//! Two waits are bounded by the connect timeout each: resolving a name, and TCP, TLS and start-up of one address together.

use std::io;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::error::SqlState;
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::{Client, Config, NoTls, SimpleQueryMessage};

use crate::error::{DriverError, Error, Result};
use crate::exec::connect::address::{Address, ConnectCause, resolve, tls_for};
use crate::exec::connect::cancel_and_close::{Canceller, DriverTask};
use crate::exec::connect::pooler_detection::{SessionMark, SessionReadings, explain_refusal, refuse_statement_mode};
use crate::exec::connect::socket::{Endpoint, Socket};
use crate::exec::connect::url::server_name;

/// The setting that makes a server check periodically, while it runs a statement, whether the client is still connected.
/// Servers before 14 refuse to start a session with it.
const CHECK_CLIENT: &str = "client_connection_check_interval";

/// Which servers are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerRequirement {
    /// Those that match `target_session_attrs` of the URL.
    AsConfigured,
    /// Those that take writes, regardless of the URL.
    Writable,
}

/// A new connection.
pub(crate) struct Dialed {
    pub(crate) client: Client,
    pub(crate) driver_task: DriverTask,
    /// The process id of its server session; `None` behind a pooler, where each transaction may have another one.
    pub(crate) backend: Option<i32>,
}

impl Address {
    /// Connects to the first server that answers and meets the requirement. Each address has the whole connect timeout.
    /// After [`SessionReadings::One`], the caller has to compare [`Dialed::backend`] before it relies on the session.
    ///
    /// # Errors
    /// [`Error::Connect`], with the failure of the server tried last; [`Error::Pooler`](crate::Error::Pooler).
    pub(crate) async fn dial(&self, requirement: ServerRequirement, readings: SessionReadings) -> Result<Dialed> {
        let mut last: ConnectCause = io::Error::new(io::ErrorKind::InvalidInput, "the name has no address").into();
        for (host, port) in self.hosts() {
            let endpoints = match within(self.limit(), resolve(&host.location, port)).await {
                Ok(endpoints) => endpoints,
                Err(cause) => {
                    last = cause;
                    continue;
                }
            };
            for endpoint in self.shuffled(endpoints) {
                match within(self.limit(), self.connect_to(&endpoint, &host.name, requirement, readings)).await {
                    Ok(connected) => return Ok(connected),
                    // Only the detection of a pooler yields an `Error`, and it ends the search at once.
                    Err(cause) => match cause.downcast::<Error>() {
                        Ok(error) => return Err(*error),
                        Err(cause) => last = cause,
                    },
                }
            }
        }
        Err(Error::Connect { server: server_name(&self.config), source: last })
    }

    /// Connects to one endpoint and checks the session.
    async fn connect_to(
        &self,
        endpoint: &Endpoint,
        hostname: &str,
        requirement: ServerRequirement,
        readings: SessionReadings,
    ) -> Result<Dialed, ConnectCause> {
        loop {
            let knows_old = self.is_old.load(Ordering::Acquire);
            let mut config = self.start_up_config(endpoint, !knows_old);
            let mark = (!self.behind_pooler).then(|| SessionMark::add_to(&mut config));
            match self.open(&config, endpoint, hostname).await {
                Err(error) if !knows_old && refuses_check_client(&error) => self.is_old.store(true, Ordering::Release),
                Err(cause) => return Err(explain_refusal(&config, mark.is_some(), cause)),
                Ok((client, driver_task)) => {
                    let mark = mark.map(|mark| (mark, readings));
                    return match self.check_session(&client, &config, mark, requirement).await {
                        Ok(backend) => Ok(Dialed { client, driver_task, backend }),
                        Err(cause) => {
                            drop(client);
                            driver_task.detach();
                            Err(cause)
                        }
                    };
                }
            }
        }
    }

    /// Returns the configuration of a new connection: its settings hold from the first statement on, and after every RESET.
    fn start_up_config(&self, endpoint: &Endpoint, checks_client: bool) -> Config {
        let mut config = self.config.clone();
        if !self.behind_pooler && checks_client {
            // Options given later win, so the URL overrides this one.
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

    async fn open(
        &self,
        config: &Config,
        endpoint: &Endpoint,
        hostname: &str,
    ) -> Result<(Client, DriverTask), ConnectCause> {
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
    ) -> Result<(Client, DriverTask), ConnectCause>
    where
        T: TlsConnect<Socket>,
        T::Stream: Send + 'static,
    {
        let (client, connection) = config.connect_raw(socket, tls).await.map_err(DriverError::from)?;
        let task = tokio::spawn(connection);
        let canceller = Canceller::new(self.clone(), endpoint.clone(), hostname.to_owned(), client.cancel_token());
        Ok((client, DriverTask::new(task, canceller)))
    }

    /// Checks a new connection before anything else is sent: whether it has a session of its own, and whether the server
    /// meets the requirement. Returns the process id of the session if it is the connection's own.
    async fn check_session(
        &self,
        client: &Client,
        config: &Config,
        mark: Option<(SessionMark, SessionReadings)>,
        requirement: ServerRequirement,
    ) -> Result<Option<i32>, ConnectCause> {
        let backend = if let Some((mark, readings)) = mark {
            Some(mark.verify(client, config, readings).await?)
        } else {
            refuse_statement_mode(client, config).await?;
            None
        };
        let must_be_read_only = match (requirement, self.config.get_target_session_attrs()) {
            (ServerRequirement::AsConfigured, TargetSessionAttrs::Any) => return Ok(backend),
            (ServerRequirement::AsConfigured, TargetSessionAttrs::ReadOnly) => true,
            _ => false,
        };
        if is_read_only(client).await? == must_be_read_only {
            return Ok(backend);
        }
        let message =
            if must_be_read_only { "the database is not read only" } else { "the database does not allow writes" };
        Err(io::Error::new(io::ErrorKind::PermissionDenied, message).into())
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, ConnectCause>>) -> Result<T, ConnectCause> {
    let elapsed = |_| io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {limit:?}"));
    timeout(limit, work).await.map_err(elapsed)?
}

/// Returns whether the server is too old for [`CHECK_CLIENT`].
fn refuses_check_client(error: &ConnectCause) -> bool {
    let refusal = error.downcast_ref::<DriverError>().and_then(DriverError::db_error);
    refusal.is_some_and(|db| *db.code() == SqlState::UNDEFINED_OBJECT && db.message().contains(CHECK_CLIENT))
}

/// Returns whether a transaction that begins now would be read only.
pub(crate) async fn is_read_only(client: &Client) -> Result<bool, DriverError> {
    let answer = client.simple_query("SHOW transaction_read_only").await?;
    Ok(answer.iter().any(|message| matches!(message, SimpleQueryMessage::Row(row) if row.get(0) == Some("on"))))
}
