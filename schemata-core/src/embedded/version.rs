//! The version of a server, as `postgres --version` prints it.

use std::fmt;

/// A `PostgreSQL` version, such as `15.18` or `18beta1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerVersion {
    major: u32,
    text: String,
}

impl ServerVersion {
    /// Returns the major version: 15 of `15.18`.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Reads `15.18`, `18beta1`, or the whole line `postgres (PostgreSQL) 15.18 (Debian …)`.
    #[cfg(unix)]
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let text = line.strip_prefix("postgres (PostgreSQL) ").unwrap_or(line);
        let text = text.split_whitespace().next()?;
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let major = text[..digits].parse().ok()?;
        Some(Self { major, text: text.to_owned() })
    }
}

impl fmt::Display for ServerVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::ServerVersion;

    #[test]
    fn reads_releases_betas_and_vendor_lines() {
        let read = |line| ServerVersion::parse(line).map(|v| (v.major(), v.to_string()));
        assert_eq!(read("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some((15, "15.18".into())));
        assert_eq!(read("postgres (PostgreSQL) 18beta1\n"), Some((18, "18beta1".into())));
        assert_eq!(read("13.23"), Some((13, "13.23".into())));
        assert_eq!(read("busybox"), None);
        assert_eq!(read(""), None);
    }
}
