//! The document of `check`.

use serde::Serialize;
use serde_json::Value;

use crate::catalog::Difference;
use crate::cli::json::document::document;
use crate::prove::{CheckReport, UnequalSquash};

#[derive(Serialize)]
struct Check<'a> {
    schema: &'a str,
    agrees: bool,
    models: Vec<DifferenceEntry<'a>>,
    database: Vec<DifferenceEntry<'a>>,
    squashes: Vec<Squash<'a>>,
    pending: &'a [String],
    left_alone: &'a [String],
    unmanaged: &'a [String],
    absent: &'a [String],
}

#[derive(Serialize)]
struct DifferenceEntry<'a> {
    object: &'a str,
    difference: &'a str,
}

#[derive(Serialize)]
struct Squash<'a> {
    id: &'a str,
    differences: Vec<DifferenceEntry<'a>>,
}

/// Returns the document of `check`.
pub(in crate::cli) fn check(schema: &str, report: &CheckReport) -> Value {
    document(Check {
        schema,
        agrees: report.is_clean(),
        models: differences(&report.models),
        database: differences(&report.database),
        squashes: report.squashes.iter().map(squash).collect(),
        pending: &report.pending,
        left_alone: &report.others,
        unmanaged: &report.unmanaged,
        absent: &report.absent,
    })
}

fn squash(squash: &UnequalSquash) -> Squash<'_> {
    Squash { id: &squash.id, differences: differences(&squash.differences) }
}

fn differences(all: &[Difference]) -> Vec<DifferenceEntry<'_>> {
    all.iter().map(|one| DifferenceEntry { object: &one.object, difference: &one.sentence }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_squash_that_parts_from_what_it_replaces_is_a_reason() {
        let difference = Difference { object: "view recent".to_owned(), sentence: "the squash has it".to_owned() };
        let squash = UnequalSquash { id: "0003_squashed".to_owned(), differences: vec![difference] };
        let document = check("public", &CheckReport { squashes: vec![squash], ..CheckReport::default() });
        assert_eq!(document["agrees"], false);
        let differences = json!([{ "object": "view recent", "difference": "the squash has it" }]);
        assert_eq!(document["squashes"], json!([{ "id": "0003_squashed", "differences": differences }]));
    }
}
