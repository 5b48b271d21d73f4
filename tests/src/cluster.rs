//! PostgreSQL servers for one test that can be frozen as if their machine hung, replicated by a standby, and promoted;
//! and listeners that accept a connection and send nothing.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use schemata::embedded::PrivateServer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::catalog::{connect, one};
use crate::process::{Folder, Server, free_port, run};

/// A server on a port of 127.0.0.1.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    folder: Folder,
    private: PrivateServer,
}

impl Cluster {
    /// Starts a server with an empty database `postgres`.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn start() -> Self {
        let (private, folder) = (PrivateServer::ephemeral().expect("a server"), Folder::create("cluster"));
        let mut initdb = Command::new(private.binaries().join("initdb"));
        initdb.args(["-U", "postgres", "-A", "trust", "--no-sync", "--locale=C", "-D"]);
        initdb.arg(folder.path().join("data"));
        run(initdb);
        folder.write("data/pg_hba.conf", "host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n");
        Self::on(private, folder).await
    }

    /// Starts a server, and a standby that replicates it.
    ///
    /// # Panics
    /// When they cannot be made.
    pub async fn pair() -> (Self, Self) {
        let Self { server, folder, private } = Self::start().await;
        drop(server);
        let copy = Folder::create("cluster");
        let mut cp = Command::new("cp");
        cp.arg("-a").arg(folder.path().join("data")).arg(copy.path().join("data"));
        run(cp);
        let primary = Self::on(private, folder).await;
        copy.write("data/standby.signal", "");
        let source = format!("primary_conninfo = 'host=127.0.0.1 port={} user=postgres'\n", primary.server.port);
        copy.write("data/postgresql.auto.conf", &source);
        let standby = Self::on(PrivateServer::ephemeral().expect("a server"), copy).await;
        (primary, standby)
    }

    async fn on(private: PrivateServer, folder: Folder) -> Self {
        let port = free_port();
        let mut postgres = Command::new(private.binaries().join("postgres"));
        postgres.arg("-D").arg(folder.path().join("data")).args(["-p", &port.to_string()]);
        let sockets = format!("unix_socket_directories={}", folder.path().display());
        let settings = ["listen_addresses=127.0.0.1", &sockets, "fsync=off", "hot_standby=on"];
        for setting in settings.into_iter().chain(["wal_keep_size=64MB", "autovacuum=off"]) {
            postgres.args(["-c", setting]);
        }
        let cluster = Self { server: Server::start(postgres, port).await, folder, private };
        // The server opens its port a moment before it is ready.
        for _ in 0..200 {
            if tokio_postgres::connect(&cluster.url(), tokio_postgres::NoTls).await.is_ok() {
                return cluster;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{:?} does not come up", cluster.private);
    }

    /// Returns the URL of its database.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.address())
    }

    /// Returns host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.server.port)
    }

    /// Promotes a standby, and waits until it takes writes.
    ///
    /// # Panics
    /// When it is not a standby.
    pub async fn promote(&self) {
        let client = connect(&self.url()).await;
        assert!(one::<bool>(&client, "SELECT pg_promote()").await, "{:?}", self.folder);
    }

    /// Makes the server refuse writes, in existing sessions too.
    ///
    /// # Panics
    /// When it cannot be changed.
    pub async fn turn_read_only(&self) {
        let client = connect(&self.url()).await;
        client.batch_execute("ALTER SYSTEM SET default_transaction_read_only = on").await.expect("sets");
        client.batch_execute("SELECT pg_reload_conf()").await.expect("reloads");
    }

    /// Stops all processes of the server: connections stay open, and nothing answers. They continue when the value is
    /// dropped.
    ///
    /// # Panics
    /// When there is no `ps`.
    pub fn stop(&self) -> Stopped {
        let main = self.server.id();
        // The postmaster first, since it starts other processes.
        signal("-STOP", &[main]);
        let listed = Command::new("ps").args(["-A", "-o", "pid=,ppid="]).output().expect("there is ps");
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        let pair = |line: &str| {
            let mut numbers = line.split_whitespace().map(|number| number.parse::<u32>().ok());
            Some((numbers.next()??, numbers.next()??))
        };
        let children = text.lines().filter_map(pair).filter(|(_, parent)| *parent == main).map(|(pid, _)| pid);
        let pids: Vec<u32> = children.chain([main]).collect();
        signal("-STOP", &pids);
        Stopped(pids)
    }
}

/// A server whose processes are stopped.
#[derive(Debug)]
pub struct Stopped(Vec<u32>);

impl Drop for Stopped {
    fn drop(&mut self) {
        signal("-CONT", &self.0);
    }
}

fn signal(name: &str, pids: &[u32]) {
    let sent = Command::new("kill").arg(name).args(pids.iter().map(ToString::to_string)).status();
    assert!(sent.is_ok(), "there is kill");
}

/// Starts a listener that accepts every connection and never sends anything.
///
/// # Panics
/// When there is no free port.
pub async fn silent_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound").to_string();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            held.push(stream);
        }
    });
    address
}

/// A proxy to a server that can stop forwarding without closing anything, like a firewall that has forgotten its
/// connections.
pub struct Road {
    address: String,
    is_blocked: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
}

impl Road {
    /// Starts a proxy to `address`.
    ///
    /// # Panics
    /// When there is no free port.
    pub async fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let own = listener.local_addr().expect("bound").to_string();
        let (is_blocked, open, target) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), address.to_owned());
        let (blocked, count) = (Arc::clone(&is_blocked), Arc::clone(&open));
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(&target).await else { continue };
                count.fetch_add(1, Ordering::SeqCst);
                let (near_read, near_write) = near.into_split();
                let (far_read, far_write) = far.into_split();
                tokio::spawn(carry(near_read, far_write, Arc::clone(&blocked)));
                tokio::spawn(carry(far_read, near_write, Arc::clone(&blocked)));
            }
        });
        Self { address: own, is_blocked, open }
    }

    /// Returns the address of the proxy.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops forwarding, or starts again.
    pub fn block(&self, blocked: bool) {
        self.is_blocked.store(blocked, Ordering::SeqCst);
    }

    /// Returns how many connections went through the proxy.
    pub fn connections(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

async fn carry(mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin, blocked: Arc<AtomicBool>) {
    let mut bytes = [0; 8192];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        while blocked.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
