//! What the commands print, and how they end.

use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use tokio_postgres::error::DbError;

/// The exit code for migrations that are pending.
pub(crate) const PENDING: u8 = 2;

/// What went wrong with a command.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// How a command ends.
pub(crate) type Done = Result<ExitCode, BoxError>;

/// The exit code of a command that went well: whether all is as it should be, or something is left to do.
pub(crate) fn settled(is_settled: bool) -> ExitCode {
    if is_settled { ExitCode::SUCCESS } else { ExitCode::from(PENDING) }
}

/// Prints a line of the result. A reader that went away, like `head`, is no error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(io::stdout().lock(), "{text}");
}

/// Prints the result as one JSON document.
pub(crate) fn document(value: &serde_json::Value) {
    line(&format!("{value:#}"));
}

/// Prints one line each.
pub(crate) fn list(all: &[impl Display]) {
    for one in all {
        line(&format!("- {one}"));
    }
}

/// Prints a line beside the result.
pub(crate) fn note(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Parses the program's arguments. Help is printed and ends in success, a mistake in exit code 1: `clap`'s own 2 would
/// read as "pending".
///
/// # Errors
/// The exit code to end with.
pub fn parse<P: clap::Parser>() -> Result<P, ExitCode> {
    P::try_parse().map_err(|error| {
        // As in `line`: nobody may be reading.
        let _ = error.print();
        if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    })
}

/// Prints `error` with its causes and what PostgreSQL said in detail; the exit code for it.
pub fn fail(error: &(dyn Error + 'static)) -> ExitCode {
    let mut out = io::stderr().lock();
    let title = if colour() { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
    let _ = writeln!(out, "{title} {error}");
    for cause in causes(error) {
        match cause.downcast_ref::<DbError>() {
            Some(refusal) => explain(&mut out, refusal),
            None => {
                let _ = writeln!(out, "  because: {cause}");
            }
        }
    }
    ExitCode::FAILURE
}

/// The causes of `error` that say something of their own: the driver's errors say no more than their cause, and transparent
/// ones say it twice.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut found = Vec::new();
    let mut before = error.to_string();
    let mut cause = error.source();
    while let Some(this) = cause {
        let refusal = this.is::<DbError>();
        if refusal || !(this.source().is_some_and(<dyn Error>::is::<DbError>) || this.to_string() == before) {
            found.push(this);
        }
        before = this.to_string();
        cause = this.source();
    }
    found
}

fn explain(out: &mut impl Write, refusal: &DbError) {
    let _ = writeln!(out, "  PostgreSQL: {} (SQLSTATE {})", refusal.message(), refusal.code().code());
    for (label, text) in [("detail", refusal.detail()), ("hint", refusal.hint()), ("where", refusal.where_())] {
        if let Some(text) = text {
            let _ = writeln!(out, "  {label}: {text}");
        }
    }
}

/// Whether standard error takes colour: a terminal does, unless `NO_COLOR` is set.
fn colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}
