//! The commands, as they are parsed.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::policy::RunPolicy;

/// The library's commands.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Apply pending migrations
    #[command(args_conflicts_with_subcommands = true)]
    Migrate {
        /// What else to do with migrations
        #[command(subcommand)]
        command: Option<MigrateCommand>,
        /// Stop after this migration
        #[arg(long, value_name = "ID")]
        to: Option<String>,
        /// The PostgreSQL schema to migrate
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Migrates many schemas instead of one
        #[command(flatten)]
        many: ManySchemas,
        /// How to go through them
        #[command(flatten)]
        rollout: RolloutOptions,
        /// Print the SQL of what is pending, and change nothing (exit code 2 when anything is)
        #[arg(long)]
        dry_run: bool,
        /// What to allow
        #[command(flatten)]
        policy: RunPolicy,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print the SQL of what is pending, and change nothing (exit code 2 when anything is)
    Plan {
        /// Stop after this migration
        #[arg(long, value_name = "ID")]
        to: Option<String>,
        /// The PostgreSQL schema to look at
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Run it on a scratch database, and report locks, rewrites and scans (exit code 2 only when a statement is
        /// dangerous on a busy database)
        #[arg(long)]
        measure: bool,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show applied, pending, edited, replaced and unlinked migrations (exit code 2 unless all are applied)
    Status {
        /// The PostgreSQL schema to look at
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Looks at many schemas instead of one
        #[command(flatten)]
        many: ManySchemas,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Make a PostgreSQL schema for a new tenant, with all migrations applied
    Provision {
        /// Its name
        name: String,
    },
    /// Compare models, migrations and database (exit code 2 unless they agree)
    Check {
        /// The PostgreSQL schema to compare
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Write the migration that leads to the models (exit code 2 when something in it is undecided)
    Generate {
        /// Its name, like `add_order_status`
        name: String,
        /// The PostgreSQL schema to work on
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The folder to write to, instead of the package's src/migrations
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Write one migration that stands for the first ones (exit code 2 when something in it is undecided)
    Squash {
        /// Its name, like `squashed`; its number is that of the last migration it stands for
        name: String,
        /// The last migration it stands for, instead of the last one there is
        #[arg(long, value_name = "ID")]
        through: Option<String>,
        /// The PostgreSQL schema to work on
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The folder to write to, instead of the package's src/migrations
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Write models from the tables of a database (exit code 2 when something was left out)
    Inspect {
        /// The PostgreSQL schema to look at; further ones are named by their tables' models
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: Vec<String>,
        /// Write one file per table into this folder, instead of printing them
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Print the models: their DDL, or a picture of them
    Schema {
        /// The PostgreSQL schema for tables that name none
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// How to print it
        #[arg(long, value_enum, default_value_t = SchemaFormat::Sql)]
        format: SchemaFormat,
    },
    /// Manage the private PostgreSQL server
    Db {
        /// What to do with it
        #[command(subcommand)]
        command: DbCommand,
    },
}

impl Command {
    /// Whether the result is to be a JSON document.
    pub(crate) fn is_json(&self) -> bool {
        match self {
            Self::Migrate { command: Some(MigrateCommand::Show { json, .. }), .. }
            | Self::Migrate { command: None, json, .. }
            | Self::Plan { json, .. }
            | Self::Status { json, .. }
            | Self::Check { json, .. } => *json,
            _ => false,
        }
    }
}

/// Which schemas, when it is not one.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "many_schemas", multiple = false, conflicts_with = "schema")]
#[non_exhaustive]
pub struct ManySchemas {
    /// Every PostgreSQL schema whose name matches; `*` stands for any characters, `?` for one
    #[arg(long, value_name = "PATTERN")]
    pub all_schemas: Option<String>,
    /// The PostgreSQL schemas that a query names, one per row: one statement, which only reads, within 30 seconds
    #[arg(long, value_name = "SELECT")]
    pub schemas_from: Option<String>,
}

impl ManySchemas {
    /// Whether it is many.
    pub(crate) fn is_given(&self) -> bool {
        self.all_schemas.is_some() || self.schemas_from.is_some()
    }
}

/// How many schemas are migrated.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct RolloutOptions {
    /// Migrate so many schemas at once, instead of two for each processor
    #[arg(long, value_name = "N", requires = "many_schemas")]
    pub jobs: Option<NonZeroUsize>,
    /// Migrate this schema first and alone; where it fails, nothing else is begun
    #[arg(long, value_name = "NAME", requires = "many_schemas")]
    pub canary: Option<String>,
    /// Begin no other schema once more than so many have failed
    #[arg(long, value_name = "N", requires = "many_schemas", default_value_t = 0)]
    pub max_failures: usize,
}

/// Commands on the history of migrations.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum MigrateCommand {
    /// Show what an applied migration did
    Show {
        /// Its id
        id: String,
        /// The PostgreSQL schema it was applied to
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Print the result as one JSON document
        #[arg(long)]
        json: bool,
    },
    /// Mark pending migrations as applied without running them, on a database that has their tables already
    Baseline {
        /// The last one to mark
        #[arg(long, value_name = "ID")]
        to: String,
        /// The PostgreSQL schema
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
    },
    /// Accept an edit of an applied migration; the reason is kept in the ledger
    Repair {
        /// Its id
        id: String,
        /// Why the edit changes nothing on databases that have it
        #[arg(long)]
        reason: String,
        /// The PostgreSQL schema
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
    },
}

/// What `schema` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum SchemaFormat {
    /// CREATE statements
    Sql,
    /// An entity-relationship diagram in Mermaid, for Markdown
    Mermaid,
    /// A graph in DOT, for Graphviz
    Dot,
    /// A drawing
    Svg,
    /// The models' metadata, for tools
    Json,
}

/// Commands on the private server.
#[derive(Debug, Clone, Copy, Subcommand)]
#[non_exhaustive]
pub enum DbCommand {
    /// Print its URL, starting it if needed; it stops when no program of this workspace uses it (`SCHEMATA_PG_GRACE`)
    Url,
    /// Open psql on it
    Psql,
    /// Stop it; the data stay
    Stop,
    /// Stop it and delete its data
    Reset {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}
