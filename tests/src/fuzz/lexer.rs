//! SQL text.

pub(super) fn target(data: &[u8]) {
    schemata::__fuzz::sql(&String::from_utf8_lossy(data));
}
