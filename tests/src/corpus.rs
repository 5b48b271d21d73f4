//! Models with every type and every kind of constraint.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use schemata::types::Json;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A PostgreSQL enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PgEnum)]
#[column(name = "mood")]
pub enum Mood {
    /// `calm`.
    Calm,
    /// `wide awake`.
    #[column(name = "wide awake")]
    WideAwake,
}

/// Text with a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, TextEnum)]
pub enum Level {
    /// `low`.
    Low,
    /// `very_high`.
    VeryHigh,
}

/// An id of its own type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Newtype)]
pub struct ThingId(pub i64);

/// What a jsonb column holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// A number.
    pub depth: u32,
    /// Texts.
    pub tags: Vec<String>,
}

/// An alias, which must make no difference to the derive.
pub type Maybe<T> = Option<T>;

/// Every type.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "every thing", comment = "it's everything")]
pub struct Everything {
    /// The key.
    #[column(primary_key, identity = by_default)]
    pub id: ThingId,
    /// boolean
    #[column(default = true)]
    pub flag: bool,
    /// smallint
    #[column(default = -3)]
    pub small: i16,
    /// integer
    pub medium: i32,
    /// bigint
    pub large: i64,
    /// real
    #[column(default = 1.5)]
    pub single: f32,
    /// double precision
    pub double: f64,
    /// text
    #[column(default = "it's \\ \"quoted\"")]
    pub text: String,
    /// varchar(n)
    #[column(sql_type = "varchar(20)")]
    pub limited: String,
    /// char(n)
    #[column(sql_type = "char(3)")]
    pub fixed: String,
    /// bytea
    pub bytes: Vec<u8>,
    /// uuid
    pub uuid: Uuid,
    /// numeric(p,s)
    #[column(sql_type = "numeric(12,4)")]
    pub amount: Decimal,
    /// timestamptz
    pub instant: DateTime<Utc>,
    /// date
    pub date: NaiveDate,
    /// time
    pub time: NaiveTime,
    /// timestamp, requested explicitly
    #[column(sql_type = "timestamp")]
    pub wall_clock: NaiveDateTime,
    /// jsonb
    pub json: serde_json::Value,
    /// jsonb of a struct
    pub settings: Json<Settings>,
    /// inet
    pub address: IpAddr,
    /// An enum.
    #[column(default = "calm")]
    pub mood: Mood,
    /// Checked text.
    #[column(default = "low")]
    pub level: Level,
    /// Nullable, through an alias.
    pub maybe: Maybe<i32>,
    /// integer[]
    pub numbers: Vec<i32>,
    /// text[] with NULLs
    pub words: Vec<Option<String>>,
    /// bytea[]
    pub blobs: Vec<Vec<u8>>,
    /// mood[]
    pub moods: Vec<Mood>,
    /// numeric[], nullable
    #[column(sql_type = "numeric(6,2)[]")]
    pub amounts: Option<Vec<Decimal>>,
    /// A reserved word.
    #[column(name = "order")]
    pub reserved: Option<String>,
    /// Computed.
    #[column(generated = "medium * 2", comment = "twice")]
    pub doubled: Option<i32>,
    /// Audit columns with ids.
    #[column(flatten)]
    pub audit: Audit<Option<Uuid>>,
}

/// A composite key, and every constraint.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "constrained",
    unique(code, region, name = "one_code_per_region"),
    index(code desc, region, where = "code > 0", include(note)),
    index(expression = "lower(note)", unique, name = "note_once"),
    index(tags, using = "gin"),
    check("code_positive", "code > 0"),
    check(name = "note_not_empty", sql = "note <> ''")
)]
pub struct Constrained {
    /// First part.
    #[column(primary_key)]
    pub tenant: i32,
    /// Second part.
    #[column(primary_key)]
    pub number: i32,
    /// A code.
    pub code: i32,
    /// A region.
    pub region: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// A thing.
    #[column(references = Everything::id, on_delete = set_null, on_update = cascade)]
    pub thing: Option<ThingId>,
    /// First part of a reference to another row of this table.
    pub parent_tenant: Option<i32>,
    /// Second part of that reference.
    pub parent_number: Option<i32>,
    /// Removed or not.
    #[column(flatten)]
    pub removal: SoftDelete,
}

/// Features that PostgreSQL has since version 15.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "modern", unique(code, region, nulls_not_distinct))]
pub struct Modern {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// A code.
    pub code: i32,
    /// A region.
    pub region: Option<String>,
}

/// References a composite key; both names are long.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "a_table_with_a_name_that_is_rather_long_but_still_allowed_here",
    foreign_key(columns(constrained_tenant_number, constrained_number), references(Constrained::tenant, Constrained::number), on_delete = cascade)
)]
pub struct LongName {
    /// The key.
    #[column(primary_key, identity)]
    pub id: i64,
    /// First part.
    pub constrained_tenant_number: i32,
    /// Second part.
    #[column(unique)]
    pub constrained_number: i32,
}

/// A cycle: left needs right.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "left")]
pub struct Left {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The row of the other table.
    #[column(references = Right::id)]
    pub right_id: Option<i32>,
}

/// A cycle: right needs left, and itself.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "right")]
pub struct Right {
    /// The key.
    #[column(primary_key)]
    pub id: i32,
    /// The row of the other table.
    #[column(references = Left::id)]
    pub left_id: Option<i32>,
    /// Another row of this table.
    #[column(references = Right::id)]
    pub next_id: Option<i32>,
}
