//! Connecting to a private server or a test server, and creating databases there.

use std::thread;
use std::time::Duration;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use crate::embedded::fault::Fault;
use crate::error::Error;
use crate::exec::connect::{Address, Dialed, ServerRequirement, SessionReadings};
use crate::ident::{Ident, quoted};

/// The advisory lock under which databases are created: "schemata" in ASCII.
pub(crate) const CREATE_LOCK: i64 = 0x7363_6865_6d61_7461;
/// `template1` and templates of tests are "being accessed by other users" only briefly.
const BUSY_ATTEMPTS: u32 = 100;

/// Connects within a time limit. The connection runs as a task, which ends when the client is dropped.
pub(crate) async fn connect(url: &str) -> Result<Client, Error> {
    let address = Address::parse(url)?;
    let Dialed { client, driver_task, .. } =
        address.dial(ServerRequirement::AsConfigured, SessionReadings::Two).await?;
    driver_task.detach();
    Ok(client)
}

/// Runs a future to its end on a thread of its own, since the caller may be inside a runtime.
pub(super) fn block_on<T: Send + 'static>(
    future: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> Result<T, Fault> {
    let run = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(Fault::io("make a runtime for", "postgres"))?.block_on(future)
    };
    match thread::spawn(run).join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Creates `name` unless it exists, and returns whether it did. Without the lock, processes that
/// check at the same time would fail with a unique violation (23505).
pub(super) async fn ensure(url: &str, name: &str) -> Result<bool, Fault> {
    check_name(name)?;
    let action = "create a database";
    let client = connect(url).await.map_err(Fault::unreachable)?;
    client.execute("SELECT pg_advisory_lock($1)", &[&CREATE_LOCK]).await.map_err(Fault::database(action))?;
    let found = client.query("SELECT FROM pg_database WHERE datname = $1", &[&name]).await;
    if !found.map_err(Fault::database(action))?.is_empty() {
        return Ok(false);
    }
    create_database(&client, name, "template0", "").await.map_err(Fault::database(action))?;
    Ok(true)
}

/// Runs `CREATE DATABASE`, and retries while the template is busy (55006).
pub(crate) async fn create_database(
    client: &Client,
    name: &str,
    template: &str,
    options: &str,
) -> Result<(), tokio_postgres::Error> {
    let statement = format!("CREATE DATABASE {} TEMPLATE {} {options}", quoted(name), quoted(template));
    let mut attempt = 0;
    loop {
        match client.batch_execute(&statement).await {
            Err(error) if error.code() == Some(&SqlState::OBJECT_IN_USE) && attempt < BUSY_ATTEMPTS => attempt += 1,
            result => return result,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Refuses names that `PostgreSQL` would cut without an error.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    Ident::new(name).map(drop).map_err(|_| Fault::BadDatabaseName { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_names() {
        assert!(check_name(&"ä".repeat(31)).is_ok());
        assert!(check_name(&"ä".repeat(32)).is_err(), "64 bytes");
        assert!(check_name("").is_err() && check_name("a\0b").is_err());
    }
}
