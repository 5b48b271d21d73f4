//! Making connections: with TLS or without, as the URL asks, and the task that drives each.

use tokio::task::JoinHandle;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

use crate::error::{Error, Result};
#[cfg(feature = "tls")]
use crate::exec::tls;
#[cfg(not(feature = "tls"))]
use crate::exec::url::TlsMode;
use crate::exec::url::{self, server_name};

/// Where to connect to, and how: a URL, read.
#[derive(Clone)]
pub(crate) struct Address {
    /// What the driver needs; may be adjusted.
    pub(crate) config: Config,
    #[cfg(feature = "tls")]
    connector: Option<tls::Connector>,
}

/// The task that drives a connection; it ends when the client is dropped.
pub(crate) type Driver = JoinHandle<Result<(), tokio_postgres::Error>>;

impl Address {
    /// Reads a URL, and the certificates it names.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::UnsupportedUrl`], [`Error::Certificate`].
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (config, tls) = url::parse(text)?;
        #[cfg(not(feature = "tls"))]
        if tls.mode > TlsMode::Prefer && config.get_ssl_mode() == tokio_postgres::config::SslMode::Require {
            return Err(Error::UnsupportedUrl { setting: "TLS", instead: "build with the feature `tls`" });
        }
        Ok(Self {
            #[cfg(feature = "tls")]
            connector: tls::connector(&tls)?,
            config,
        })
    }

    /// Connects to the first of the hosts that answers and is what `target_session_attrs` asks for.
    ///
    /// # Errors
    /// [`Error::Connect`].
    pub(crate) async fn dial(&self) -> Result<(Client, Driver)> {
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.connector {
            return self.dial_with(connector.clone()).await;
        }
        self.dial_with(NoTls).await
    }

    async fn dial_with<T>(&self, tls: T) -> Result<(Client, Driver)>
    where
        T: MakeTlsConnect<Socket> + Send,
        T::Stream: Send + 'static,
        T::TlsConnect: Send,
        <T::TlsConnect as tokio_postgres::tls::TlsConnect<Socket>>::Future: Send,
    {
        let (client, connection) = self.config.connect(tls).await.map_err(|source| Error::Connect {
            server: server_name(&self.config),
            source: crate::error::DriverError::from(source).into(),
        })?;
        Ok((client, tokio::spawn(connection)))
    }
}
