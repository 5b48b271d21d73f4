//! A query that a macro made: its text for the schema of an executor, its run, and the decoding of its rows.

use std::sync::Arc;

use crate::checked::parameter::ParameterShape;
use crate::checked::row::{ColumnShapes, Part};
use crate::checked::text::{Piece, SchemaText, Texts};
use crate::error::{Error, Result};
use crate::exec::row::RowReader;
use crate::exec::statement::Purpose;
use crate::exec::statement::call::{Call, OnRow, StatementValues, Values};
use crate::exec::target::Target;
use crate::exec::{Rows, run_raw};
use crate::sql::statement_text::TextRef;

/// A query as the macro writes it down.
#[doc(hidden)]
#[derive(Debug)]
pub struct Source {
    /// The name of the function.
    pub name: &'static str,
    /// The file and line of the function, then those of the text.
    pub place: (&'static str, u32, &'static str, u32),
    /// The text.
    pub pieces: &'static [Piece],
    /// The parameters, `$1` first.
    pub parameters: &'static [ParameterShape],
    /// How many rows the function returns.
    pub returns: Returns,
    /// The return type as it is written.
    pub rust: &'static str,
    /// Lists the columns of a row.
    pub row: fn(&mut ColumnShapes, Option<&'static str>),
    /// The columns that the text declares as not null.
    pub asserted: &'static [&'static str],
}

/// How many rows a function returns.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returns {
    /// All.
    Rows,
    /// The first one, if there is one.
    Optional,
    /// The first one.
    One,
    /// All, as they arrive.
    Stream,
    /// None, but the number of affected rows.
    Affected,
}

/// A query that a macro made.
#[doc(hidden)]
#[derive(Debug)]
pub struct CheckedQuery {
    pub(crate) source: Source,
    texts: Texts,
}

impl CheckedQuery {
    /// Makes a query. The macro calls it.
    pub const fn new(source: Source) -> Self {
        Self { source, texts: Texts::new() }
    }

    /// Returns all rows.
    ///
    /// # Errors
    /// Those of a query: [`Error::Database`], [`Error::Decode`], [`Error::ColumnCount`], [`Error::ColumnName`], [`Error::Encode`].
    pub async fn fetch<T: Send>(&self, target: Target<'_>, row: Part<T>, values: Values<'_>) -> Result<Vec<T>> {
        let mut all = Vec::new();
        self.each(target, values, &mut |reader| {
            all.push((row.whole)(reader)?);
            Ok(())
        })
        .await?;
        Ok(all)
    }

    /// Returns the first row, if there is one. The others are read and discarded.
    ///
    /// # Errors
    /// Those of [`CheckedQuery::fetch`].
    pub async fn fetch_optional<T: Send>(
        &self,
        target: Target<'_>,
        row: Part<T>,
        values: Values<'_>,
    ) -> Result<Option<T>> {
        let mut first = None;
        self.each(target, values, &mut |reader| {
            if first.is_none() {
                first = Some((row.whole)(reader)?);
            }
            Ok(())
        })
        .await?;
        Ok(first)
    }

    /// Returns the first row.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none, and those of [`CheckedQuery::fetch`].
    pub async fn fetch_one<T: Send>(&self, target: Target<'_>, row: Part<T>, values: Values<'_>) -> Result<T> {
        self.fetch_optional(target, row, values).await?.ok_or(Error::NotFound { table: self.source.name })
    }

    /// Returns the rows as they arrive.
    ///
    /// # Errors
    /// Those of [`CheckedQuery::fetch`]; behind a pooler, [`Error::SessionState`] for a text that may change the session.
    pub async fn stream<'e, T>(&self, target: Target<'e>, row: Part<T>, values: Values<'_>) -> Result<Rows<'e, T>> {
        let text = self.text(target);
        Rows::open_call(target, self.call("stream", &text, values), row.whole).await
    }

    /// Returns the number of rows that the statement affected.
    ///
    /// # Errors
    /// Those of [`CheckedQuery::fetch`].
    pub async fn execute(&self, target: Target<'_>, values: Values<'_>) -> Result<u64> {
        let text = self.text(target);
        run_raw(target, self.call("execute", &text, values), None).await
    }

    /// Runs the statement, and passes each row to `take`.
    async fn each(
        &self,
        target: Target<'_>,
        values: Values<'_>,
        take: &mut (dyn FnMut(&mut RowReader<'_>) -> Result<()> + Send),
    ) -> Result<()> {
        let text = self.text(target);
        let mut is_first = true;
        let on_row: OnRow<'_> = &mut |row| {
            let mut reader = if is_first { RowReader::new(&row) } else { RowReader::with_known_names(&row) };
            is_first = false;
            take(&mut reader)
        };
        run_raw(target, self.call("query", &text, values), Some(on_row)).await.map(drop)
    }

    /// Returns the text for a schema.
    #[cfg(feature = "dev")]
    pub(crate) fn text_for(&self, schema: &crate::ident::Ident) -> String {
        crate::checked::text::written(self.source.pieces, schema)
    }

    fn text(&self, target: Target<'_>) -> Arc<SchemaText> {
        self.texts.get(self.source.pieces, target.schema)
    }

    /// Errors and spans name the function in place of a table.
    fn call<'a>(&self, operation: &'static str, text: &'a SchemaText, values: Values<'a>) -> Call<'a> {
        // Only a text that reads may be called so: after a lost connection it can be repeated.
        let operation = match (operation, text.effect.only_reads) {
            ("query", true) => "select",
            ("stream", false) => "query",
            _ => operation,
        };
        Call {
            purpose: Purpose { operation, table: self.source.name },
            text: TextRef::Written(&text.sql),
            values: StatementValues::Given(values),
            is_loggable: true,
            effect: text.effect.session,
            lifts_time_limit: false,
            is_read: false,
            refusal: None,
        }
    }
}
