//! Text: PostgreSQL's text types cannot hold a NUL character.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::param::{Unstorable, Wire};

/// Writes a text, or refuses a NUL.
pub(crate) fn encode(text: &str, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if text.contains('\0') {
        return Err(Unstorable::boxed("nul", "contains a NUL character, which PostgreSQL's text cannot hold"));
    }
    text.to_sql_checked(ty, out)
}
