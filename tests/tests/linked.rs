//! `check_test!` in a real package: it fails when a migration is written and not part of the program, and says what to
//! write.

use schemata_tests::fresh_database;
use schemata_tests::project::Project;

const MAIN: &str = r#"//! A shop.
#![forbid(unsafe_code)]
#![deny(missing_docs, unused)]

mod migrations;
mod models;

use std::process::ExitCode;

use schemata::cli::App;
use schemata::tables;

fn main() -> ExitCode {
    App::new("linkage").tables(tables![models::Order]).main()
}

#[cfg(test)]
mod tests {
    schemata::check_test!(crate::models::Order);
}
"#;

const MODELS: &str = r#"//! The models.
#![allow(dead_code)]

use schemata::prelude::*;

#[derive(TableModel)]
#[table(name = "orders")]
pub struct Order {
    #[column(primary_key)]
    pub id: i32,
    pub number: String,
}
"#;

const ORDERS: &str = r#"//! Orders.
// #[migration("0000_in_a_comment")]

use schemata::prelude::*;

#[migration("0001_orders")]
async fn orders(m: &mut Migration<'_>) -> MigrationResult {
    m.execute("CREATE TABLE orders (id int PRIMARY KEY)").await?;
    Ok(())
}

#[cfg(any())]
mod never {
    #[migration("0009_never")]
    async fn never() {}
}
"#;

const NUMBERS: &str = r#"//! Numbers.

use schemata::prelude::*;

#[migration("0002_numbers")]
async fn numbers(m: &mut Migration<'_>) -> MigrationResult {
    m.alter_table("orders").add_column("number", "text NOT NULL").await
}
"#;

const ACCOUNTS: &str = r#"//! Accounts, in a crate of their own.
#![allow(dead_code)]

use schemata::prelude::*;

#[derive(TableModel)]
#[table(name = "accounts")]
pub struct Account {
    #[column(primary_key)]
    pub id: i32,
}

mod history {
    use schemata::prelude::*;

    #[migration("0001_accounts")]
    async fn accounts(m: &mut Migration<'_>) -> MigrationResult {
        m.execute("CREATE TABLE accounts (id int PRIMARY KEY)").await?;
        Ok(())
    }
}
"#;

/// Returns the lines of the test's message that name what is missing.
fn missing(text: &str) -> Vec<&str> {
    assert!(text.contains("migrations are written, but not part of this program:"), "{text}");
    text.lines().filter(|line| line.starts_with("- ")).collect()
}

#[tokio::test]
async fn a_migration_that_is_not_part_of_the_program_fails_the_suite() {
    let database = fresh_database().await;
    let project = Project::create("linkage");
    let suite = || project.test(database.url());
    project.write("src/models.rs", MODELS);
    project.write("src/migrations/mod.rs", "//! By hand.\n\nmod m0001_orders;\n");
    project.write("src/migrations/m0001_orders.rs", ORDERS);
    project.write("src/migrations/m0002_numbers.rs", NUMBERS);

    // The folder is not part of the program, and within it one file is not.
    project.write("src/main.rs", &MAIN.replace("mod migrations;\n", ""));
    let (text, passed) = suite();
    assert!(!passed, "{text}");
    assert_eq!(
        missing(&text),
        [
            "- 0001_orders (src/migrations/m0001_orders.rs, line 6): write `mod migrations;` in src/main.rs",
            "- 0002_numbers (src/migrations/m0002_numbers.rs, line 5): write `mod m0002_numbers;` in src/migrations/mod.rs",
        ]
    );
    project.write("src/main.rs", MAIN);
    let (text, passed) = suite();
    assert_eq!((missing(&text).len(), passed), (1, false), "{text}");
    // Items under a `cfg` are not reported, nor are whole files.
    project.write("src/migrations/mod.rs", "schemata::migrations!();\n#[cfg(any())]\nmod never;\n");
    project.write("src/migrations/never.rs", &format!("mod deeper;\n{NUMBERS}").replace("0002", "0007"));
    project.write("src/migrations/never/deeper.rs", &NUMBERS.replace("0002", "0008"));
    let (text, passed) = suite();
    assert!(passed, "{text}");

    // A file added later is not compiled: nothing watches the folder here.
    project.write(
        "src/migrations/m0003_late.rs",
        &NUMBERS.replace("0002_numbers", "0003_late").replace("number\"", "late\""),
    );
    let (text, passed) = suite();
    let touch =
        "src/migrations/mod.rs was compiled before the file was added: touch it, and have a build.rs watch the folder";
    assert_eq!(missing(&text), [format!("- 0003_late (src/migrations/m0003_late.rs, line 5): {touch}")]);
    assert!(!passed);

    // Everything is linked, but does not lead to the models.
    project.write("src/migrations/mod.rs", "//! All.\nschemata::migrations!();\n#[cfg(any())]\nmod never;\n");
    let (text, passed) = suite();
    assert!(!passed && text.contains("- orders.late: the migrations have it, the model does not"), "{text}");

    // If no file names the folder, the message says to do that, whatever its mod.rs declares.
    project.write("src/main.rs", &MAIN.replace("mod migrations;\n", ""));
    let (text, passed) = suite();
    assert_eq!((missing(&text).len(), passed), (3, false), "{text}");
    assert!(missing(&text).iter().all(|line| line.ends_with(": write `mod migrations;` in src/main.rs")), "{text}");
}

#[tokio::test]
async fn a_test_outside_has_to_name_the_library() {
    let database = fresh_database().await;
    let project = Project::create("linked-outside");
    let main = "mod m0001_orders;\nmod models;\nfn main() {}\n";
    project.write("src/models.rs", MODELS);
    project.write("src/m0001_orders.rs", ORDERS);
    project.write("src/main.rs", main);
    // Migrations of other programs and tests do not count.
    project.write("src/bin/other.rs", &format!("{NUMBERS}\nfn main() {{}}\n"));
    project.write("tests/other.rs", &NUMBERS.replace("0002_numbers", "0003_numbers"));
    project.write("tests/common/mod.rs", &NUMBERS.replace("0002_numbers", "0004_numbers"));
    project.write("tests/agree.rs", "schemata::check_test!();\n");
    let told = |text: &str, remedy: &str| {
        assert_eq!(missing(text), [format!("- 0001_orders (src/m0001_orders.rs, line 6): {remedy}")]);
    };
    let (text, passed) = project.test(database.url());
    assert!(!passed);
    told(&text, "a test outside a program cannot link it: put the test into the program itself, src/main.rs");

    project.write("src/lib.rs", &main.replace("fn main() {}", ""));
    project.write("src/main.rs", "fn main() {}\n");
    let (text, passed) = project.test(database.url());
    assert!(!passed);
    let names = "nothing names the crate linked_outside, so the linker omits it: write `use linked_outside as _;`";
    told(&text, names);

    project.write("tests/agree.rs", "use linked_outside as _;\nschemata::check_test!();\n");
    let (text, passed) = project.test(database.url());
    assert!(passed, "{text}");
}

#[tokio::test]
async fn a_crate_that_nobody_names_fails_the_suite() {
    let database = fresh_database().await;
    let project = Project::create("linked-crates");
    let suite = || project.test(database.url());
    let manifest = project.read("Cargo.toml");
    let of_core = manifest.lines().find(|line| line.starts_with("schemata-core")).expect("the library").to_owned();
    project.write("Cargo.toml", &format!("{manifest}shop-accounts = {{ path = \"accounts\" }}\n"));
    let library = "[package]\nname = \"shop-accounts\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n";
    project.write("accounts/Cargo.toml", &format!("{library}{of_core}\n"));
    project.write("accounts/src/lib.rs", ACCOUNTS);
    project.write("src/models.rs", MODELS);
    project.write("src/migrations.rs", "mod m0001_orders;\nmod m0002_numbers;\n");
    project.write("src/migrations/m0001_orders.rs", ORDERS);
    project.write("src/migrations/m0002_numbers.rs", NUMBERS);
    project.write("src/main.rs", MAIN);
    let unnamed = "- 0001_accounts (accounts/src/lib.rs, line 16): nothing names the crate shop_accounts, so the linker \
                   omits it: write `schemata::register!(shop_accounts);`";
    let (text, passed) = suite();
    assert_eq!((missing(&text), passed), (vec![unnamed], false));

    // Only the test names it, so the program would still lack it.
    let all =
        MAIN.replace("check_test!(crate::models::Order)", "check_test!(crate::models::Order, shop_accounts::Account)");
    project.write("src/main.rs", &all);
    let (text, passed) = suite();
    assert_eq!((missing(&text), passed), (vec![unnamed], false));
    let (out, code) = project.says(database.url(), &["status"]);
    assert!(code == Some(2) && !out.contains("0001_accounts"), "{out}");

    let registered = all.replace("mod models;\n", "mod models;\n\nschemata::register!(shop_accounts);\n");
    project.write("src/main.rs", &registered);
    let (text, passed) = suite();
    assert!(passed, "{text}");
    let (out, code) = project.says(database.url(), &["status"]);
    assert!(code == Some(2) && out.contains("0001_accounts"), "{out}");

    // Another crate that is linked names it, which links it as well.
    let both = "shop-accounts = { path = \"accounts\" }\nshop-billing = { path = \"billing\" }\n";
    project.write("Cargo.toml", &format!("{manifest}{both}"));
    let billing = library.replace("shop-accounts", "shop-billing");
    project.write("billing/Cargo.toml", &format!("{billing}shop-accounts = {{ path = \"../accounts\" }}\n"));
    project.write("billing/src/lib.rs", "use shop_accounts as _;\n");
    project.write("src/main.rs", &all.replace("mod models;\n", "mod models;\n\nuse shop_billing as _;\n"));
    let (text, passed) = suite();
    assert!(passed, "{text}");
    project.write("billing/src/lib.rs", "//! Nothing yet.\n");
    let (text, passed) = suite();
    assert_eq!((missing(&text), passed), (vec![unnamed], false));

    // The crate has another name here; the message shows its own name as well.
    let renamed = "accounts = { path = \"accounts\", package = \"shop-accounts\" }";
    project.write("Cargo.toml", &format!("{manifest}{renamed}\n"));
    let alias = registered.replace("register!(shop_accounts)", "register!(accounts as \"shop_accounts\")");
    project.write("src/main.rs", &alias.replace("shop_accounts::Account", "accounts::Account"));
    let (text, passed) = suite();
    assert!(passed, "{text}");
    project.write("Cargo.toml", &format!("{manifest}shop-accounts = {{ path = \"accounts\" }}\n"));
    project.write("src/main.rs", &registered);

    // Registered, but its module is missing: the tests name it, and the program refuses to migrate.
    project
        .write("accounts/src/lib.rs", &ACCOUNTS.split("mod history").next().expect("the model").replace("//!", "//"));
    project.write(
        "accounts/src/history.rs",
        ACCOUNTS.split("mod history {\n").nth(1).and_then(|rest| rest.strip_suffix("}\n")).expect("its body"),
    );
    let (text, passed) = suite();
    let undeclared = "- 0001_accounts (accounts/src/history.rs, line 3): write `mod history;` in accounts/src/lib.rs";
    assert_eq!((missing(&text), passed), (vec![undeclared], false));
    let (out, code) = project.says(database.url(), &["migrate"]);
    let refusal = "crate shop_accounts is registered in src/main.rs, line 8, and has no migration in this program";
    assert!(code == Some(1) && out.contains(refusal), "{out}");
}

#[tokio::test]
async fn a_library_and_a_program_of_one_name_and_modules_within_modules() {
    let database = fresh_database().await;
    let project = Project::create("linked-usual");
    let main = "fn main() {}\n#[cfg(test)]\nmod tests {\n    schemata::check_test!();\n}\n";
    project.write("src/lib.rs", "pub mod m0001_orders;\n");
    project.write("src/m0001_orders.rs", ORDERS);
    project.write("src/main.rs", main);
    let (text, passed) = project.test(database.url());
    let names = "nothing names the crate linked_usual, so the linker omits it: write `use linked_usual as _;`";
    assert_eq!(
        (missing(&text), passed),
        (vec![&*format!("- 0001_orders (src/m0001_orders.rs, line 6): {names}")], false)
    );

    let inline = "use linked_usual as _;\nmod deep {\n    mod m0002;\n}\n#[cfg(any())]\nmod never {\n    mod m0009;\n}\n\
                  #[allow(dead_code)]\nconst TEXT: &str = stringify!(#[migration(\"0008\")] async fn x() {});\n";
    project.write("src/main.rs", &format!("{inline}{main}"));
    project.write("src/deep/m0002.rs", NUMBERS);
    project.write("src/deep/m0003.rs", &NUMBERS.replace("0002_numbers", "0003_more"));
    project.write("src/never/m0009.rs", &NUMBERS.replace("0002_numbers", "0009_never"));
    let (text, passed) = project.test(database.url());
    let within = "- 0003_more (src/deep/m0003.rs, line 5): write `mod m0003;` in the module deep of src/main.rs";
    assert_eq!((missing(&text), passed), (vec![within], false), "{text}");
}
