//! `SCHEMATA_PG_PORT`: a password-protected TCP port beside the socket, for graphical tools.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::embedded::database;
use crate::embedded::fault::Fault;
use crate::embedded::generation::{Generation, Kind};
use crate::sql::literal::quote_literal;

/// The socket needs no password, since only the owner can enter its directory.
const HBA: &str = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n";

/// Returns the file of the password, which outlives a persistent server but not an ephemeral one.
pub(super) fn password_file(generation: &Generation) -> PathBuf {
    match generation.kind {
        Kind::Ephemeral => generation.file("password"),
        Kind::Persistent => generation.path.ancestors().nth(2).unwrap_or(&generation.path).join("password"),
    }
}

/// Returns the password of 128 random bits, which is created on first use.
fn password(generation: &Generation) -> Result<String, Fault> {
    let path = password_file(generation);
    if let Ok(password) = fs::read_to_string(&path)
        && !password.trim().is_empty()
    {
        return Ok(password.trim().to_owned());
    }
    let mut random = [0; 16];
    let source = Path::new("/dev/urandom");
    File::open(source).and_then(|mut file| file.read_exact(&mut random)).map_err(Fault::io("read", source))?;
    let password = random.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    });
    let file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&path);
    file.and_then(|mut file| writeln!(file, "{password}")).map_err(Fault::io("write", &path))?;
    Ok(password)
}

/// Returns a port that is free now. Another program may take it before the server does, so the caller retries.
pub(super) fn free_port() -> Option<u16> {
    Some(TcpListener::bind(("127.0.0.1", 0)).ok()?.local_addr().ok()?.port())
}

/// Writes the access rules, and returns the path for `-c hba_file`.
pub(super) fn write_rules(generation: &Generation) -> Result<PathBuf, Fault> {
    let path = generation.file("pg_hba.conf");
    fs::write(&path, HBA).map_err(Fault::io("write", &path))?;
    Ok(path)
}

/// Sets the password of the running server, over the socket.
pub(super) fn set_password(generation: &Generation, url: &str) -> Result<(), Fault> {
    let password = password(generation)?;
    let url = url.to_owned();
    database::block_on(async move {
        let client = database::connect(&url).await.map_err(Fault::unreachable)?;
        let statement = format!("ALTER ROLE postgres PASSWORD {}", quote_literal(&password));
        // The driver does not log the text of a typed statement, and this one holds the password.
        client.execute_typed(&statement, &[]).await.map(drop).map_err(Fault::database("set the password"))
    })
}
