//! The program that adopts a database: its models, its migrations, its `main`.

use std::collections::BTreeSet;
use std::fs;

use schemata_tests::project::Project;
use tokio_postgres::Client;

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
}

impl Program {
    /// Writes the models and the first migration of a database, and marks that one as applied.
    pub(crate) async fn adopt(name: &str, url: &str, client: &Client) -> Self {
        let project = Project::create("schemas");
        let schemas = schemas(client).await;
        let main = schemas.first().filter(|schema| *schema != "public");
        let schema = main.map(|schema| vec!["--schema".to_owned(), schema.clone()]).unwrap_or_default();
        let mut this = Self { project, models: BTreeSet::new(), name: name.to_owned(), url: url.to_owned(), schema };
        this.write_main("", "");
        let mut inspect = vec!["inspect", "--dir", "src/models"];
        inspect.extend(schemas.iter().flat_map(|schema| ["--schema", schema]));
        let output = this.project.run(url, &inspect);
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        assert!(matches!(output.status.code(), Some(0 | 2)), "{name}: {text}");
        let tables = text.split_once("tables![").and_then(|(_, rest)| rest.split_once(']')).map(|(tables, _)| tables);
        this.models = tables.into_iter().flat_map(|tables| tables.split(", ")).map(str::to_owned).collect();
        this.write_main("mod models;", &this.app());
        this.succeeds(&["generate", "initial"]);
        this.link();
        this.succeeds(&["migrate", "baseline", "--to", "0001_initial"]);
        this
    }

    /// Links models and migrations into the program.
    pub(crate) fn link(&self) {
        self.write_main("mod migrations;\nmod models;", &self.app());
    }

    /// The words that name the models.
    fn app(&self) -> String {
        let models: Vec<String> = self.models.iter().map(|model| format!("models::{model}")).collect();
        let unmanaged = self.project.read("src/models/mod.rs").contains("UNMANAGED");
        let unmanaged = if unmanaged { ".unmanaged(models::UNMANAGED)" } else { "" };
        format!(".tables(schemata::tables![{}]){unmanaged}", models.join(", "))
    }

    fn write_main(&self, modules: &str, app: &str) {
        self.project.write(
            "src/main.rs",
            &format!(
                "//! An application.\n#![allow(dead_code)]\n{modules}\nuse std::process::ExitCode;\n\n\
                 fn main() -> ExitCode {{\n    schemata::cli::App::new(\"schemas\"){app}.main()\n}}\n"
            ),
        );
    }

    /// Runs a command, which ends without an error; code 2, what is to be looked at, is none.
    pub(crate) fn succeeds(&self, arguments: &[&str]) -> String {
        let (text, code) = self.says(arguments);
        assert!(matches!(code, Some(0 | 2)), "{}: {arguments:?} ends with {code:?}:\n{text}", self.name);
        text
    }

    /// Asserts that `check` finds nothing.
    pub(crate) fn is_green(&self, when: &str) {
        let (text, code) = self.says(&["check"]);
        assert_eq!(code, Some(0), "{}: `check` {when}:\n{text}", self.name);
    }

    fn says(&self, arguments: &[&str]) -> (String, Option<i32>) {
        let arguments: Vec<&str> = arguments.iter().copied().chain(self.schema.iter().map(String::as_str)).collect();
        let output = self.project.run(&self.url, &arguments);
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
