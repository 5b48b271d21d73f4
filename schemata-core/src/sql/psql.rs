//! The commands of psql that a file of SQL may hold: those that change nothing, as dumps have them; the others are refused
//! with what to write instead. `schemata-derive` compiles this file too, through a symbolic link.

/// Returns `Ok` for a command that a migration can do without, like `\restrict` in a dump.
pub(crate) fn without_effect(command: &str) -> Result<(), String> {
    let mut words = command.trim_start_matches('\\').split_whitespace();
    let name = words.next().unwrap_or_default();
    let argument = words.next().unwrap_or_default();
    let instead = match name {
        "restrict" | "unrestrict" | "echo" | "qecho" | "warn" | "timing" | "pset" => return Ok(()),
        "set" if argument.eq_ignore_ascii_case("on_error_stop") => return Ok(()),
        "encoding" if ["utf8", "utf-8"].iter().any(|utf8| argument.eq_ignore_ascii_case(utf8)) => return Ok(()),
        "encoding" => "the file has to be in UTF-8",
        "c" | "connect" => "a migration stays on its database: remove the line, and what is about another database",
        "i" | "ir" | "include" | "include_relative" => "put the statements of that file here",
        "copy" => "put the rows into the file, as INSERT or below COPY … FROM stdin",
        "set" | "unset" | "if" | "elif" | "else" | "endif" | "gset" => "write what it stands for",
        _ => "write SQL instead",
    };
    Err(format!("\\{name} is a command of psql, which PostgreSQL does not know: {instead}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_dumps_hold_is_passed_over_and_the_rest_refused() {
        for command in ["\\restrict aBc", "\\unrestrict aBc", "\\set ON_ERROR_STOP on", "\\encoding UTF8"] {
            assert_eq!(without_effect(command), Ok(()), "{command}");
        }
        for command in ["\\connect shop", "\\i other.sql", "\\copy t from 'x'", "\\set a b", "\\encoding LATIN1", "\\."]
        {
            assert!(without_effect(command).is_err(), "{command}");
        }
    }
}
