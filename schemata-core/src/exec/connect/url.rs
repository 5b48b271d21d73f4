//! Parses database URLs in both forms of libpq, `postgres://…?sslmode=…` and `host=… sslmode=…`.
//!
//! The driver parses everything but the TLS settings, which `tls_settings` takes out first. Errors never quote the
//! text, since any part of it may belong to the password.

use std::str::FromStr;

use tokio_postgres::config::{Config, Host, SslMode};

use crate::error::{Error, Result};
use crate::exec::connect::tls_settings::{TlsMode, TlsSettings};

/// Parses a URL.
///
/// # Errors
/// [`Error::Url`]; [`Error::UnsupportedUrl`] for an `sslmode` that is not supported.
pub(crate) fn parse(url: &str) -> Result<(Config, TlsSettings)> {
    refuse_ambiguous(url)?;
    let mut tls = TlsSettings::default();
    let rest = take_settings(url, &mut tls)?;
    let mut config = Config::from_str(&rest).map_err(|source| Error::Url { reason: reason(&source) })?;
    refuse_swallowed(&config)?;
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        config.host("localhost");
    }
    config.ssl_mode(match tls.mode {
        // TLS over a Unix socket does not exist.
        _ if all_sockets(&config) => SslMode::Disable,
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        _ => SslMode::Require,
    });
    Ok((config, tls))
}

/// Refuses a URL in which part of the password could be taken for the host or the database, which messages show: the only
/// unescaped `@` must be the one before the host.
fn refuse_ambiguous(url: &str) -> Result<()> {
    let Some((_, rest)) = url.split_once("://").filter(|_| is_url(url)) else { return Ok(()) };
    let ambiguous = |reason| Err(Error::Url { reason });
    match rest.split_once('@') {
        Some((_, host)) if host.contains('@') => ambiguous("it has more than one @; in a password, write %40"),
        Some((user, _)) if user.contains(['/', '?']) => {
            ambiguous("there is a / or ? before its @; in a password, write %2F or %3F")
        }
        _ => Ok(()),
    }
}

/// Refuses a host with a character that neither names nor addresses have: an escaped space or an unclosed quote has made
/// the following settings part of the host, which messages show.
fn refuse_swallowed(config: &Config) -> Result<()> {
    let has_settings = |text: &str| text.contains(['=', '\'', '"']) || text.contains(char::is_whitespace);
    let is_wrong = config.get_hosts().iter().any(|host| match host {
        Host::Tcp(name) => has_settings(name),
        #[cfg(unix)]
        Host::Unix(path) => path.to_string_lossy().contains('='),
    });
    if is_wrong { Err(Error::Url { reason: "its host contains an invalid character" }) } else { Ok(()) }
}

/// Returns the driver's objection in words of our own: the driver quotes the text, which may be part of the password.
fn reason(source: &tokio_postgres::Error) -> &'static str {
    let objection = std::error::Error::source(source).map(ToString::to_string).unwrap_or_default();
    if objection.starts_with("unknown option") {
        "it has an option that does not exist"
    } else if objection.starts_with("invalid value") {
        "an option, or the port, has a value that it cannot take"
    } else {
        "it ends too early, or contains a misplaced character"
    }
}

/// Moves the TLS settings from `url` to `tls` and returns the rest of the URL.
fn take_settings(url: &str, tls: &mut TlsSettings) -> Result<String> {
    if let Some((before, query)) = url.split_once('?')
        && is_url(url)
    {
        let mut kept = Vec::new();
        for pair in query.split('&') {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if !tls.take(key, &percent_decoded(value))? {
                kept.push(pair);
            }
        }
        return Ok(if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) });
    }
    if is_url(url) {
        return Ok(url.to_owned());
    }
    let mut kept = Vec::new();
    let mut keys: Vec<&str> = Vec::new();
    for (text, key, value) in pairs(url) {
        if keys.contains(&key) || ends_early(text) {
            return Err(Error::Url {
                reason: "it has a setting twice, or a misplaced quote; in a password, write \\\' for a quote",
            });
        }
        keys.push(key);
        if !tls.take(key, &value)? {
            kept.push(text);
        }
    }
    Ok(kept.join(" "))
}

/// Returns whether the driver reads `text` as a URL. It reads any other text as settings, even with a `://` in a value.
fn is_url(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// Splits `key = 'va\'lue' …` into pairs: the text of each, its key and its value. Text that is not a pair becomes a key
/// without a value, which the driver refuses.
fn pairs(text: &str) -> Vec<(&str, &str, String)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some((key, after)) = rest.split_once('=') {
        let body = after.trim_start();
        let (mut value, mut quoted, mut escaped, mut end) = (String::new(), false, false, body.len());
        for (at, c) in body.char_indices() {
            match c {
                _ if escaped => {
                    value.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '\'' => quoted = !quoted,
                c if c.is_whitespace() && !quoted => {
                    end = at;
                    break;
                }
                c => value.push(c),
            }
        }
        let length = rest.len() - body.len() + end;
        found.push((&rest[..length], key.trim(), value));
        rest = rest[length..].trim_start();
    }
    if !rest.is_empty() {
        found.push((rest, rest, String::new()));
    }
    found
}

/// Returns whether a quoted value ends before the text of its pair does: a quote in a password has made the rest of it a
/// setting, such as the host, which messages show.
fn ends_early(pair: &str) -> bool {
    let Some((_, value)) = pair.split_once('=') else { return false };
    let Some(quoted) = value.trim_start().strip_prefix('\'') else { return false };
    let mut is_escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\'' => return at + 1 < quoted.len(),
            _ => {}
        }
    }
    false
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let byte = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn all_sockets(config: &Config) -> bool {
    !config.get_hosts().is_empty() && config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)))
}

/// Returns the hosts and ports of `config` for messages, without user and password.
pub(crate) fn server_name(config: &Config) -> String {
    let hosts = config.get_hosts().iter().enumerate().map(|(i, host)| {
        let port = config.get_ports().get(i).or(config.get_ports().first()).copied().unwrap_or(5432);
        match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        }
    });
    hosts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_tls_settings_out_of_both_forms() {
        let want =
            TlsSettings { mode: TlsMode::VerifyFull, root: Some("/a b/c.pem".to_owned()), cert: None, key: None };
        for url in [
            "postgres://u:p@h:5/db?sslmode=verify-full&application_name=x&sslrootcert=%2Fa%20b/c.pem",
            "host=h port=5 dbname=db user=u password='p' application_name=x sslmode = verify-full sslrootcert='/a b/c.pem'",
        ] {
            let (config, tls) = parse(url).expect("a valid URL");
            assert_eq!(tls, want, "{url}");
            assert_eq!(config.get_application_name(), Some("x"), "{url}");
            assert_eq!(config.get_dbname(), Some("db"), "{url}");
            assert_eq!(config.get_ssl_mode(), SslMode::Require, "{url}");
        }
    }

    #[test]
    fn refuses_unknown_modes_and_unreadable_text() {
        for url in ["postgres://h/db?sslmode=allow", "host=h sslmode=maybe"] {
            assert!(matches!(parse(url), Err(Error::UnsupportedUrl { .. })), "{url}");
        }
        for url in ["mysql://h/db", "host", "host=h nonsense"] {
            assert!(matches!(parse(url), Err(Error::Url { .. })), "{url}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_words_of_our_own() {
        for (url, expected) in [
            ("host=h nonsense=1", "it has an option that does not exist"),
            ("host=h port=secret", "an option, or the port, has a value that it cannot take"),
            ("host=h nonsense", "it ends too early, or contains a misplaced character"),
        ] {
            assert!(
                matches!(parse(url), Err(Error::Url { reason }) if reason == expected),
                "{url}: {:?}",
                parse(url).err()
            );
        }
    }

    #[test]
    fn no_part_of_a_password_is_taken_for_something_else_or_shown() {
        for url in [
            "postgres://u:p@s3cr3t@host/db",
            "postgres://u:p/s3cr3t@host/db",
            "postgres://u:p?s3cr3t@host/db",
            "postgres://u:p@host/db?password=p@s3cr3t",
            "postgres://host/db?user=u&password=p@s3cr3t",
            "postgres://u:s3cr3t/db",
            "postgres://u:p:s3cr3t",
            "postgres://u:p@[s3cr3t/db",
            "postgres://u:p@host/db?s3cr3t",
            "postgres://u:p@host/db?s3cr3t=1",
            "postgres://u:p%@host:s3cr3t/db",
            "host=h password=p s3cr3t",
            "host=h password=p s3cr3t=1",
            "host=h password='s3cr3t",
            "u:s3cr3t@host/db",
            "host=h password='p'host=s3cr3t'",
            "host=h password='p' host=s3cr3t",
            "password='p' s' host=h",
            "host=h password='p'host='s3cr3t://u'",
        ] {
            match parse(url) {
                Err(error @ Error::Url { .. }) => {
                    assert!(!format!("{error} {error:?}").contains("s3cr3t"), "{error:?}");
                }
                Err(error) => panic!("{error:?}"),
                Ok((config, _)) => assert!(!server_name(&config).contains("s3cr3t"), "{url}: {}", server_name(&config)),
            }
        }
        let (config, _) = parse("postgres://u:p%40%2F%3Fs@host/db").expect("a valid URL");
        assert_eq!(config.get_password(), Some(b"p@/?s".as_slice()));
        assert_eq!(server_name(&config), "host:5432");
    }

    #[test]
    fn what_a_host_has_swallowed_is_not_shown() {
        for text in ["host=db\\ password=Pa55w0rd", "host='db password=Pa55w0rd'", "host=/tmp\\ password=Pa55w0rd"] {
            let error = parse(text).map(drop).expect_err(text);
            assert!(!format!("{error} {error:?}").contains("Pa55w0rd"), "{error:?}");
        }
        assert!(parse("host='/my sockets' user=app").is_ok());
        let (config, _) = parse(r"host=h password='it\'s' user=app").expect("an escaped quote");
        assert_eq!(config.get_password(), Some(b"it's".as_slice()));
    }

    #[test]
    fn a_socket_is_never_encrypted() {
        let (config, _) = parse("postgres://u@%2Frun%2Fpg/db?sslmode=require").expect("a valid URL");
        assert_eq!(config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn several_hosts_stay_several() {
        let (config, _) = parse("postgres://a:1,b:2/db?target_session_attrs=read-write").expect("a valid URL");
        assert_eq!(server_name(&config), "a:1, b:2");
    }
}
