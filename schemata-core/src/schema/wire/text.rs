//! Text: PostgreSQL's text types cannot hold NUL characters.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::param::{Unstorable, Wire};

/// Encodes text; refuses NUL characters.
pub(crate) fn encode(text: &str, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if text.contains('\0') {
        return Err(Unstorable::boxed("nul", "contains a NUL character, which PostgreSQL's text cannot hold"));
    }
    text.to_sql_checked(ty, out)
}
