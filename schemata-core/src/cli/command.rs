//! The commands for operators, as clap parses them; `dev/command.rs` has the others. Only [`Command`] has a public name.

use std::num::NonZeroUsize;

use clap::{Args, Subcommand};

use crate::cli::dev::command::DevCommand;
use crate::cli::policy::RunPolicy;
use crate::migrate::MigrationTool;

/// The library's commands.
#[derive(Debug, Clone, Subcommand)]
#[non_exhaustive]
pub enum Command {
    /// Apply pending migrations
    #[command(args_conflicts_with_subcommands = true)]
    Migrate {
        /// A command on the history of migrations
        #[command(subcommand)]
        command: Option<MigrateCommand>,
        /// Stop after this migration
        #[arg(long, value_name = "ID")]
        to: Option<String>,
        /// The PostgreSQL schema to migrate
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The schemas to migrate, if there are many
        #[command(flatten)]
        many: ManySchemas,
        /// How to migrate many schemas
        #[command(flatten)]
        rollout: RolloutOptions,
        /// Print the SQL of the pending migrations without running it (exit code 2 if there are any)
        #[arg(long)]
        dry_run: bool,
        /// How the run behaves
        #[command(flatten)]
        policy: RunPolicy,
        /// Print the result as a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Print the SQL of the pending migrations without running it (exit code 2 if there are any)
    Plan {
        /// Stop after this migration
        #[arg(long, value_name = "ID")]
        to: Option<String>,
        /// The PostgreSQL schema to plan for
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Run the SQL on a scratch database and report locks, rewrites and scans (exit code 2 only if a statement is
        /// dangerous on a busy database)
        #[arg(long)]
        measure: bool,
        /// Print the result as a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Show the state of each migration: applied, pending, edited, … (exit code 2 unless all are applied)
    Status {
        /// The PostgreSQL schema to look at
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The schemas to look at, if there are many
        #[command(flatten)]
        many: ManySchemas,
        /// Print the result as a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Create a PostgreSQL schema for a new tenant and apply all migrations to it
    Provision {
        /// The schema's name
        name: String,
    },
    /// Compare models, migrations and database (exit code 2 unless they agree)
    Check {
        /// The PostgreSQL schema to compare
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Print the result as a JSON document
        #[arg(long)]
        json: bool,
    },
    /// The commands for development.
    #[command(flatten)]
    Dev(DevCommand),
}

impl Command {
    /// Returns whether the result is to be printed as JSON.
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

/// The schemas of a command on many schemas.
#[derive(Debug, Clone, Default, Args)]
#[group(id = "many_schemas", multiple = false, conflicts_with = "schema")]
pub struct ManySchemas {
    /// All PostgreSQL schemas whose names match; `*` matches any characters, `?` exactly one
    #[arg(long, value_name = "PATTERN")]
    pub(crate) all_schemas: Option<String>,
    /// The PostgreSQL schemas that a query returns, one per row; it is one read-only statement that takes at most 30
    /// seconds
    #[arg(long, value_name = "SELECT")]
    pub(crate) schemas_from: Option<String>,
}

impl ManySchemas {
    /// Returns whether the command is for many schemas.
    pub(crate) fn is_given(&self) -> bool {
        self.all_schemas.is_some() || self.schemas_from.is_some()
    }
}

/// How many schemas are migrated.
#[derive(Debug, Clone, Default, Args)]
pub struct RolloutOptions {
    /// Migrate up to N schemas at once, instead of two per processor
    #[arg(long, value_name = "N", requires = "many_schemas")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Migrate this schema first and alone; if it fails, start no other
    #[arg(long, value_name = "NAME", requires = "many_schemas")]
    pub(crate) canary: Option<String>,
    /// Start no other schema once more than N have failed
    #[arg(long, value_name = "N", requires = "many_schemas", default_value_t = 0)]
    pub(crate) max_failures: usize,
}

/// Commands on the history of migrations.
#[derive(Debug, Clone, Subcommand)]
pub enum MigrateCommand {
    /// Show what an applied migration did
    Show {
        /// The migration's id
        id: String,
        /// The PostgreSQL schema it was applied to
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// Print the result as a JSON document
        #[arg(long)]
        json: bool,
    },
    /// Mark pending migrations as applied without running them, on a database that already has their tables
    Baseline {
        /// The last migration to mark
        #[arg(long, value_name = "ID", required_unless_present = "from")]
        to: Option<String>,
        /// Mark what another tool has applied, by its own table in the database
        #[arg(long, value_name = "TOOL", value_enum)]
        from: Option<MigrationTool>,
        /// The PostgreSQL schema that has the tables
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
    },
    /// Accept an edit of an applied migration; the ledger keeps the reason
    Repair {
        /// The migration's id
        id: String,
        /// Why the edit changes nothing on databases to which the migration was applied
        #[arg(long)]
        reason: String,
        /// The PostgreSQL schema it was applied to
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
    },
}
