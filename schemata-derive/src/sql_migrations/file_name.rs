//! What the name of a file or folder means to the tools that write migrations in SQL: its version, its direction, its style.

/// The way in which a tool names migrations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameStyle {
    /// `20200101000000_name.sql`, `0001_name.up.sql`: sqlx, dbmate, goose, golang-migrate.
    Numbered,
    /// `2020-01-01-000000_name/up.sql`: diesel.
    Folder,
    /// `V1__name.sql`: refinery, Flyway.
    Prefixed,
}

impl NameStyle {
    /// Returns the style in words.
    pub(super) fn shown(self) -> &'static str {
        match self {
            Self::Numbered => "0001_name.sql",
            Self::Folder => "2020-01-01-000000_name/up.sql",
            Self::Prefixed => "V1__name.sql",
        }
    }
}

/// What a name means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A migration up, with its version and id.
    Up { style: NameStyle, version: String, id: String },
    /// The way down of a migration, with the id of that.
    Down { id: String },
    /// Not a migration: a description, a setting, or Rust.
    Other,
}

/// Returns what the name of a file means, or what is wrong with it.
pub(super) fn of_file(name: &str) -> Result<Meaning, String> {
    let Some(stem) = name.strip_suffix(".sql") else {
        let other = name.starts_with('.') || [".md", ".rs", ".conf", ".toml"].iter().any(|end| name.ends_with(end));
        return if other { Ok(Meaning::Other) } else { Err(unknown(name)) };
    };
    if let Some(rest) = stem.strip_prefix('V') {
        let (version, title) = rest.split_once("__").ok_or_else(|| unknown(name))?;
        return up(NameStyle::Prefixed, name, &version.replace('_', "."), title);
    }
    if stem.starts_with("R__") {
        return Err(format!(
            "{name}: a migration that runs whenever it changes is not supported: give it a number, and a new file for each change"
        ));
    }
    if stem.starts_with('U') && stem.contains("__") {
        return Err(format!(
            "{name}: a file `U…` undoes in Flyway, and is out of order in refinery: name it `V…`, or remove it"
        ));
    }
    let (stem, is_down) = match (stem.strip_suffix(".up"), stem.strip_suffix(".down")) {
        (Some(stem), _) => (stem, false),
        (None, Some(stem)) => (stem, true),
        (None, None) => (stem, false),
    };
    let digits = stem.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(stem.len());
    let (version, rest) = stem.split_at(digits);
    if version.is_empty() || !rest.is_empty() && !rest.starts_with(['_', '-']) {
        return Err(unknown(name));
    }
    let meaning = up(NameStyle::Numbered, name, version, rest.get(1..).unwrap_or_default())?;
    Ok(match meaning {
        Meaning::Up { id, .. } if is_down => Meaning::Down { id },
        other => other,
    })
}

/// Returns what the name of a folder with an `up.sql` means, or what is wrong with it.
pub(super) fn of_folder(name: &str) -> Result<Meaning, String> {
    let (version, title) = name.split_once('_').unwrap_or((name, ""));
    let version = version.replace('-', "");
    if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(unknown(name));
    }
    up(NameStyle::Folder, name, &version, title)
}

fn up(style: NameStyle, name: &str, version: &str, title: &str) -> Result<Meaning, String> {
    let is_version = version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if !is_version {
        return Err(unknown(name));
    }
    let title = title.replace(' ', "_");
    if let Some(bad) = title.chars().find(|letter| !(letter.is_ascii_alphanumeric() || "_-.".contains(*letter))) {
        return Err(format!("{name}: the name holds {bad:?}: use ASCII letters, digits, `_`, `-` and `.`"));
    }
    let id = if title.is_empty() { version.to_owned() } else { format!("{version}_{title}") };
    if id.len() > 200 {
        return Err(format!("{name}: the name is {} bytes long: use 200 at most", id.len()));
    }
    Ok(Meaning::Up { style, version: canonical(version), id })
}

/// Returns a version without leading zeros: `1`, `01` and `001.0` are told apart only by what they count.
fn canonical(version: &str) -> String {
    let part = |part: &str| match part.trim_start_matches('0') {
        "" => "0".to_owned(),
        digits => digits.to_owned(),
    };
    version.split('.').map(part).collect::<Vec<_>>().join(".")
}

fn unknown(name: &str) -> String {
    format!(
        "{name} is not the name of a migration: write `0001_name.sql`, `0001_name.up.sql`, `V1__name.sql` or a folder \
         `2020-01-01-000000_name` with `up.sql`; or move it to another folder"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(meaning: Result<Meaning, String>) -> String {
        match meaning.expect("a known name") {
            Meaning::Up { style, version, id } => format!("{style:?} {version} {id}"),
            Meaning::Down { id } => format!("down {id}"),
            Meaning::Other => "other".to_owned(),
        }
    }

    #[test]
    fn names_of_each_tool_are_known() {
        for (name, expected) in [
            ("20200101000000_add_users.sql", "Numbered 20200101000000 20200101000000_add_users"),
            ("0001_a.up.sql", "Numbered 1 0001_a"),
            ("0001_a.down.sql", "down 0001_a"),
            ("0001-a.sql", "Numbered 1 0001_a"),
            ("3.sql", "Numbered 3 3"),
            ("V1__a.sql", "Prefixed 1 1_a"),
            ("V1_2__a b.sql", "Prefixed 1.2 1.2_a_b"),
            ("V01.10__a.sql", "Prefixed 1.10 01.10_a"),
            ("README.md", "other"),
            (".gitkeep", "other"),
            ("m0002_b.rs", "other"),
        ] {
            assert_eq!(id(of_file(name)), expected, "{name}");
        }
        assert_eq!(id(of_folder("2020-01-01-000000_create")), "Folder 20200101000000 20200101000000_create");
        assert_eq!(
            id(of_folder("00000000000000_diesel_initial_setup")),
            "Folder 0 00000000000000_diesel_initial_setup"
        );
    }

    #[test]
    fn other_names_are_refused() {
        for name in ["a.sql", "0001a.sql", "V1_a.sql", "Vx__a.sql", "R__views.sql", "U1__a.sql", "0001_é.sql", "x.txt"]
        {
            assert!(of_file(name).is_err(), "{name}");
        }
        assert!(of_folder("a_b").is_err());
    }
}
