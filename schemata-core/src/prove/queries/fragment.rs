//! Prepares fragments of `sql!` and texts of `raw_sql!`, and reports those that PostgreSQL refuses.
//!
//! A hole that is a column becomes a NULL of its type. Any other hole becomes a parameter without a type: PostgreSQL then chooses one,
//! perhaps not that of the program, so that only errors count that no type would mend.

use tokio_postgres::error::SqlState;

use crate::checked::CheckedText;
use crate::param::Param;
use crate::prove::queries::refusal::described;
use crate::prove::queries::type_names::{fits, implied_name, sql_name};
use crate::prove::replay::Replay;
use crate::sql::scope::Scope;
use crate::sql::tree::{Expr, Node};
use crate::sql::writer::Sql;

/// Errors of a fragment that no type of a parameter mends. An unknown function is one: a parameter without a type fits any.
const BY_TEXT: &[SqlState] = &[
    SqlState::SYNTAX_ERROR,
    SqlState::UNDEFINED_COLUMN,
    SqlState::UNDEFINED_TABLE,
    SqlState::UNDEFINED_OBJECT,
    SqlState::UNDEFINED_FUNCTION,
    SqlState::WRONG_OBJECT_TYPE,
];

/// Errors of a fragment that stands alone, which are none where it belongs: in groups, in a window's query, after FROM.
const BY_PLACE: &[SqlState] = &[
    SqlState::GROUPING_ERROR,
    SqlState::WINDOWING_ERROR,
    SqlState::INDETERMINATE_DATATYPE,
    SqlState::FEATURE_NOT_SUPPORTED,
];

/// Returns what is wrong with a fragment or a text.
pub(crate) async fn problem(replay: &Replay<'_>, text: &CheckedText) -> Option<String> {
    let Some((ty, rust)) = text.returns else {
        let sql = text.pieces.concat();
        let error = replay.client().prepare(&sql).await.err()?;
        return Some(described(&sql, &error));
    };
    let is_typed = text.holes.iter().all(Option::is_some);
    let sql = statement(replay, text);
    let statement = match replay.client().prepare(&sql).await {
        Ok(statement) => statement,
        Err(error) => {
            let code = error.code();
            let counts =
                code.is_none_or(|code| if is_typed { !BY_PLACE.contains(code) } else { BY_TEXT.contains(code) });
            return counts.then(|| described(&sql, &error));
        }
    };
    let returned = statement.columns().first().filter(|_| is_typed)?.type_();
    (!fits(ty, returned)).then(|| {
        let (expected, found) = (implied_name(ty), sql_name(returned));
        format!("it is {found}, and `{rust}` is {expected}: change the type, or cast it in the text, `(…)::{expected}`")
    })
}

/// Returns the fragment as a query of its own.
fn statement(replay: &Replay<'_>, text: &CheckedText) -> String {
    let hole = |ty| match ty {
        Some(ty) => Expr::tree(Node::Cast(Expr::Text("NULL".into()), ty)),
        None => Expr::Value(Param::new(None::<String>), None),
    };
    let mut sql = Sql::default();
    sql.push("SELECT ");
    let fragment = Expr::tree(Node::Fragment(text.pieces, text.holes.iter().copied().map(hole).collect()));
    fragment.write(&mut sql, &Scope::named(replay.schema(), "fragment"));
    sql.text.to_text()
}
