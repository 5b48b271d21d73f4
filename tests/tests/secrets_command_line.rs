//! No command shows a password: neither that of `DATABASE_URL`, nor one in a migration, in words or as JSON.

use std::process::Command;

use schemata_tests::fresh_database;

const ROLES: &str = env!("CARGO_BIN_EXE_secret_roles");
const SECRET: &str = "s3cr3t";

/// Runs a command, and returns its exit code and everything that it writes.
fn run(url: &str, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(ROLES).args(arguments).env("DATABASE_URL", url).output().expect("starts");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).expect("UTF-8")).concat();
    (output.status.code().expect("a code"), text)
}

#[tokio::test]
async fn a_password_in_a_migration_is_shown_by_no_command() {
    let database = fresh_database().await;
    for json in [&[][..], &["--json"]] {
        for command in [&["plan"][..], &["migrate", "--dry-run"], &["status"]] {
            let (code, text) = run(database.url(), &[command, json].concat());
            assert!(!text.contains(SECRET), "{command:?} {json:?}: {text}");
            assert!(code == 0 || code == 2, "{command:?} {json:?}: {code} {text}");
            if command[0] == "plan" || command[0] == "migrate" {
                assert!(text.contains("ALTER ROLE CURRENT_USER PASSWORD '***'"), "{command:?} {json:?}: {text}");
            }
        }
    }
    // The first migration is applied; the second one fails, and its statement is part of the error.
    for json in [&[][..], &["--json"]] {
        let (code, text) = run(database.url(), &[&["migrate"], json].concat());
        assert_eq!(code, 1, "{text}");
        assert!(text.contains("ALTER ROLE no_such_role PASSWORD '***'") && !text.contains(SECRET), "{json:?}: {text}");
        for command in ["plan", "status", "check"] {
            let (_, text) = run(database.url(), &[&[command], json].concat());
            assert!(!text.contains(SECRET), "{command} {json:?}: {text}");
        }
    }
}

#[test]
fn a_password_in_the_url_is_shown_by_no_command() {
    let urls = [
        "postgres://carol:s3cr3t@127.0.0.1:1/shop",
        "postgres://carol@127.0.0.1:1/shop?password=s3cr3t",
        "postgres://carol:x@s3cr3t@127.0.0.1:1/shop",
        "postgres://carol:x/s3cr3t@127.0.0.1:1/shop",
        "host=127.0.0.1 port=1 user=carol password=s3cr3t dbname=shop",
        "host=127.0.0.1 port=1 user=carol password='x s3cr3t dbname=shop",
        "postgres://carol:s3cr3t@127.0.0.1:1/shop?sslmode=wrong",
        "postgres://carol:s3cr3t@127.0.0.1:port/shop",
    ];
    for url in urls {
        for command in ["migrate", "status", "check", "plan"] {
            for json in [&[][..], &["--json"]] {
                let (code, text) = run(url, &[&[command], json].concat());
                assert_eq!(code, 1, "{url} {command}: {text}");
                assert!(!text.contains(SECRET) && !text.is_empty(), "{url} {command} {json:?}: {text}");
            }
        }
    }
}
