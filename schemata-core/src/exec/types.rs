//! The types of columns as the connected database declares them.

use std::sync::Arc;

use tokio_postgres::types::{Kind, Type};

use crate::error::Result;
use crate::exec::line::Line;
use crate::exec::purpose::Purpose;
use crate::exec::target::Target;
use crate::sql::declared_type::DeclaredType;

/// Returns the types of the columns that `probe` selects. The statement is prepared once per connection and never run.
pub(crate) async fn types(target: Target<'_>, purpose: Purpose, probe: &str) -> Result<Vec<DeclaredType>> {
    let line = Line::to(target).await?;
    let guard = line.in_flight();
    let described: Result<Arc<[DeclaredType]>> =
        line.describe(probe).await.map_err(|source| purpose.failed(source, line.in_transaction()));
    line.answered(guard, described.as_ref().err());
    let plain = |column: &DeclaredType| DeclaredType { ty: base(column.ty.clone()), modifier: column.modifier };
    Ok(described?.iter().map(plain).collect())
}

/// The type that a domain is made of, or the type itself.
pub(crate) fn base(ty: Type) -> Type {
    match ty.kind() {
        Kind::Domain(inner) => base(inner.clone()),
        _ => ty,
    }
}
