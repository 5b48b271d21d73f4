//! `DbBuilder`: how many connections, how long anything may take, and what stands between them and the server.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio_postgres::Config;

use crate::error::{Error, Result};
use crate::exec::connect::Address;
use crate::exec::connection::statement_cache::PoolShared;
use crate::exec::handle::db::Db;
use crate::exec::pool::pool::{Pool, PoolLimits};

/// What stands between the pool and the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Pooler {
    /// Detected when the pool connects: works as [`Pooler::None`] if each connection has a session of the server for itself,
    /// else as [`Pooler::Transaction`], with a warning of target `schemata::pool`.
    #[default]
    Detect,
    /// There is no pooler. A connection that turns out to share its session is refused with [`Error::Pooler`].
    None,
    /// PgBouncer's transaction mode and its like: each transaction may meet another server connection. Statements are
    /// sent unnamed, and nothing is left in the session.
    Transaction,
}

/// The settings of a [`Db`]. All have defaults for a service; `Db::connect(url)` takes them as they are.
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
#[must_use = "nothing is connected before `connect`"]
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
    /// Connects with the defaults of [`DbBuilder`], and tries one connection at once, so that a wrong address fails here.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::UnsupportedUrl`], [`Error::Certificate`], [`Error::Connect`], [`Error::Pooler`].
    pub async fn connect(url: &str) -> Result<Self> {
        Self::builder(url).connect().await
    }

    /// Begins with the settings.
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
    /// Sets the most connections of this pool that the server ever has (16 by default). A transaction holds one until its
    /// end, any other call until it returns. A call that is dropped keeps its connection until the server has ended the
    /// statement, or has not answered for some twenty seconds.
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

    /// Sets after what time the server cancels a statement (60 s by default). `None` leaves it to the role's setting. One to
    /// five seconds later, the client stops waiting and closes the connection, since a server that is stopped enforces
    /// nothing.
    pub fn statement_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.statement_timeout = limit.into();
        self
    }

    /// After how long the server ends a transaction in which nothing happens: 60 s. Such a transaction keeps its locks,
    /// and keeps VACUUM from its work. `None` leaves it to the role's setting.
    pub fn idle_in_transaction_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_in_transaction_timeout = limit.into();
        self
    }

    /// How long a statement waits for a lock. Not set: the role's setting, which is for ever unless changed.
    pub fn lock_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.lock_timeout = limit.into();
        self
    }

    /// After how long a connection is replaced when it comes back: 30 min. `None` keeps it for ever.
    pub fn max_lifetime(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.max_lifetime = limit.into();
        self
    }

    /// From when on a statement is reported as slow: 1 s. `None` reports none.
    pub fn slow_query(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.slow_query = limit.into();
        self
    }

    /// How many prepared statements each connection keeps: 256. The one used longest ago makes room.
    pub fn statement_cache(mut self, statements: usize) -> Self {
        self.statement_cache = statements;
        self
    }

    /// What the server's process list calls the connections. Else what the URL says, else the program's name.
    pub fn application_name(mut self, name: &str) -> Self {
        self.application_name = Some(name.to_owned());
        self
    }

    /// Sets what stands between the pool and the server; by default, it is detected when the pool connects. A pooler does
    /// not pass on start-up settings, the timeouts among them, so they hold in transactions only.
    pub fn pooler(mut self, pooler: Pooler) -> Self {
        self.pooler = pooler;
        self
    }

    /// Resets the session each time a connection is returned, not only after raw SQL: for databases whose triggers, defaults
    /// or rules change the session. It costs one round trip, for which the caller does not wait. Behind a pooler, only what
    /// runs in a transaction is followed by a reset.
    pub fn reset_after_every_use(mut self) -> Self {
        self.always_reset = true;
        self
    }

    /// Makes the pool, and tries one connection.
    ///
    /// # Errors
    /// As [`Db::connect`].
    pub async fn connect(mut self) -> Result<Db> {
        if self.pooler != Pooler::Detect {
            return self.open().await;
        }
        self.pooler = Pooler::None;
        match self.clone().open().await {
            Err(found @ Error::Pooler { .. }) => {
                self.pooler = Pooler::Transaction;
                let db = self.open().await?;
                tracing::warn!(
                    target: "schemata::pool",
                    "{found}. The pool works as `Pooler::Transaction` from now on; write `.pooler(Pooler::Transaction)` to avoid this warning"
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
            capacity: self.statement_cache,
            pooler: address.behind_pooler,
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

    /// The timeouts, as PostgreSQL names them, in milliseconds.
    fn timeouts(&self) -> impl Iterator<Item = (&'static str, u128)> {
        [
            ("statement_timeout", self.statement_timeout),
            ("idle_in_transaction_session_timeout", self.idle_in_transaction_timeout),
            ("lock_timeout", self.lock_timeout),
        ]
        .into_iter()
        // PostgreSQL's limit is an integer's; 0 would mean none.
        .filter_map(|(name, limit)| Some((name, limit?.as_millis().clamp(1, 2_147_483_647))))
    }

    fn configure(&self, config: &mut Config) {
        if self.pooler != Pooler::Transaction {
            // What the URL says comes last, and so wins.
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
        // Gives each of several hosts its turn before the caller's time is up.
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
        let is_elsewhere = config.get_options().is_some_and(|given| given.contains("statement_timeout"));
        let limit = self.statement_timeout.filter(|_| !is_elsewhere)?;
        Some(limit.saturating_add(limit.clamp(Duration::from_secs(1), Duration::from_secs(5))))
    }

    /// Behind a pooler, clients share a session and its settings, so each transaction sets its own.
    fn on_begin(&self) -> Vec<(&'static str, u128)> {
        if self.pooler == Pooler::Transaction { self.timeouts().collect() } else { Vec::new() }
    }
}

impl fmt::Debug for DbBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the URL: it may hold a password.
        f.debug_struct("DbBuilder")
            .field("max_connections", &self.max_connections)
            .field("pooler", &self.pooler)
            .finish_non_exhaustive()
    }
}
