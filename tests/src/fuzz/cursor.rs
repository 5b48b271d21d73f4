//! Page cursors: any text as a cursor, and any values through one. Each value is encoded as its length in one byte, 255 for
//! NULL, and its bytes.

pub(super) fn target(data: &[u8]) {
    let (mut values, mut rest) = (Vec::new(), data);
    while let Some((length, after)) = rest.split_first() {
        let (value, after) = after.split_at(usize::from(*length).min(after.len()));
        values.push((*length < 255).then(|| value.to_vec()));
        rest = after;
    }
    schemata::__fuzz::cursor(&String::from_utf8_lossy(data), values);
}
