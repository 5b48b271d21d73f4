//! [`DbBuilder`]: the settings of a pool, and connecting it.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio_postgres::Config;

use crate::error::{Error, Result};
use crate::exec::connect::address::Address;
use crate::exec::connection::pool_shared::PoolShared;
use crate::exec::handle::db::Db;
use crate::exec::pool::pool::{Pool, PoolLimits};

/// Whether a connection pooler is between the pool and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Pooler {
    /// Detected when the pool connects: [`Pooler::None`] if each connection has a server session of its own, otherwise
    /// [`Pooler::Transaction`], with a warning of target `schemata::pool`.
    #[default]
    Detect,
    /// No pooler. A connection that shares its session is refused with [`Error::Pooler`].
    None,
    /// A pooler in transaction mode, such as PgBouncer: each transaction may run on another server connection.
    /// Statements are sent unnamed, and nothing is left in the session.
    Transaction,
}

/// The settings of a [`Db`]. The defaults suit a service; `Db::connect(url)` uses them.
///
/// ```no_run
/// # use schemata::Db;
/// # use std::time::Duration;
/// # async fn f() -> schemata::Result<()> {
/// let db = Db::builder("postgres://app@localhost/shop")
///     .max_connections(32)
///     .statement_timeout(Duration::from_secs(5))
///     .connect()
///     .await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "`connect` makes the pool"]
pub struct DbBuilder {
    url: String,
    max_connections: usize,
    acquire_timeout: Option<Duration>,
    statement_timeout: Option<Duration>,
    idle_in_transaction_timeout: Option<Duration>,
    lock_timeout: Option<Duration>,
    max_lifetime: Option<Duration>,
    slow_query: Option<Duration>,
    statement_cache: usize,
    application_name: Option<String>,
    pooler: Pooler,
    always_reset: bool,
}

impl Db {
    /// Makes a pool with the defaults of [`DbBuilder`], and one connection, so that a wrong address fails here.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::UnsupportedUrl`], [`Error::Certificate`], [`Error::Connect`], [`Error::Pooler`].
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder(url).connect().await
    }

    /// Returns a builder for a pool with other settings.
    pub fn builder(url: &str) -> DbBuilder {
        DbBuilder {
            url: url.to_owned(),
            max_connections: 16,
            acquire_timeout: Some(Duration::from_secs(30)),
            statement_timeout: Some(Duration::from_secs(60)),
            idle_in_transaction_timeout: Some(Duration::from_secs(60)),
            lock_timeout: None,
            max_lifetime: Some(Duration::from_secs(30 * 60)),
            slow_query: Some(Duration::from_secs(1)),
            statement_cache: 256,
            application_name: None,
            pooler: Pooler::Detect,
            always_reset: false,
        }
    }
}

impl DbBuilder {
    /// Sets the most connections that the pool ever has at the server (16 by default). A transaction holds one until it
    /// ends, any other call until it returns. The connection of a dropped call counts until the server has ended the
    /// statement, or has not answered for about twenty seconds.
    pub fn max_connections(mut self, connections: usize) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// Sets how long a call waits for a connection, making a new one included (30 s by default). `None` waits for a free
    /// connection without limit; making one is always bounded by `connect_timeout` of the URL.
    pub fn acquire_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.acquire_timeout = limit.into();
        self
    }

    /// Sets the time after which the server cancels a statement (60 s by default). `None` leaves it to the role's
    /// setting. One to five seconds later, the client stops waiting and closes the connection, since a stopped server
    /// cannot enforce its limit.
    pub fn statement_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = limit.into();
        self
    }

    /// Sets the time after which the server ends an idle transaction (60 s by default), which would keep its locks and
    /// hold back VACUUM. `None` leaves it to the role's setting.
    pub fn idle_in_transaction_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_in_transaction_timeout = limit.into();
        self
    }

    /// Sets how long a statement waits for a lock. By default, the role's setting applies, which is no limit unless changed.
    pub fn lock_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.lock_timeout = limit.into();
        self
    }

    /// Sets the age at which a connection is replaced after use (30 min by default). `None` sets no limit.
    pub fn max_lifetime(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.max_lifetime = limit.into();
        self
    }

    /// Sets the duration from which a statement is reported as slow (1 s by default). `None` reports none.
    pub fn slow_query(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.slow_query = limit.into();
        self
    }

    /// Sets the most prepared statements per connection (256 by default). The least recently used one is evicted.
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.statement_cache = statements;
        self
    }

    /// Sets the name of the connections in `pg_stat_activity`. By default, that of the URL, or the program's name.
    pub fn application_name(mut self, name: &str) -> Self {
        self.application_name = Some(name.to_owned());
        self
    }

    /// Sets whether a pooler is between the pool and the server; by default, that is detected when the pool connects. A
    /// pooler does not pass on start-up settings, so the timeouts then apply in transactions only.
    pub fn pooler(mut self, pooler: Pooler) -> Self {
        self.pooler = pooler;
        self
    }

    /// Resets the session each time a connection is returned, not only after raw SQL, for databases whose triggers,
    /// defaults or rules change the session. It costs one round trip, for which the caller does not wait. Behind a
    /// pooler, only transactions are followed by a reset.
    pub fn reset_after_every_use(mut self) -> Self {
        self.always_reset = true;
        self
    }

    /// Makes the pool and one connection.
    ///
    /// # Errors
    /// Those of [`Db::connect`].
    pub async fn connect(mut self) -> Result<Db> {
        if self.pooler != Pooler::Detect {
            return self.open().await;
        }
        self.pooler = Pooler::None;
        match self.clone().open().await {
            Err(error @ Error::Pooler { .. }) => {
                self.pooler = Pooler::Transaction;
                let db = self.open().await?;
                tracing::warn!(
                    target: "schemata::pool",
                    "{error}. The pool now works as `Pooler::Transaction`; write `.pooler(Pooler::Transaction)` to avoid this warning"
                );
                Ok(db)
            }
            other => other,
        }
    }

    async fn open(self) -> Result<Db> {
        let mut address = Address::parse(&self.url)?;
        let answer = self.answer_limit(&address.config);
        self.configure(&mut address.config);
        address.behind_pooler = self.pooler == Pooler::Transaction;
        let shared = PoolShared {
            statement_cache: self.statement_cache,
            behind_pooler: address.behind_pooler,
            always_reset: self.always_reset,
            on_begin: self.on_begin(),
            slow_query: self.slow_query,
            epoch: AtomicU64::new(0),
            custom_types: Mutex::default(),
        };
        let limits = PoolLimits {
            connections: self.max_connections,
            acquire: self.acquire_timeout,
            lifetime: self.max_lifetime,
            answer,
        };
        let pool = Pool::new(address, shared, limits);
        pool.try_one().await?;
        Ok(Db::new(pool))
    }

    /// Returns the timeouts by PostgreSQL's names, in milliseconds.
    fn timeouts(&self) -> impl Iterator<Item = (&'static str, u128)> {
        [
            ("statement_timeout", self.statement_timeout),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_timeout),
            ("lock_timeout", self.lock_timeout),
        ]
        .into_iter()
        // PostgreSQL takes a 32-bit integer; 0 would mean no limit.
        .filter_map(|(name, limit)| Some((name, limit?.as_millis().clamp(1, 2_147_483_647))))
    }

    fn configure(&self, config: &mut Config) {
        if self.pooler != Pooler::Transaction {
            // Options given later win, so the URL overrides the builder.
            let mut options: Vec<String> = self.timeouts().map(|(name, limit)| format!("-c {name}={limit}")).collect();
            options.extend(config.get_options().map(str::to_owned));
            config.options(options.join(" "));
        }
        if let Some(name) = &self.application_name {
            config.application_name(name);
        } else if config.get_application_name().is_none()
            && let Some(program) = std::env::current_exe().ok().as_deref().and_then(std::path::Path::file_stem)
        {
            config.application_name(program.to_string_lossy());
        }
        // Each of several hosts is tried before the acquire timeout ends.
        let hosts = u32::try_from(config.get_hosts().len().max(config.get_hostaddrs().len())).unwrap_or(u32::MAX);
        if let (2.., Some(acquire), Some(connect)) =
            (hosts, self.acquire_timeout, config.get_connect_timeout().copied())
        {
            config.connect_timeout(connect.min((acquire / hosts).max(Duration::from_secs(1))));
        }
    }

    /// Returns how long a call waits for an answer: one to five seconds longer than the server lets it run. There is no
    /// limit if the URL sets `statement_timeout`.
    fn answer_limit(&self, config: &Config) -> Option<Duration> {
        let is_set_by_url = config.get_options().is_some_and(|given| given.contains("statement_timeout"));
        let limit = self.statement_timeout.filter(|_| !is_set_by_url)?;
        Some(limit.saturating_add(limit.clamp(Duration::from_secs(1), Duration::from_secs(5))))
    }

    /// Returns the settings that each transaction makes for itself: behind a pooler, clients share sessions and their
    /// settings.
    fn on_begin(&self) -> Vec<(&'static str, u128)> {
        if self.pooler == Pooler::Transaction { self.timeouts().collect() } else { Vec::new() }
    }
}

impl fmt::Debug for DbBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the URL, which may hold a password.
        f.debug_struct("DbBuilder")
            .field("max_connections", &self.max_connections)
            .field("pooler", &self.pooler)
            .finish_non_exhaustive()
    }
}
