//! Writes of any number of rows as the text of a statement: alone, or as common table expressions of the write that reads the
//! rows they return.

use crate::error::Result;
use crate::exec::Executor;
use crate::exec::statement::Purpose;
use crate::ident::Ident;
use crate::model::audit_actor::actor_for;
use crate::param::Param;
use crate::query::unbounded_impls::opaque_debug;
use crate::sql::tree::WrittenStatement;
use crate::sql::writer::Sql;

/// The schema and the actor that a write takes from its executor.
pub(crate) struct WriteContext<'a> {
    /// The PostgreSQL schema of tables that name none.
    pub(crate) schema: &'a Ident,
    /// The actor of the executor or of the scope.
    pub(crate) actor: Option<Param>,
}

impl<'a> WriteContext<'a> {
    pub(crate) fn of<E: Executor + ?Sized>(on: &'a E) -> Self {
        Self { schema: on.target().schema, actor: actor_for(None, on) }
    }
}

/// A write, ready to become text.
pub(crate) trait Statement: Send {
    /// Takes the write whose returned rows this one reads.
    fn take_source(&mut self) -> Option<Box<dyn Statement>> {
        None
    }

    /// Returns the operation and the table, for errors.
    fn purpose(&self) -> Purpose;

    /// Appends the text. `source` is the name of the common table expression with the rows of the source.
    ///
    /// # Errors
    /// Those of the write before anything is sent.
    fn write(self: Box<Self>, sql: &mut Sql, context: &WriteContext<'_>, source: &str) -> Result<()>;
}

/// A write that another one can read. Not exported.
pub struct SourceStatement(pub(crate) Box<dyn Statement>);

opaque_debug!([][SourceStatement]);

/// Returns the write, after the writes whose rows it reads.
fn chain(last: Box<dyn Statement>) -> impl DoubleEndedIterator<Item = Box<dyn Statement>> + ExactSizeIterator {
    let mut chain = vec![last];
    while let Some(source) = chain.last_mut().and_then(|statement| statement.take_source()) {
        chain.push(source);
    }
    chain.into_iter().rev()
}

/// Returns the texts of a write and of those whose rows it reads, for the WITH of a statement that reads its rows. Their values are
/// bound in `sql`, whose text is empty before and afterwards. `number` is that of the next name.
///
/// # Errors
/// Those of the writes before anything is sent.
pub(crate) fn written(
    last: Box<dyn Statement>,
    sql: &mut Sql,
    context: &WriteContext<'_>,
    number: &mut usize,
) -> Result<Vec<WrittenStatement>> {
    let (mut all, mut source) = (Vec::new(), String::new());
    for statement in chain(last) {
        statement.write(sql, context, &source)?;
        // No struct is named like this, so no expression of the user is.
        source = format!("w {number}");
        *number += 1;
        all.push(WrittenStatement { name: source.clone(), text: std::mem::take(&mut sql.text).to_text() });
    }
    Ok(all)
}

/// Returns the text of a write, with the writes that it reads before it: `WITH "w1" AS (DELETE …) INSERT …`. They stand side by
/// side, because PostgreSQL allows writes in the outermost WITH only.
///
/// # Errors
/// Those of the writes before anything is sent.
pub(crate) fn statement(last: Box<dyn Statement>, context: &WriteContext<'_>) -> Result<Sql> {
    let chain = chain(last);
    let mut sql = Sql::default();
    let sources = chain.len() - 1;
    for (at, statement) in chain.enumerate() {
        if at < sources {
            sql.push(if at == 0 { "WITH " } else { ", " }).push_dynamic(&format!("\"w{}\" AS (", at + 1));
        } else if at > 0 {
            sql.push(" ");
        }
        statement.write(&mut sql, context, &format!("w{at}"))?;
        if at < sources {
            sql.push(")");
        }
    }
    Ok(sql)
}
