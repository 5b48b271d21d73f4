//! Splits the stream into PostgreSQL's messages: a type, a length that includes itself, and the rest.

use tokio::io::{AsyncRead, AsyncReadExt};

/// A message of PostgreSQL's protocol.
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
    /// Whether the client waits for an answer now: a simple query, or a `Sync` of the extended protocol.
    pub(crate) is_request: bool,
}

/// Reads the first message, which has no type byte: its length, then the rest.
pub(crate) async fn first_message(from: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    Some(Message { bytes: with_length(from, Vec::new()).await?, is_request: false })
}

pub(crate) async fn message_after(from: &mut (impl AsyncRead + Unpin)) -> Option<Message> {
    let kind = from.read_u8().await.ok()?;
    Some(Message { bytes: with_length(from, vec![kind]).await?, is_request: matches!(kind, b'Q' | b'S') })
}

/// Reads a length that includes itself, and the rest, after `bytes`.
async fn with_length(from: &mut (impl AsyncRead + Unpin), mut bytes: Vec<u8>) -> Option<Vec<u8>> {
    let length = from.read_u32().await.ok()?;
    bytes.extend(length.to_be_bytes());
    let begin = bytes.len();
    bytes.resize(begin + (length as usize).checked_sub(4)?, 0);
    from.read_exact(&mut bytes[begin..]).await.ok()?;
    Some(bytes)
}
