//! Template databases: filled once, and copied for each test.

use tokio_postgres::Client;

use crate::embedded::CREATE_LOCK;
use crate::ident::quoted;
use crate::testing::admin::{self, Admin};
use crate::testing::error::TestError;
use crate::testing::name;

/// Creates the template for `key` unless it exists, and returns its name.
///
/// One session of all processes works at a time, under an advisory lock of its connection, which
/// an error, a panic or a kill releases. A template is complete once it has `IS_TEMPLATE`, which
/// is set last; an incomplete one is created again.
pub(super) async fn ensure<S, F, E>(admin: &Admin, key: &str, setup: S) -> Result<String, TestError>
where
    S: FnOnce(String) -> F + Send,
    F: Future<Output = Result<(), E>> + Send,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let template = name::template(key);
    let client = admin.connect().await?;
    let lock = CREATE_LOCK ^ i64::from_str_radix(&template[template.len() - 12..], 16).unwrap_or_default();
    let failed = |action| {
        let database = template.clone();
        move |source| TestError::Statement { action, database, source }
    };
    client.execute("SELECT pg_advisory_lock($1)", &[&lock]).await.map_err(failed("lock"))?;
    if is_complete(&client, &template).await.map_err(failed("look for"))? {
        return Ok(template);
    }
    drop_template(&client, &template).await.map_err(failed("drop"))?;
    admin::create(&client, &template, "template0").await?;
    if let Err(error) = setup(admin.url(&template)).await {
        let _ = drop_template(&client, &template).await;
        return Err(TestError::Setup { database: template, source: error.into() });
    }
    seal(&client, &template).await.map_err(failed("seal"))?;
    Ok(template)
}

async fn is_complete(client: &Client, template: &str) -> Result<bool, tokio_postgres::Error> {
    let found = client.query_opt("SELECT datistemplate FROM pg_database WHERE datname = $1", &[&template]).await?;
    Ok(found.is_some_and(|row| row.get("datistemplate")))
}

async fn drop_template(client: &Client, template: &str) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(template))).await
}

/// Ends all connections and refuses new ones, since a template in use cannot be copied.
async fn seal(client: &Client, template: &str) -> Result<(), tokio_postgres::Error> {
    let name = quoted(template);
    client.batch_execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false")).await?;
    let ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1";
    client.query(ended, &[&template]).await?;
    client.batch_execute(&format!("ALTER DATABASE {name} IS_TEMPLATE true")).await
}
