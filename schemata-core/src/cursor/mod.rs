//! Page cursors as text: a position in a query, sealed so that neither another query nor a changed text passes for it.

mod base64;
mod error;
mod key;
mod position;

pub use error::CursorError;
pub use key::CursorKey;
pub(crate) use position::{Position, Value, fingerprint};
