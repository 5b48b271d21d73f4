//! The program that adopts a database: its models, its migrations, its `main`.

use std::collections::BTreeSet;
use std::fs;

use schemata_tests::project::Project;
use tokio_postgres::Client;

/// The program before the adoption.
const EMPTY: &str = "//! An application.

use std::process::ExitCode;

fn main() -> ExitCode {
    schemata::cli::App::new(\"schemas\").main()
}
";

/// A program with the models of a database.
#[derive(Debug)]
pub(crate) struct Program {
    /// Its package.
    pub(crate) project: Project,
    /// Its models, by name.
    pub(crate) models: BTreeSet<String>,
    name: String,
    url: String,
    /// The arguments that name the PostgreSQL schema, if it is not `public`.
    schema: Vec<String>,
    /// Whether it leaves something to the database.
    unmanaged: bool,
}

impl Program {
    /// Lets `adopt` take over a database, and does what it says.
    pub(crate) async fn adopt(name: &str, url: &str, client: &Client) -> Self {
        let project = Project::create("schemas");
        project.write("src/main.rs", EMPTY);
        let schemas = schemas(client).await;
        let main = schemas.first().filter(|schema| *schema != "public");
        let schema = main.map(|schema| vec!["--schema".to_owned(), schema.clone()]).unwrap_or_default();
        let (name, url) = (name.to_owned(), url.to_owned());
        let mut this = Self { project, models: BTreeSet::new(), name, url, schema, unmanaged: false };
        let mut adopt = vec!["adopt"];
        adopt.extend(schemas.iter().flat_map(|schema| ["--schema", schema]));
        let output = this.project.run(&this.url, &adopt);
        let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(output.status.code(), Some(0), "{}: {out}{err}", this.name);
        println!("{}: {}", this.name, err.replace('\n', "\n    "));
        let (_, call) = err.split_once(".tables(tables![").expect("the models");
        let (tables, rest) = call.split_once("])").expect("the end of the models");
        this.models = tables.split(", ").map(str::to_owned).collect();
        this.unmanaged = rest.starts_with(".unmanaged(models::UNMANAGED)\n");
        this.link(false);
        this
    }

    /// Links the models, and the migrations in Rust if there are any, into the program.
    pub(crate) fn link(&self, rust: bool) {
        let models: Vec<&str> = self.models.iter().map(String::as_str).collect();
        let unmanaged = if self.unmanaged { ".unmanaged(models::UNMANAGED)" } else { "" };
        self.project.write(
            "src/main.rs",
            &format!(
                "//! An application.\n#![allow(dead_code)]\n\n{}mod models;\nschemata::sql_migrations!(\"migrations\");\n\n\
                 use std::process::ExitCode;\n\nuse models::*;\nuse schemata::tables;\n\nfn main() -> ExitCode {{\n    \
                 schemata::cli::App::new(\"schemas\").tables(tables![{}]){unmanaged}.main()\n}}\n",
                if rust { "mod migrations;\n" } else { "" },
                models.join(", "),
            ),
        );
    }

    /// Runs a command, which ends without an error; code 2, what is to be looked at, is none.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let (text, code) = self.says(&self.url, arguments);
        assert!(matches!(code, Some(0 | 2)), "{}: {arguments:?} ends with {code:?}:\n{text}", self.name);
        text
    }

    /// Migrates another database, which has nothing.
    pub(crate) fn fills(&self, url: &str) {
        let (text, code) = self.says(url, &["migrate"]);
        assert_eq!(code, Some(0), "{}: a new database:\n{text}", self.name);
        self.is_green(url, "of a new database");
    }

    /// Asserts that `check` of a database finds nothing.
    pub(crate) fn is_green(&self, url: &str, when: &str) {
        let (text, code) = self.says(url, &["check"]);
        assert_eq!(code, Some(0), "{}: `check` {when}:\n{text}", self.name);
    }

    fn says(&self, url: &str, arguments: &[&str]) -> (String, Option<i32>) {
        let arguments: Vec<&str> = arguments.iter().copied().chain(self.schema.iter().map(String::as_str)).collect();
        let output = self.project.run(url, &arguments);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (text, output.status.code())
    }

    /// Returns the paths of the files with models.
    pub(crate) fn files(&self) -> Vec<String> {
        let folder = self.project.folder().join("src/models");
        let entries = fs::read_dir(folder).expect("the folder of the models");
        let mut files: Vec<String> = entries
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .filter(|name| name != "mod.rs")
            .map(|name| format!("src/models/{name}"))
            .collect();
        files.sort();
        files
    }
}

/// Returns the schemas that have tables, `public` first.
async fn schemas(client: &Client) -> Vec<String> {
    const SQL: &str = "
        SELECT n.nspname::text FROM pg_namespace n
        WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND EXISTS (
            SELECT FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND NOT EXISTS (
                SELECT FROM pg_depend d
                WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
        ORDER BY n.nspname <> 'public', n.nspname DESC";
    client.query(SQL, &[]).await.expect("the catalog can be read").iter().map(|row| row.get(0)).collect()
}
