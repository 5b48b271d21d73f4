//! Making connections: with TLS or without, as the URL asks, and the task that drives each.

use tokio::task::JoinHandle;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, NoTls, Socket};

#[cfg(not(feature = "tls"))]
use crate::error::Error;
use crate::error::Result;
use crate::exec::own_session::{Mark, keeps_transactions, refused};
#[cfg(feature = "tls")]
use crate::exec::tls;
use crate::exec::url;
#[cfg(not(feature = "tls"))]
use crate::exec::url::TlsMode;

/// Where to connect to, and how: a URL, read.
#[derive(Clone)]
pub(crate) struct Address {
    /// What the driver needs; may be adjusted.
    pub(crate) config: Config,
    /// Whether a pooler may give each transaction another session. Else each connection must have a session of its own.
    pub(crate) behind_pooler: bool,
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
            behind_pooler: false,
        })
    }

    /// Connects to the first of the hosts that answers and is what `target_session_attrs` asks for, and makes sure that
    /// the session is what it is taken for.
    ///
    /// # Errors
    /// [`Error::Connect`](crate::Error::Connect), [`Error::Pooler`](crate::Error::Pooler).
    pub(crate) async fn dial(&self) -> Result<(Client, Driver)> {
        let mut config = self.config.clone();
        let mark = (!self.behind_pooler).then(|| Mark::put(&mut config));
        let connected = self.start(&config).await.map_err(|source| refused(&config, mark.is_some(), source))?;
        match mark {
            Some(mark) => mark.verify(&connected.0, &config).await?,
            None => keeps_transactions(&connected.0, &config).await?,
        }
        Ok(connected)
    }

    async fn start(&self, config: &Config) -> Result<(Client, Driver), tokio_postgres::Error> {
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.connector {
            return start_with(config, connector.clone()).await;
        }
        start_with(config, NoTls).await
    }
}

async fn start_with<T>(config: &Config, tls: T) -> Result<(Client, Driver), tokio_postgres::Error>
where
    T: MakeTlsConnect<Socket> + Send,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as tokio_postgres::tls::TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = config.connect(tls).await?;
    Ok((client, tokio::spawn(connection)))
}
