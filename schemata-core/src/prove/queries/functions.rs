//! Functions of PostgreSQL by when their result is NULL.

/// Never, whatever their arguments are.
pub(crate) const NEVER_NULL: &[&str] = &[
    "array",
    "clock_timestamp",
    "concat",
    "count",
    "cume_dist",
    "dense_rank",
    "exists",
    "gen_random_uuid",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "now",
    "percent_rank",
    "random",
    "rank",
    "row_number",
    "statement_timestamp",
    "transaction_timestamp",
];

/// Only if all arguments are NULL.
pub(crate) const NULL_IF_ALL_ARE: &[&str] = &["coalesce", "greatest", "least"];

/// Only if an argument is NULL.
pub(crate) const NULL_IF_ONE_IS: &[&str] = &[
    "abs",
    "btrim",
    "cardinality",
    "ceil",
    "ceiling",
    "char_length",
    "date_trunc",
    "encode",
    "exp",
    "floor",
    "initcap",
    "jsonb_typeof",
    "left",
    "length",
    "ln",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "mod",
    "octet_length",
    "power",
    "repeat",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "sign",
    "split_part",
    "sqrt",
    "starts_with",
    "strpos",
    "substr",
    "to_json",
    "to_jsonb",
    "trunc",
    "upper",
];

/// Aggregates that return an array of their rows: NULL only without rows.
pub(crate) const COLLECTING: &[&str] = &["array_agg", "json_agg", "jsonb_agg"];

/// Aggregates that ignore NULLs: NULL without rows, or if all arguments are NULL.
pub(crate) const AGGREGATES: &[&str] = &["avg", "bool_and", "bool_or", "every", "max", "min", "string_agg", "sum"];

/// Words that stand for a value.
pub(crate) const VALUES: &[&str] =
    &["true", "false", "current_date", "current_timestamp", "localtimestamp", "current_user", "session_user"];
