//! The order of a batch's keys, where their bytes do not tell it: `A` and `a` are one key of a `citext` column, as are 1.0
//! and 1 of a `numeric` one, and two instants within one second of a `timestamptz(0)` one. PostgreSQL is asked then.

use tokio_postgres::types::{Kind, Type};

use crate::error::Result;
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::fetch_with;
use crate::exec::target::Target;
use crate::model::batch::key_lanes;
use crate::model::judge::Subject;
use crate::param::Param;
use crate::sql::bulk;
use crate::sql::declared::Declared;
use crate::sql::writer::Sql;

/// Types of which two values are equal exactly when their bytes are. A text's collation may have another opinion; few have.
const BYTEWISE: [Type; 14] = [
    Type::BOOL,
    Type::BYTEA,
    Type::DATE,
    Type::INET,
    Type::INT2,
    Type::INT4,
    Type::INT8,
    Type::NAME,
    Type::TEXT,
    Type::TIME,
    Type::TIMESTAMP,
    Type::TIMESTAMPTZ,
    Type::UUID,
    Type::VARCHAR,
];

fn is_bytewise(ty: &Type) -> bool {
    match ty.kind() {
        Kind::Array(element) => is_bytewise(element),
        Kind::Enum(_) => true,
        _ => BYTEWISE.contains(ty),
    }
}

/// What asks for the places of the keys; `None` where their bytes will do. `key` yields a part of a row's key.
pub(crate) fn ranking<R>(
    of: Subject,
    columns: &[usize],
    types: &[Declared],
    rows: &[R],
    key: impl for<'r> Fn(&'r R, usize) -> Option<&'r Param>,
) -> Result<Option<Sql>> {
    if types.iter().all(|declared| is_bytewise(&declared.ty) && declared.rounding().is_none()) {
        return Ok(None);
    }
    Ok(Some(bulk::ranks(key_lanes(of, columns, types, rows, key)?)))
}

/// The places of the keys, where they have to be asked for.
pub(crate) async fn ranks(target: Target<'_>, purpose: Purpose, ranking: Option<Sql>) -> Result<Option<Vec<i64>>> {
    let Some(sql) = ranking else { return Ok(None) };
    fetch_with(target, purpose, &sql, |row| RowReader::new(row).take()).await.map(Some)
}
