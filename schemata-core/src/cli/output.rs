//! Prints results, notes and errors, and maps results to exit codes.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use tokio_postgres::error::DbError;

/// The exit code of a command that succeeded and found something left to do.
pub(crate) const EXIT_PENDING: u8 = 2;

/// The error of a command.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// The outcome of a command: the exit code, or an error to print.
pub(crate) type CommandResult = Result<ExitCode, BoxError>;

/// Returns the exit code of a command that succeeded. `is_complete` is false if something is left to do.
pub(crate) fn exit_code(is_complete: bool) -> ExitCode {
    if is_complete { ExitCode::SUCCESS } else { ExitCode::from(EXIT_PENDING) }
}

/// Prints a line of the result. A closed pipe, like that of `head`, is not an error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints the result as a JSON document.
pub(crate) fn document(value: &serde_json::Value) {
    line(&format!("{value:#}"));
}

/// Prints one line per item.
pub(crate) fn list(all: &[impl Display]) {
    for one in all {
        line(&format!("- {one}"));
    }
}

/// Prints a line to standard error.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Parses the program's arguments, and prints help or an error if these are to be printed.
///
/// # Errors
/// The program's exit code: success after help, and 1 after a mistake, since the 2 of `clap` would mean "pending".
pub fn parse<P: clap::Parser>() -> Result<P, ExitCode> {
    P::try_parse().map_err(|error| {
        // The pipe may be closed.
        let _ = error.print();
        if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    })
}

/// Prints `error` with its causes and the details of PostgreSQL's error, and returns the exit code.
pub fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    let mut out = io::stderr().lock();
    let title = if has_colour() { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    let _ = writeln!(out, "{title} {error}");
    for cause in causes(error) {
        match cause.downcast_ref::<DbError>() {
            Some(refusal) => print_database_error(&mut out, refusal),
            None => {
                let _ = writeln!(out, "  because: {cause}");
            }
        }
    }
    ExitCode::FAILURE
}

/// Returns the causes of `error`, without those that repeat another one: the driver's errors add nothing to their cause, and
/// transparent errors have its text.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes = Vec::new();
    let mut before = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        let refusal = this.is::<DbError>();
        if refusal || !(this.source().is_some_and(<dyn Error>::is::<DbError>) || this.to_string() == before) {
            causes.push(this);
        }
        before = this.to_string();
        cause = this.source();
    }
    causes
}

fn print_database_error(out: &mut impl Write, refusal: &DbError) {
    let _ = writeln!(out, "  PostgreSQL: {} (SQLSTATE {})", refusal.message(), refusal.code().code());
    for (label, text) in [("detail", refusal.detail()), ("hint", refusal.hint()), ("where", refusal.where_())] {
        if let Some(text) = text {
            let _ = writeln!(out, "  {label}: {text}");
        }
    }
}

/// Returns whether standard error is coloured: on a terminal, unless `NO_COLOR` is set.
fn has_colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
