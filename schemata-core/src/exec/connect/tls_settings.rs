//! The TLS settings of a URL: `sslmode` as libpq defines it, and the certificates it names. `tls` carries them out.

use crate::error::{Error, Result};

/// The values of `sslmode`, as libpq defines them, without `allow`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum TlsMode {
    /// No TLS.
    Disable,
    /// TLS if the server offers it. An attacker who can change packets can remove the offer.
    #[default]
    Prefer,
    /// Always TLS; the certificate is checked only if `sslrootcert` is given.
    Require,
    /// Always TLS, with a certificate from a trusted authority.
    VerifyCa,
    /// Always TLS, with a certificate from a trusted authority that states this host's name.
    VerifyFull,
}

/// The TLS settings of a URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TlsSettings {
    pub(crate) mode: TlsMode,
    /// `sslrootcert`: a file of trusted certificates, or `system`.
    pub(crate) root: Option<String>,
    /// `sslcert`: the file of the client certificate.
    pub(crate) cert: Option<String>,
    /// `sslkey`: the file of its key.
    pub(crate) key: Option<String>,
}

impl TlsSettings {
    /// Stores a setting; returns false if `key` is not one of TLS.
    ///
    /// # Errors
    /// [`Error::UnsupportedUrl`] for an `sslmode` that is not supported.
    pub(crate) fn take(&mut self, key: &str, value: &str) -> Result<bool> {
        match key {
            "sslmode" => self.mode = mode(value)?,
            "sslrootcert" => self.root = Some(value.to_owned()),
            "sslcert" => self.cert = Some(value.to_owned()),
            "sslkey" => self.key = Some(value.to_owned()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

fn mode(value: &str) -> Result<TlsMode> {
    match value {
        "disable" => Ok(TlsMode::Disable),
        "prefer" => Ok(TlsMode::Prefer),
        "require" => Ok(TlsMode::Require),
        "verify-ca" => Ok(TlsMode::VerifyCa),
        "verify-full" => Ok(TlsMode::VerifyFull),
        "allow" => Err(Error::UnsupportedUrl {
            setting: "sslmode=allow",
            instead: "it would send the password in the clear first; write prefer",
        }),
        _ => Err(Error::UnsupportedUrl {
            setting: "an unknown sslmode",
            instead: "write disable, prefer, require, verify-ca or verify-full",
        }),
    }
}
