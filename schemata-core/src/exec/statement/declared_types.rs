//! The types of columns as the connected database declares them, domains resolved.

use std::sync::Arc;
use std::time::Instant;

use crate::error::Result;
use crate::exec::purpose::Purpose;
use crate::exec::statement::call_connection::CallConnection;
use crate::exec::target::Target;
use crate::schema::wire::domain::base_type;
use crate::sql::declared_type::DeclaredType;
use crate::sql::statement_text::TextRef;

/// Returns the types of the columns that `probe` selects. The statement is prepared once per connection and never run.
pub(crate) async fn declared_types(target: Target<'_>, purpose: Purpose, probe: &str) -> Result<Vec<DeclaredType>> {
    let connection = CallConnection::take(target, Instant::now()).await?;
    let guard = connection.in_flight();
    let described: Result<Arc<[DeclaredType]>> = connection
        .describe(&TextRef::Written(probe))
        .await
        .map_err(|source| purpose.error(source, connection.access()));
    connection.answered(guard, described.as_ref().err());
    let resolved =
        |column: &DeclaredType| DeclaredType { ty: base_type(&column.ty).clone(), modifier: column.modifier };
    Ok(described?.iter().map(resolved).collect())
}
