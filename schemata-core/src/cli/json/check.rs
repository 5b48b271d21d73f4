//! What `check` found.

use serde_json::{Value, json};

use crate::catalog::Difference;
use crate::prove::CheckReport;

/// The document of `check`.
pub(in crate::cli) fn check(schema: &str, report: &CheckReport) -> Value {
    let differences = |all: &[Difference]| -> Vec<Value> {
        all.iter().map(|one| json!({ "object": one.object, "difference": one.sentence })).collect()
    };
    json!({
        "schema": schema,
        "agrees": report.is_clean(),
        "models": differences(&report.models),
        "database": differences(&report.database),
        "pending": report.pending,
        "left_alone": report.others,
    })
}
