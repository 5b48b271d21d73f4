//! Page cursors as text: a position in a query, sealed, so that a changed text or the cursor of another query is refused.

mod error;
mod key;
mod position;

pub use error::CursorError;
pub use key::CursorKey;
pub(crate) use position::{CursorPosition, Fingerprint, SortValue, fingerprint};
