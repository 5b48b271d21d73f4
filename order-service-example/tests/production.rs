//! The service as production builds it, without the feature `dev`:
//! `cargo test -p order-service-example --no-default-features --test production`.
#![cfg(not(feature = "dev"))]

use std::process::Command;

/// Runs the service without `DATABASE_URL`, and returns its exit code, standard output and standard error.
fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_order-service-example"));
    program.args(arguments).env_remove("DATABASE_URL").env("SCHEMATA_PRIVATE_SERVER", "1").env("NO_COLOR", "1");
    let output = program.output().expect("the program starts");
    let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn development_commands_name_the_feature_they_need() {
    let commands: [(&str, &[&str]); 5] = [
        ("generate", &["generate", "add_note"]),
        ("squash", &["squash", "squashed"]),
        ("inspect", &["inspect", "--schema", "public"]),
        ("schema", &["schema", "--format", "svg"]),
        ("db", &["db", "url"]),
    ];
    for (name, arguments) in commands {
        let message = format!(
            "error: `{name}` is a command for development, and this program was built without it; enable the feature \
             `dev` of schemata-core in a development build\n"
        );
        assert_eq!(run(arguments), (Some(1), String::new(), message));
    }
}

#[test]
fn help_lists_only_the_commands_that_run() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, Some(0));
    let listed = |name: &str| help.lines().any(|line| line.split_whitespace().next() == Some(name));
    for name in ["migrate", "plan", "status", "provision", "check", "place-order"] {
        assert!(listed(name), "{name}: {help}");
    }
    for name in ["generate", "squash", "inspect", "schema", "db"] {
        assert!(!listed(name), "{name}: {help}");
    }
}

#[test]
fn without_a_url_nothing_is_started() {
    for command in ["migrate", "status", "check", "list"] {
        let (code, out, err) = run(&[command]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{command}: {err}");
        assert_eq!(
            err,
            "error: DATABASE_URL is not set, and this program was built without the private PostgreSQL; write \
             DATABASE_URL=postgres://user:password@host/db, or enable the feature `dev` of schemata-core in a development \
             build\n"
        );
    }
}
