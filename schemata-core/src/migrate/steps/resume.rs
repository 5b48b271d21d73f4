//! Resuming an unfinished migration: the steps that have run must be those it would run now.

use crate::migrate::error::MigrateError;
use crate::migrate::ledger::Unfinished;
use crate::migrate::migration::operation::Operation;
use crate::sql::lex::tokens;
use crate::sql::script::canonical;
use crate::sql::secret::redacted;
use crate::sql::table_name;

/// Returns where to resume.
///
/// # Errors
/// [`MigrateError::EditedStep`] if a step that is done, or a backfill that is half done, has changed.
pub(crate) fn resume(
    id: &'static str,
    unfinished: &Unfinished,
    operations: &[Operation],
) -> Result<Unfinished, MigrateError> {
    let is_same = |at: usize| {
        let ran = unfinished.operations.get(at).map(|text| canonical(&redacted(text)));
        ran.is_some() && ran == operations.get(at).map(|operation| canonical(&operation.shown()))
    };
    // If all steps after a commit were removed, the commit separates nothing and may be removed too.
    let done = match unfinished.done.checked_sub(1) {
        Some(before) if before == operations.len() && is_commit(unfinished.operations.get(before)) => before,
        _ => unfinished.done,
    };
    let half = usize::from(unfinished.checkpoint.is_some());
    if let Some(at) = (0..done + half).find(|at| !is_same(*at)) {
        let gone = || "nothing".to_owned();
        return Err(MigrateError::EditedStep {
            id,
            step: at + 1,
            ran: unfinished.operations.get(at).map_or_else(gone, |text| redacted(text).into_owned()),
            now: operations.get(at).map_or_else(gone, Operation::shown),
        });
    }
    Ok(Unfinished { begun: unfinished.begun && is_same(done), done, ..unfinished.clone() })
}

fn is_commit(ran: Option<&String>) -> bool {
    ran.is_some_and(|text| canonical(text) == "commit")
}

/// Returns schema and name of the index that `statement` builds concurrently.
pub(crate) fn index_of(statement: &str) -> Option<(String, String)> {
    let all = tokens(statement);
    let at = all.iter().take(4).position(|token| token.is("concurrently"))?;
    if !all[0].is("create") {
        return None;
    }
    let name = all.get(at + 1)?.name()?;
    let only = usize::from(all.get(at + 3)?.is("only"));
    let (table, _) = table_name::read(all.get(at + 3 + only..)?)?;
    Some((table.schema?, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrate::ledger::Checkpoint;
    use crate::migrate::migration::operation::NameScope;

    fn resumed(ran: &[&str], done: usize, half: bool, now: &[&str]) -> Result<Unfinished, MigrateError> {
        let unfinished = Unfinished {
            operations: ran.iter().map(|text| (*text).to_owned()).collect(),
            done,
            begun: true,
            checkpoint: half.then(Checkpoint::default),
        };
        let now: Vec<Operation> = now.iter().map(|text| Operation::statement(*text, NameScope::Own)).collect();
        resume("1", &unfinished, &now)
    }

    #[test]
    fn what_has_run_may_not_change_and_the_rest_may() {
        assert!(resumed(&["a", "b"], 1, false, &["A -- x", "b"]).expect("the same").begun);
        assert!(!resumed(&["a", "b"], 1, false, &["a", "c", "d"]).expect("the rest may change").begun);
        assert!(resumed(&["a", "b"], 1, false, &["a"]).is_ok(), "the rest may go");
        let gone = resumed(&["a", "COMMIT", "b"], 2, false, &["a"]).expect("a commit before nothing may go too");
        assert_eq!(gone.done, 1);
        assert!(resumed(&["a", "COMMIT", "b"], 2, false, &["a", "b"]).is_err(), "not before something");
        for (done, half, now) in [(1, false, &["x", "b"][..]), (1, true, &["a", "x"]), (2, false, &["a"])] {
            let error = resumed(&["a", "b"], done, half, now).expect_err("edited");
            assert!(matches!(error, MigrateError::EditedStep { .. }), "{error}");
        }
    }

    #[test]
    fn the_index_of_a_build_is_found() {
        let index = |sql| index_of(sql).map(|(schema, name)| format!("{schema}.{name}"));
        assert_eq!(index("CREATE UNIQUE INDEX CONCURRENTLY \"I\" ON \"s\".\"t\" (a)").as_deref(), Some("s.I"));
        assert_eq!(index("CREATE INDEX CONCURRENTLY i ON ONLY s.t (a)").as_deref(), Some("s.i"));
        assert_eq!(index("DROP INDEX CONCURRENTLY \"s\".\"i\""), None);
        assert_eq!(index("UPDATE t SET a = 1"), None);
    }
}
