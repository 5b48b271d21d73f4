//! What `check` found.

use serde_json::{Value, json};

use crate::catalog::Difference;
use crate::prove::CheckReport;

/// The document of `check`.
pub(in crate::cli) fn check(schema: &str, report: &CheckReport) -> Value {
    let differences = |all: &[Difference]| -> Vec<Value> {
        all.iter().map(|one| json!({ "object": one.object, "difference": one.sentence })).collect()
    };
    let squashes =
        report.squashes.iter().map(|one| json!({ "id": one.id, "differences": differences(&one.differences) }));
    json!({
        "schema": schema,
        "agrees": report.is_clean(),
        "models": differences(&report.models),
        "database": differences(&report.database),
        "squashes": squashes.collect::<Vec<_>>(),
        "pending": report.pending,
        "left_alone": report.others,
        "unmanaged": report.unmanaged,
        "absent": report.absent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::UnequalSquash;

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
