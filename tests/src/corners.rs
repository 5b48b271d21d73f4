//! Models with the defaults, actions and arrays that the corpus leaves out.

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use schemata::prelude::*;
use uuid::Uuid;

use crate::corpus::{Level, Mood};

/// Every kind of default.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(name = "defaults", comment = "two\nlines, a \\ and a 'quote'")]
pub struct Defaults {
    /// The smallest numbers.
    #[column(primary_key, identity)]
    pub id: i16,
    /// boolean
    #[column(default = false)]
    pub flag: bool,
    /// integer
    #[column(default = -2147483648)]
    pub medium: i32,
    /// bigint
    #[column(default = 9223372036854775807)]
    pub large: i64,
    /// double precision
    #[column(default = -0.25)]
    pub double: f64,
    /// numeric
    #[column(default = 12.50)]
    pub amount: Decimal,
    /// numeric, as an integer
    #[column(sql_type = "numeric(30,0)", default = 123456789012345678901234567890)]
    pub huge: Decimal,
    /// text
    #[column(default = "")]
    pub empty: String,
    /// varchar
    #[column(sql_type = "varchar(40)", default = "new\nline, tab\t, é and 日本")]
    pub limited: String,
    /// varchar without a limit
    #[column(sql_type = "varchar", default = "null")]
    pub unlimited: String,
    /// char
    #[column(sql_type = "char(2)", default = "a")]
    pub fixed: String,
    /// name
    #[column(sql_type = "name", default = "x")]
    pub named: String,
    /// json
    #[column(sql_type = "json", default_sql = "'{\"a\": [1, 2]}'")]
    pub json: serde_json::Value,
    /// jsonb
    #[column(default_sql = "'{}'")]
    pub jsonb: Option<serde_json::Value>,
    /// bytea
    #[column(default_sql = "'\\xdeadbeef'")]
    pub bytes: Vec<u8>,
    /// date
    #[column(default_sql = "CURRENT_DATE + 1")]
    pub date: NaiveDate,
    /// time(3)
    #[column(sql_type = "time(3)", default_sql = "'12:30'")]
    pub time: NaiveTime,
    /// timestamptz(0)
    #[column(sql_type = "timestamptz(0)", default_sql = "now() - interval '1 day'")]
    pub instant: DateTime<Utc>,
    /// timestamp
    #[column(sql_type = "timestamp", default_sql = "LOCALTIMESTAMP")]
    pub wall_clock: Option<NaiveDateTime>,
    /// inet
    #[column(default_sql = "'10.0.0.1'")]
    pub address: IpAddr,
    /// uuid
    #[column(default_sql = "'00000000-0000-0000-0000-000000000000'")]
    pub uuid: Uuid,
    /// An expression of several parts.
    #[column(default_sql = "CASE WHEN random() < 2 THEN lower('A' || 'B') ELSE NULL END")]
    pub computed: Option<String>,
    /// Checked text, as varchar.
    #[column(sql_type = "varchar(9)", default = "very_high")]
    pub level: Level,
    /// An enum that may be missing.
    #[column(default = "wide awake", comment = "")]
    pub mood: Option<Mood>,
    /// Computed from several.
    #[column(generated = "(medium + 1) * large")]
    pub product: Option<i64>,
    /// Computed text.
    #[column(generated = "upper(limited) || '-' || fixed", sql_type = "varchar(60)")]
    pub label: Option<String>,
}

/// Arrays of everything.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "arrays",
    index(texts, using = "gin", where = "flags IS NOT NULL"),
    index(expression = "cardinality(texts)", expression = "(numbers[1] + 1)", name = "by size"),
    check("some", "cardinality(texts) > 0 AND NOT ('' = ANY (texts)) OR flags IS NULL")
)]
pub struct Arrays {
    /// The key.
    #[column(primary_key, default_sql = "'{}'")]
    pub texts: Vec<String>,
    /// boolean[]
    pub flags: Option<Vec<bool>>,
    /// bigint[]
    #[column(default_sql = "ARRAY[1, 2]")]
    pub numbers: Vec<i64>,
    /// varchar(5)[]
    #[column(sql_type = "varchar(5)[]", default_sql = "'{a,b}'")]
    pub limited: Vec<String>,
    /// uuid[]
    pub ids: Vec<Uuid>,
    /// timestamptz[]
    pub instants: Vec<DateTime<Utc>>,
    /// jsonb[]
    pub documents: Vec<serde_json::Value>,
    /// inet[]
    pub addresses: Option<Vec<IpAddr>>,
    /// Checked text, many.
    pub levels: Vec<Level>,
    /// mood[]
    #[column(default_sql = "'{calm}'")]
    pub moods: Vec<Mood>,
}

/// Every action of a foreign key, custom names, and both ways to declare NOT NULL.
#[derive(Debug, Clone, PartialEq, TableModel)]
#[table(
    name = "Actions",
    unique(first, second, name = "a \"quoted\" name"),
    unique(alone, name = "alone"),
    index(second desc, first, unique, where = "second > 0 AND \"First\" <> 3"),
    index(first, using = "hash"),
    index(alone, using = "brin", name = "Upper"),
    foreign_key(columns(alone), references(Defaults::id), on_delete = set_default, name = "given"),
    check("MixedCase", "\"First\" > 0 OR alone IS NULL")
)]
pub struct Actions {
    /// The key.
    #[column(primary_key)]
    pub id: i64,
    /// Cascade.
    #[column(name = "First", references = Defaults::id, on_delete = cascade, on_update = cascade)]
    pub first: i16,
    /// Restrict.
    #[column(references = Defaults::id, on_delete = restrict, on_update = no_action)]
    pub second: i16,
    /// Set default.
    #[column(default = 1)]
    pub alone: Option<i16>,
    /// Set null.
    #[column(references = Actions::id, on_delete = set_null, on_update = restrict)]
    pub parent: Option<i64>,
}
