//! `Db`: a pool of connections and the PostgreSQL schema to work in.

use std::future::Future;
use std::str::FromStr;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use tokio_postgres::NoTls;
use tokio_postgres::config::{Config, Host, SslMode};

use crate::error::{Error, Result};
use crate::exec::executor::{Executor, Road, Target, schema_name};
use crate::exec::transaction::{self, Tx};
use crate::ident::Ident;

/// A handle on a database: a pool, and a schema for the tables that name none. Cheap to clone.
///
/// ```no_run
/// # use schemata::Db;
/// # async fn f() -> schemata::Result<()> {
/// let db = Db::connect("postgres://app:secret@localhost/shop").await?;
/// let tenant = db.in_schema("tenant_abc")?; // the same pool, another schema
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    schema: Ident,
}

impl Db {
    /// Connects with a pool of up to sixteen connections, and tries one at once, so that a wrong address fails here.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::UnsupportedUrl`] for `sslmode=require` and stricter, [`Error::Connect`].
    pub async fn connect(url: &str) -> Result<Self> {
        let config = parse_url(url)?;
        let manager =
            Manager::from_config(config.clone(), NoTls, ManagerConfig { recycling_method: RecyclingMethod::Fast });
        let connect_error = |source| Error::Connect { server: server_name(&config), source };
        let pool = Pool::builder(manager).max_size(16).build().map_err(|source| connect_error(source.into()))?;
        drop(pool.get().await.map_err(|source| connect_error(source.into()))?);
        Ok(Self { pool, schema: Ident::public() })
    }

    /// The same pool, with `schema` for the models that name none. Nothing is sent: statements name their schema, so
    /// no setting can leak from one use of a connection to the next.
    ///
    /// # Errors
    /// [`Error::Ident`] when `schema` cannot be an identifier.
    pub fn in_schema(&self, schema: &str) -> Result<Self> {
        Ok(Self { pool: self.pool.clone(), schema: schema_name(schema)? })
    }

    /// Runs `work` in a transaction: committed when it returns `Ok`, rolled back when it returns `Err`, panics, or is
    /// dropped half-way.
    ///
    /// ```no_run
    /// # use schemata::{Db, Result};
    /// # async fn f(db: Db) -> Result<()> {
    /// db.transaction(|tx| async move {
    ///     // every call takes `&tx` where it took `&db`
    ///     # let _ = &tx;
    ///     Ok::<_, schemata::Error>(())
    /// })
    /// .await
    /// # }
    /// ```
    ///
    /// # Errors
    /// What `work` returns; [`Error::Connect`] or [`Error::Transaction`] where the database refuses.
    pub async fn transaction<T, E, W, F>(&self, work: W) -> Result<T, E>
    where
        W: FnOnce(Tx) -> F + Send,
        F: Future<Output = Result<T, E>> + Send,
        T: Send,
        E: From<Error> + Send,
    {
        transaction::run(&self.pool, &self.schema, work).await
    }
}

impl Executor for Db {
    fn target(&self) -> Target<'_> {
        Target { road: Road::Pool(&self.pool), schema: &self.schema }
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Db").field("schema", &self.schema).field("pool", &self.pool.status()).finish()
    }
}

/// Reads a URL, and refuses what would quietly be left undone.
pub(crate) fn parse_url(url: &str) -> Result<Config> {
    let mut config = Config::from_str(url).map_err(|source| Error::Url { source })?;
    if config.get_hosts().is_empty() {
        config.host("localhost");
    }
    if matches!(config.get_ssl_mode(), SslMode::Require) {
        return Err(Error::UnsupportedUrl {
            setting: "sslmode=require",
            instead: "use sslmode=prefer, or a local TLS proxy",
        });
    }
    Ok(config)
}

/// The servers of `config`, fit for a message: no user, no password.
pub(crate) fn server_name(config: &Config) -> String {
    let hosts = config.get_hosts().iter().enumerate().map(|(i, host)| {
        let port = config.get_ports().get(i).or(config.get_ports().first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        }
    });
    hosts.collect::<Vec<_>>().join(", ")
}
