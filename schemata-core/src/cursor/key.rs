//! The key that seals cursors.

use std::fmt;
use std::sync::OnceLock;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::cursor::error::CursorError;

/// The bytes of the seal in a cursor: 128 bits.
const SEAL: usize = 16;

/// The key that seals cursors: HMAC-SHA-256 over the position and the query it belongs to.
///
/// A query without a key uses a random key of the process. Its cursors are valid in that process only, until it ends: give
/// a key if more than one process serves the application, or if cursors have to survive a restart.
///
/// A seal reveals changes. It hides nothing: everyone who has the cursor can read the values of the sort key in it.
///
/// ```
/// let key = schemata::query::CursorKey::new("a secret of at least 32 bytes, from the configuration");
/// # drop(key);
/// ```
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

impl CursorKey {
    /// Makes a key of `secret`: any bytes, at least 32 of them to be safe.
    ///
    /// # Panics
    /// Never: HMAC takes keys of any length.
    pub fn new(secret: impl AsRef<[u8]>) -> Self {
        Self(Hmac::new_from_slice(secret.as_ref()).expect("HMAC takes keys of any length"))
    }

    /// Returns the random key of the process.
    pub(crate) fn of_process() -> Result<&'static Self, CursorError> {
        static KEY: OnceLock<CursorKey> = OnceLock::new();
        if let Some(key) = KEY.get() {
            return Ok(key);
        }
        let mut secret = [0_u8; 32];
        getrandom::fill(&mut secret).map_err(|_| CursorError::NoKey)?;
        Ok(KEY.get_or_init(|| Self::new(secret)))
    }

    /// Returns `payload` with its seal in front.
    pub(super) fn seal(&self, payload: &[u8]) -> Vec<u8> {
        let seal = self.0.clone().chain_update(payload).finalize().into_bytes();
        [&seal[..SEAL], payload].concat()
    }

    /// Returns the payload of `sealed`, if the seal is genuine.
    pub(super) fn open<'s>(&self, sealed: &'s [u8]) -> Result<&'s [u8], CursorError> {
        let (seal, payload) = sealed.split_at_checked(SEAL).ok_or(CursorError::Malformed)?;
        let mac = self.0.clone().chain_update(payload);
        mac.verify_truncated_left(seal).map_err(|_| CursorError::Seal)?;
        Ok(payload)
    }
}

impl fmt::Debug for CursorKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorKey")
    }
}
