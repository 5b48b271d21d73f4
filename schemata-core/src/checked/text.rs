//! The text of a query: pieces that the macro makes, written for a schema once and then found.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use crate::checked::effect::{self, TextEffect};
use crate::ident::{Ident, quoted};
use crate::schema::Table;
use crate::sql::writer::Sql;

/// The most schemas for which one query keeps its text. Beyond that, it begins anew.
const MOST_SCHEMAS: usize = 1024;

/// A piece of a query's text.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    /// Text as it was written.
    Text(&'static str),
    /// A table with its schema.
    Table(&'static Table),
    /// A table's name, by which its columns are qualified.
    TableName(&'static Table),
    /// A column's name.
    Column(&'static str),
    /// The columns of a table in the order in which its model is decoded, with an alias or the table's name.
    Columns(&'static Table, Option<&'static str>),
}

/// A text for one schema.
#[derive(Debug)]
pub(crate) struct SchemaText {
    pub(crate) sql: String,
    pub(crate) effect: TextEffect,
}

/// The texts of one query.
#[derive(Debug)]
pub(crate) struct Texts {
    /// The first schema, which for most programs is the only one.
    first: OnceLock<(Ident, Arc<SchemaText>)>,
    others: OnceLock<RwLock<HashMap<Ident, Arc<SchemaText>>>>,
}

impl Texts {
    pub(crate) const fn new() -> Self {
        Self { first: OnceLock::new(), others: OnceLock::new() }
    }

    /// Returns the text for `schema`.
    pub(crate) fn get(&self, pieces: &[Piece], schema: &Ident) -> Arc<SchemaText> {
        let (known, text) = self.first.get_or_init(|| (schema.clone(), Arc::new(SchemaText::new(pieces, schema))));
        if known == schema {
            return Arc::clone(text);
        }
        let others = self.others.get_or_init(RwLock::default);
        if let Some(text) = others.read().unwrap_or_else(PoisonError::into_inner).get(schema) {
            return Arc::clone(text);
        }
        let text = Arc::new(SchemaText::new(pieces, schema));
        let mut others = others.write().unwrap_or_else(PoisonError::into_inner);
        if others.len() >= MOST_SCHEMAS {
            others.clear();
        }
        others.insert(schema.clone(), Arc::clone(&text));
        text
    }
}

impl SchemaText {
    fn new(pieces: &[Piece], schema: &Ident) -> Self {
        let sql = written(pieces, schema);
        Self { effect: effect::of(&sql), sql }
    }
}

/// Writes the pieces for a schema.
pub(crate) fn written(pieces: &[Piece], schema: &Ident) -> String {
    let mut sql = Sql::default();
    for piece in pieces {
        match *piece {
            Piece::Text(text) => sql.push(text),
            Piece::Table(table) => sql.table(schema, table),
            Piece::TableName(table) => sql.ident(table.name),
            Piece::Column(name) => sql.ident(name),
            Piece::Columns(table, alias) => {
                let qualifier = alias.map_or_else(|| quoted(table.name), str::to_owned);
                sql.list(", ", table.columns, |sql, column| {
                    sql.push_dynamic(&qualifier).push(".").ident(column.name);
                })
            }
        };
    }
    sql.text.to_text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Column;

    const ORDERS: &Table = &Table::new("orders", &[Column::of::<i64>("id"), Column::of::<String>("status")], &["id"]);

    #[test]
    fn a_text_is_written_once_for_each_schema() {
        let pieces =
            [Piece::Text("SELECT "), Piece::Columns(ORDERS, Some("o")), Piece::Text(" FROM "), Piece::Table(ORDERS)];
        let texts = Texts::new();
        let [public, tenant] = ["public", "tenant \"x\""].map(|name| Ident::new(name).expect("a name"));
        let sql = |schema| texts.get(&pieces, schema);
        assert_eq!(sql(&public).sql, r#"SELECT o."id", o."status" FROM "public"."orders""#);
        assert_eq!(sql(&tenant).sql, r#"SELECT o."id", o."status" FROM "tenant ""x"""."orders""#);
        assert!(Arc::ptr_eq(&sql(&public), &sql(&public)) && Arc::ptr_eq(&sql(&tenant), &sql(&tenant)));
    }
}
