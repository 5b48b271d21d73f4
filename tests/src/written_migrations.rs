//! A program that compiles written migrations, and applies each to its own database.

use crate::project::Project;

const MAIN: &str = r#"//! Applies one migration per database: the arguments are pairs of an id and a URL.

schemata::migrations!();

use schemata::migrate::{MigrateError, MigrationSet, Migrator};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let all = MigrationSet::linked().expect("distinct ids");
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        for pair in arguments.chunks(2) {
            let one = all.entries().iter().filter(|entry| entry.id == pair[0]).copied();
            let set = MigrationSet::new(one).expect("one");
            assert_eq!(set.entries().len(), 1, "{}", pair[0]);
            // Even if every table counts as large, a generated step is refused only if it has no safe form.
            if let Err(MigrateError::Hazardous(hazardous)) = Migrator::new(set.clone()).large(0).run(&pair[1]).await {
                let known = [
                    "ALTER COLUMN TYPE",
                    "a stored generated column",
                    "numbering the rows",
                    "SET LOGGED",
                    "SET UNLOGGED",
                    "its index is built",
                ];
                for step in hazardous.steps {
                    if !known.iter().any(|why| step.hazard.why.starts_with(why)) {
                        println!("{}: refused: {step}", pair[0]);
                    }
                }
            }
            if let Err(error) = Migrator::new(set).large(u64::MAX).run(&pair[1]).await {
                println!("{}: {error:?}", pair[0]);
            }
        }
    });
}
"#;

/// The program, with the migrations added so far.
#[derive(Debug)]
pub struct WrittenMigrations {
    project: Project,
    arguments: Vec<String>,
}

impl WrittenMigrations {
    /// Creates the program in the project `name`.
    pub fn create(name: &str) -> Self {
        let project = Project::create(name);
        project.write("src/main.rs", MAIN);
        Self { project, arguments: Vec::new() }
    }

    /// Adds the migration `id` with this source, to be applied to the database at `url`.
    pub fn add(&mut self, id: &str, source: &str, url: &str) {
        self.project.write(&format!("src/m{id}.rs"), source);
        self.arguments.extend([id.to_owned(), url.to_owned()]);
    }

    /// Compiles the program and applies the migrations.
    ///
    /// # Panics
    /// If the program does not compile, or a migration fails or is refused without need.
    pub fn apply(&self) {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let output = self.project.run("", &arguments);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    }
}
