//! Text: PostgreSQL's text types cannot hold NUL characters.

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type};

use crate::param::{Unstorable, Wire};

/// Returns why PostgreSQL cannot store the text, if it cannot.
pub(crate) fn unstorable(text: &str) -> Option<Unstorable> {
    let message = "contains a NUL character, which PostgreSQL's text cannot hold";
    text.contains('\0').then_some(Unstorable { rule: "nul", message })
}

/// Encodes text; refuses NUL characters.
pub(crate) fn encode(text: &str, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    if let Some(unstorable) = unstorable(text) {
        return Err(unstorable.into());
    }
    text.to_sql_checked(ty, out)
}
