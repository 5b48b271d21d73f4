//! Turns the content of a document into JSON.

use serde::Serialize;
use serde_json::Value;

/// Returns a document with its keys in alphabetical order.
pub(super) fn document(content: impl Serialize) -> Value {
    serde_json::to_value(content).expect("documents are made of texts, numbers and lists of them")
}
