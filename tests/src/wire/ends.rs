//! The two ends of a proxy: where it listens, and the server behind it.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// Opens a port of this machine; returns it with the configuration of the database at `url`, and the URL that leads there
/// through the port.
pub(crate) async fn listen(url: &str) -> (TcpListener, Config, String) {
    let config: Config = url.parse().expect("a URL");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let user = config.get_user().unwrap_or("postgres");
    let database = config.get_dbname().expect("the URL names a database");
    // Encrypted messages could not be recognised.
    let through = format!("postgres://{user}@127.0.0.1:{port}/{database}?sslmode=disable");
    (listener, config, through)
}

/// The reading and the writing half of a connection to the server.
pub(crate) type Server = (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

/// Connects to the server of `config`.
pub(crate) async fn server(config: &Config) -> io::Result<Server> {
    let port = config.get_ports().first().copied().unwrap_or(5432);
    match config.get_hosts().first().expect("the URL names a host") {
        Host::Tcp(host) => {
            let stream = TcpStream::connect((host.as_str(), port)).await?;
            stream.set_nodelay(true)?;
            let (read, write) = stream.into_split();
            Ok((Box::new(read), Box::new(write)))
        }
        Host::Unix(path) => {
            let (read, write) = UnixStream::connect(path.join(format!(".s.PGSQL.{port}"))).await?.into_split();
            Ok((Box::new(read), Box::new(write)))
        }
    }
}
