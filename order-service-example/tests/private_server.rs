//! Runs the service on a machine without `DATABASE_URL` and without a server.
#![cfg(feature = "dev")]

use std::path::PathBuf;
use std::process::{Command, Output};

/// A private server in a folder of this test, stopped and removed at the end.
struct Machine {
    folder: PathBuf,
}

impl Machine {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("schemata-example-{name}-{}", std::process::id()));
        Self { folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_order-service-example"));
        command.args(arguments).env_remove("DATABASE_URL").env_remove("SCHEMATA_PRIVATE_SERVER");
        command.env("SCHEMATA_PG_DIR", &self.folder);
        command
    }

    /// Runs the program. The variable allows a release build to use the private server; a development build does not
    /// need it.
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        if !cfg!(debug_assertions) {
            command.env("SCHEMATA_PRIVATE_SERVER", "1");
        }
        command.output().expect("the program starts")
    }

    fn says(&self, arguments: &[&str]) -> (String, String) {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        (text(output.stdout), text(output.stderr))
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.run(&["db", "reset", "--yes"]);
        // The folder may have been removed already.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

const BOTH: &str = "Applied 2 migration(s):\n- 0001_initial_catalog\n- 0002_add_order_status\n";

#[test]
fn the_first_command_starts_a_server_and_the_data_stay() {
    let machine = Machine::new("first");
    let (out, err) = machine.says(&["migrate"]);
    assert_eq!(out, BOTH);
    let first = err.lines().next().expect("a line");
    assert!(first.starts_with("using private PostgreSQL "), "{err}");
    assert!(first.contains(&*machine.folder.to_string_lossy()), "{err}");
    assert!(first.contains("psql 'postgres://") && first.ends_with("/order-service-example'"), "{err}");

    machine.says(&["add-customer", "ada@example.com", "Ada"]);
    assert_eq!(machine.says(&["db", "stop"]).0, "Stopped the private server.\n");
    assert_eq!(machine.says(&["db", "stop"]).0, "The private server was not running.\n");
    assert!(
        machine.says(&["place-order", "ada@example.com", "A-1", "tea:1:1"]).0.contains("A-1"),
        "the customer is there"
    );
    assert!(machine.says(&["db", "url"]).0.starts_with("postgres://"));
    let (agreed, _) = machine.says(&["check"]);
    assert_eq!(agreed, "The migrations lead to the models.\nThe database is what its migrations made it.\n");
}

#[test]
fn reset_asks_and_then_starts_afresh() {
    let machine = Machine::new("reset");
    assert_eq!(machine.says(&["migrate"]).0, BOTH);
    let refused = machine.run(&["db", "reset"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nothing was deleted"), "{refused:?}");
    assert_eq!(machine.says(&["migrate"]).0, "No pending migrations. Database is up to date.\n");
    assert_eq!(machine.says(&["db", "reset", "--yes"]).0, "Deleted the private server and its data.\n");
    assert_eq!(machine.says(&["migrate"]).0, BOTH);
}

#[cfg(not(debug_assertions))]
#[test]
fn a_release_build_without_a_url_fails_and_starts_nothing() {
    let machine = Machine::new("release");
    for url in [None, Some("")] {
        for command in ["migrate", "status", "list"] {
            let mut program = machine.command(&[command]);
            if let Some(url) = url {
                program.env("DATABASE_URL", url);
            }
            let output = program.output().expect("the program starts");
            let said = String::from_utf8(output.stderr).expect("UTF-8");
            assert_eq!(output.status.code(), Some(1), "{command}: {said}");
            let found = if url.is_none() { "not set" } else { "empty" };
            assert!(
                said.contains(&format!("DATABASE_URL is {found}, and a release build starts no private")),
                "{said}"
            );
            assert!(output.stdout.is_empty() && !machine.folder.exists(), "{command} did something");
        }
    }
}
