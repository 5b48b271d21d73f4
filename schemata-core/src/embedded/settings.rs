//! The `SCHEMATA_PG_*` variables, read and checked once per call.
//! An empty value counts as unset. Relative paths are resolved where they are used.

use std::path::PathBuf;
use std::time::Duration;

use crate::embedded::fault::Fault;

/// The oldest major version that works.
const OLDEST_MAJOR: u32 = 13;

/// The settings of the environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EnvironmentSettings {
    /// `SCHEMATA_PG_BIN`: the directory of `initdb` and `postgres`.
    pub(crate) bin: Option<PathBuf>,
    /// `SCHEMATA_PG_DIR`: the base directory.
    pub(crate) dir: Option<PathBuf>,
    /// `SCHEMATA_PG_PORT`: listen on 127.0.0.1, too; 0 takes any free port.
    pub(crate) port: Option<u16>,
    /// `SCHEMATA_PG_KEEP=1`: keep the databases of failed tests.
    pub(crate) keep: bool,
    /// `SCHEMATA_PG_GRACE`: how long a server outlives its last lease.
    pub(crate) grace: Option<Duration>,
    /// `SCHEMATA_PG_MIN`: the oldest major version that is accepted.
    pub(crate) minimum: u32,
}

impl EnvironmentSettings {
    /// Reads the environment of this process.
    pub(crate) fn from_env() -> Result<Self, Fault> {
        Self::read(|name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Fault> {
        let get = |name| get(name).filter(|value| !value.is_empty());
        Ok(Self {
            bin: get("SCHEMATA_PG_BIN").map(PathBuf::from),
            dir: get("SCHEMATA_PG_DIR").map(PathBuf::from),
            port: number("SCHEMATA_PG_PORT", get("SCHEMATA_PG_PORT"), "a port, 0 to 65535")?,
            keep: get("SCHEMATA_PG_KEEP").is_some_and(|value| value != "0"),
            grace: number("SCHEMATA_PG_GRACE", get("SCHEMATA_PG_GRACE"), "a number of seconds")?
                .map(|seconds: u32| Duration::from_secs(seconds.into())),
            minimum: number("SCHEMATA_PG_MIN", get("SCHEMATA_PG_MIN"), "a major version, such as 15")?
                .unwrap_or(OLDEST_MAJOR)
                .max(OLDEST_MAJOR),
        })
    }
}

fn number<T: std::str::FromStr>(
    variable: &'static str,
    value: Option<String>,
    expected: &'static str,
) -> Result<Option<T>, Fault> {
    let Some(value) = value else { return Ok(None) };
    match value.trim().parse() {
        Ok(number) => Ok(Some(number)),
        Err(_) => Err(Fault::BadSetting { variable, value, expected }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<EnvironmentSettings, Fault> {
        EnvironmentSettings::read(|name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn empty_counts_as_unset() {
        let settings = read(&[("SCHEMATA_PG_BIN", ""), ("SCHEMATA_PG_GRACE", ""), ("SCHEMATA_PG_KEEP", "")]);
        assert_eq!(settings.expect("nothing to reject"), read(&[]).expect("nothing to reject"));
    }

    #[test]
    fn keep_is_off_at_zero() {
        assert!(read(&[("SCHEMATA_PG_KEEP", "1")]).expect("valid").keep);
        assert!(!read(&[("SCHEMATA_PG_KEEP", "0")]).expect("valid").keep);
    }

    #[test]
    fn never_accepts_less_than_the_oldest_major() {
        assert_eq!(read(&[("SCHEMATA_PG_MIN", "9")]).expect("valid").minimum, 13);
        assert_eq!(read(&[("SCHEMATA_PG_MIN", "16")]).expect("valid").minimum, 16);
    }

    #[test]
    fn bad_numbers_name_the_variable() {
        let text = |name, value| read(&[(name, value)]).expect_err("not a number").to_string();
        assert_eq!(text("SCHEMATA_PG_PORT", "99999"), r#"SCHEMATA_PG_PORT="99999" is not a port, 0 to 65535"#);
        assert_eq!(text("SCHEMATA_PG_GRACE", "soon"), r#"SCHEMATA_PG_GRACE="soon" is not a number of seconds"#);
    }
}
