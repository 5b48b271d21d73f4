//! The queries that print what no table, column or enum type is: as the statements that make it again, where PostgreSQL can say
//! so much. `$1` is the main schema, `$2` all of them; names in the main schema come out bare.
//!
//! Each yields kind, name and statements; without a statement, the name tells all there is to compare.

/// Not the member of an extension, nor of another object, like the functions of a range type: that is their business.
macro_rules! own {
    ($class:literal, $oid:literal) => {
        concat!(
            " NOT EXISTS (SELECT FROM pg_catalog.pg_depend x WHERE x.classid = 'pg_catalog.",
            $class,
            "'::pg_catalog.regclass AND x.objid = ",
            $oid,
            " AND (x.deptype = 'e' OR x.deptype = 'i' AND x.classid <> 'pg_catalog.pg_class'::pg_catalog.regclass))"
        )
    };
}

/// Relations in question, each as `r`.
macro_rules! relations {
    ($kinds:literal) => {
        concat!(
            " FROM pg_catalog.pg_class r JOIN pg_catalog.pg_namespace n ON n.oid = r.relnamespace WHERE n.nspname = ANY($2) \
             AND r.relname NOT IN ('schema_migrations', 'schema_migrations_pkey') AND $1::text IS NOT NULL AND r.relkind IN (",
            $kinds,
            ") AND ",
            own!("pg_class", "r.oid")
        )
    };
}

mod beside;
mod bound;
mod free;
mod partitions;

use crate::catalog::objects::beside::{COMMENTS, FUNCTION_GRANTS, GRANTS, OWNERS, REST};
use crate::catalog::objects::bound::{
    COLUMN_SETTINGS, INDEX_SETTINGS, INDEXES, OWNED, POLICIES, ROW_SECURITY, RULES, SETTINGS, STATISTICS, TRIGGERS,
    VIEW_DEFAULTS, VIEWS,
};
use crate::catalog::objects::free::{COMPOSITES, DOMAINS, EXTENSIONS, FUNCTIONS, SCHEMAS, SEQUENCES};
use crate::catalog::objects::partitions::PARTITIONS;

/// What has to be there before tables: nothing in it can refer to one, but a function.
pub(super) const FIRST: [&str; 6] = [SCHEMAS, EXTENSIONS, DOMAINS, COMPOSITES, SEQUENCES, FUNCTIONS];

/// What stands on tables.
pub(super) const THEN: [&str; 20] = [
    PARTITIONS,
    partitions::COLUMNS,
    partitions::CONSTRAINTS,
    OWNED,
    SETTINGS,
    COLUMN_SETTINGS,
    VIEWS,
    VIEW_DEFAULTS,
    INDEXES,
    INDEX_SETTINGS,
    RULES,
    STATISTICS,
    TRIGGERS,
    ROW_SECURITY,
    POLICIES,
    COMMENTS,
    GRANTS,
    FUNCTION_GRANTS,
    OWNERS,
    REST,
];
