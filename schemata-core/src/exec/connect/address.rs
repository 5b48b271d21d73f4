//! A parsed database URL: the driver's configuration, the TLS connector, and the servers in the order in which they are
//! tried. Connecting is in `dial`.

use std::error::Error as StdError;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::net::lookup_host;
#[cfg(not(feature = "tls"))]
use tokio_postgres::config::SslMode;
use tokio_postgres::config::{Host, LoadBalanceHosts, TargetSessionAttrs};
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{CancelToken, Config, NoTls};

use crate::error::Result;
use crate::exec::connect::socket::{Endpoint, Socket};
#[cfg(feature = "tls")]
use crate::exec::connect::tls;
#[cfg(not(feature = "tls"))]
use crate::exec::connect::tls_settings::TlsMode;
use crate::exec::connect::url;

/// The connect timeout per address of a server, unless the URL sets one.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long sent data may stay unacknowledged before the connection counts as lost, unless the URL says otherwise.
const UNACKNOWLEDGED_LIMIT: Duration = Duration::from_secs(20);

/// Why a server cannot be reached.
pub(crate) type ConnectCause = Box<dyn StdError + Send + Sync>;

/// A parsed database URL.
#[derive(Clone)]
pub(crate) struct Address {
    /// The driver's configuration; it may be adjusted.
    pub(crate) config: Config,
    /// Whether the connection goes through a pooler that assigns a server session per transaction and does not pass on
    /// start-up settings. If false, a connection without a session of its own is refused.
    pub(crate) behind_pooler: bool,
    /// Whether a server has refused `client_connection_check_interval`, as servers before 14 do.
    pub(crate) is_old: Arc<AtomicBool>,
    #[cfg(feature = "tls")]
    pub(crate) connector: Option<tls::Connector>,
}

impl Address {
    /// Reads a URL and the certificates that it names.
    ///
    /// # Errors
    /// [`Error::Url`](crate::Error::Url), [`UnsupportedUrl`](crate::Error::UnsupportedUrl),
    /// [`Certificate`](crate::Error::Certificate).
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (mut config, tls) = url::parse(text)?;
        #[cfg(not(feature = "tls"))]
        if tls.mode > TlsMode::Prefer && config.get_ssl_mode() == SslMode::Require {
            return Err(crate::error::Error::UnsupportedUrl {
                setting: "TLS",
                instead: "build with the feature `tls`",
            });
        }
        check_counts(&config)?;
        bound_waits(&mut config);
        Ok(Self {
            #[cfg(feature = "tls")]
            connector: tls::connector(&tls)?,
            config,
            behind_pooler: false,
            is_old: Arc::default(),
        })
    }

    /// Returns whether the URL asks for a server that takes writes.
    pub(crate) fn wants_writable(&self) -> bool {
        self.config.get_target_session_attrs() == TargetSessionAttrs::ReadWrite
    }

    /// Returns whether the URL asks for a server that takes no writes.
    pub(crate) fn wants_read_only(&self) -> bool {
        self.config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly
    }

    /// Sends a cancel request for the connection that `token` belongs to.
    pub(crate) async fn cancel(
        &self,
        endpoint: &Endpoint,
        hostname: &str,
        token: &CancelToken,
    ) -> Result<(), ConnectCause> {
        let socket = endpoint.open(&self.config).await?;
        #[cfg(feature = "tls")]
        if let Some(connector) = &self.connector {
            return Ok(token.cancel_query_raw(socket, tls_for(connector.clone(), hostname)?).await?);
        }
        Ok(token.cancel_query_raw(socket, tls_for(NoTls, hostname)?).await?)
    }

    /// Returns the connect timeout per address.
    pub(crate) fn limit(&self) -> Duration {
        self.config.get_connect_timeout().copied().unwrap_or(CONNECT_LIMIT)
    }

    /// Returns the hosts with their ports, in the order in which they are tried.
    pub(crate) fn hosts(&self) -> Vec<(ServerHost, u16)> {
        let (names, addresses) = (self.config.get_hosts(), self.config.get_hostaddrs());
        let hosts = (0..names.len().max(addresses.len())).map(|at| {
            let ports = self.config.get_ports();
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            (ServerHost::new(names.get(at), addresses.get(at)), port)
        });
        self.shuffled(hosts.collect())
    }

    /// Returns `all` in the given order, or in random order if the URL sets `load_balance_hosts=random`.
    pub(crate) fn shuffled<T>(&self, mut all: Vec<T>) -> Vec<T> {
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
pub(crate) struct ServerHost {
    /// The name that the server's certificate must state; empty for a Unix socket.
    pub(crate) name: String,
    pub(crate) location: HostLocation,
}

/// A host as the URL gives it, before names are resolved.
pub(crate) enum HostLocation {
    Name(String),
    Address(IpAddr),
    #[cfg(unix)]
    Directory(std::path::PathBuf),
}

impl ServerHost {
    fn new(host: Option<&Host>, address: Option<&IpAddr>) -> Self {
        match (host, address) {
            (Some(Host::Tcp(name)), None) => Self { name: name.clone(), location: HostLocation::Name(name.clone()) },
            (Some(Host::Tcp(name)), Some(address)) => {
                Self { name: name.clone(), location: HostLocation::Address(*address) }
            }
            #[cfg(unix)]
            (Some(Host::Unix(path)), _) => {
                Self { name: String::new(), location: HostLocation::Directory(path.clone()) }
            }
            (None, Some(address)) => Self { name: address.to_string(), location: HostLocation::Address(*address) },
            (None, None) => Self { name: String::new(), location: HostLocation::Name(String::new()) },
        }
    }
}

/// Refuses lists of hosts, addresses and ports whose lengths do not match.
fn check_counts(config: &Config) -> Result<()> {
    let (hosts, addresses) = (config.get_hosts().len(), config.get_hostaddrs().len());
    let refused = |setting, instead| Err(crate::error::Error::UnsupportedUrl { setting, instead });
    if hosts > 0 && addresses > 0 && hosts != addresses {
        return refused("different numbers of hosts and of hostaddr", "give one address per host");
    }
    if config.get_ports().len() > 1 && config.get_ports().len() != hosts.max(addresses) {
        return refused("different numbers of ports and of hosts", "give one port for all hosts, or one per host");
    }
    Ok(())
}

/// Sets the limits for waits on a dead network, unless the URL sets them.
fn bound_waits(config: &mut Config) {
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT_LIMIT);
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(UNACKNOWLEDGED_LIMIT);
    }
    // The driver's default is the kernel's, two hours; firewalls drop idle connections much earlier.
    if config.get_keepalives_idle() == Duration::from_secs(2 * 60 * 60) {
        config.keepalives_idle(Duration::from_secs(30));
        config.keepalives_interval(Duration::from_secs(10));
        config.keepalives_retries(3);
    }
}

/// Resolves a host to the endpoints at which it listens.
pub(crate) async fn resolve(location: &HostLocation, port: u16) -> Result<Vec<Endpoint>, ConnectCause> {
    Ok(match location {
        HostLocation::Name(name) => {
            lookup_host((name.as_str(), port)).await?.map(|address| Endpoint::Tcp(address.ip(), port)).collect()
        }
        HostLocation::Address(address) => vec![Endpoint::Tcp(*address, port)],
        #[cfg(unix)]
        HostLocation::Directory(path) => vec![Endpoint::Unix(path.join(format!(".s.PGSQL.{port}")))],
    })
}

/// Returns the TLS connector for one connection.
pub(crate) fn tls_for<T>(mut tls: T, hostname: &str) -> Result<T::TlsConnect, ConnectCause>
where
    T: MakeTlsConnect<Socket>,
{
    tls.make_tls_connect(hostname).map_err(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_has_its_port_and_its_address() {
        let read = |url: &str| {
            let address = Address::parse(url)?;
            let host = |(host, port): (ServerHost, u16)| {
                let location = match host.location {
                    HostLocation::Name(name) => name,
                    HostLocation::Address(address) => address.to_string(),
                    #[cfg(unix)]
                    HostLocation::Directory(path) => path.display().to_string(),
                };
                (host.name, location, port)
            };
            Ok::<_, crate::Error>(address.hosts().into_iter().map(host).collect::<Vec<_>>())
        };
        let is = |name: &str, location: &str, port| (name.to_owned(), location.to_owned(), port);
        let two = read("postgres://a:1,b:2/d").expect("a URL");
        assert_eq!(two, [is("a", "a", 1), is("b", "b", 2)]);
        let addressed = read("host=a,b hostaddr=10.0.0.1,10.0.0.2 port=7").expect("a URL");
        assert_eq!(addressed, [is("a", "10.0.0.1", 7), is("b", "10.0.0.2", 7)]);
        assert_eq!(read("hostaddr=10.0.0.1").expect("a URL"), [is("10.0.0.1", "10.0.0.1", 5432)]);
        for url in ["host=a,b port=1,2,3", "host=a,b hostaddr=10.0.0.1"] {
            assert!(matches!(read(url), Err(crate::Error::UnsupportedUrl { .. })), "{url}");
        }
    }
}
