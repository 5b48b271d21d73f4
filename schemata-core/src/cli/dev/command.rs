//! The commands for development, as clap parses them.
//!
//! They are the same types in every build, since a feature may only add. Without the feature `dev` they are left out of the
//! help, and running one fails.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

/// The commands for development. They run in builds with the feature `dev`.
#[derive(Debug, Clone, Subcommand)]
pub enum DevCommand {
    /// Write the migration that leads to the models (exit code 2 if a part of it is undecided)
    #[cfg_attr(not(feature = "dev"), command(hide = true))]
    Generate {
        /// The migration's name, like `add_order_status`
        name: String,
        /// The PostgreSQL schema to work on
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The folder to write to, instead of the package's src/migrations
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Write one migration that replaces the first ones (exit code 2 if a part of it is undecided)
    #[cfg_attr(not(feature = "dev"), command(hide = true))]
    Squash {
        /// The squash's name, like `squashed`; it gets the number of the last migration that it replaces
        name: String,
        /// The last migration to replace, instead of the latest one
        #[arg(long, value_name = "ID")]
        through: Option<String>,
        /// The PostgreSQL schema to work on
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The folder to write to, instead of the package's src/migrations
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Write models and the first migration of a database that exists, and mark the migration as applied there (exit code 2 if
    /// something is left to do)
    #[cfg_attr(not(feature = "dev"), command(hide = true))]
    Adopt {
        /// The PostgreSQL schema to adopt; give it several times for the models of several schemas
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: Vec<String>,
        /// Write models of tables without a primary key, too, instead of leaving them to the database
        #[arg(long)]
        keyless: bool,
        /// The folder for the models, instead of the package's src/models
        #[arg(long, value_name = "FOLDER")]
        models: Option<PathBuf>,
        /// The folder for the migration, instead of the package's migrations
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
    },
    /// Write models of the tables in a database (exit code 2 if something was left out)
    #[cfg_attr(not(feature = "dev"), command(hide = true))]
    Inspect {
        /// The PostgreSQL schema to read; give it several times for several schemas
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: Vec<String>,
        /// Write models of tables without a primary key, too, instead of leaving them to the database
        #[arg(long)]
        keyless: bool,
        /// Write one file per table into this folder, instead of printing the models
        #[arg(long, value_name = "FOLDER")]
        dir: Option<PathBuf>,
        /// Replace files that differ from the database, instead of showing how
        #[arg(long, requires = "dir")]
        overwrite: bool,
    },
    /// Print the models, as DDL or as a diagram
    #[cfg_attr(not(feature = "dev"), command(hide = true))]
    Schema {
        /// The PostgreSQL schema of tables whose models name none
        #[arg(long, value_name = "NAME", default_value = "public")]
        schema: String,
        /// The output format
        #[arg(long, value_enum, default_value_t = SchemaFormat::Sql)]
        format: SchemaFormat,
    },
    /// Manage the private PostgreSQL server
    #[cfg_attr(not(feature = "dev"), command(hide = true))]
    Db {
        /// What to do with the server
        #[command(subcommand)]
        command: DbCommand,
    },
}

/// The output formats of `schema`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaFormat {
    /// CREATE statements
    Sql,
    /// An entity-relationship diagram in Mermaid, for Markdown
    Mermaid,
    /// A graph in DOT, for Graphviz
    Dot,
    /// A picture
    Svg,
    /// The models' metadata, for tools
    Json,
}

/// Commands on the private server.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum DbCommand {
    /// Print its URL, starting it if needed; it stops when no program of this workspace uses it (`SCHEMATA_PG_GRACE`)
    Url,
    /// Open psql on it
    Psql,
    /// Stop it and keep its data
    Stop,
    /// Stop it and delete its data
    Reset {
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
    },
}
