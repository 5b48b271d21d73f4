//! The models as JSON, for tools.

use serde_json::{Map, Value, json};

use crate::ident::Ident;
use crate::schema::{Action, Column, Identity, Index, IndexPart, Indexed, NullsOrder, Table, TypeKind};
use crate::sql::ddl::column_type;
use crate::sql::literal;

/// Returns the tables as one JSON document. Absent values, like that of a missing default, are left out.
pub(crate) fn json(schema: &Ident, tables: &[&'static Table]) -> Value {
    json!({ "tables": tables.iter().map(|each| table(schema, each)).collect::<Vec<_>>() })
}

fn table(schema: &Ident, table: &Table) -> Value {
    let unique = |unique: &crate::schema::Unique| {
        object([
            ("name", unique.name.map(Value::from)),
            ("columns", Some(json!(unique.columns))),
            ("nulls_not_distinct", unique.nulls_not_distinct.then_some(Value::Bool(true))),
        ])
    };
    let key = |key: &crate::schema::ForeignKey| {
        let target = (key.target)();
        object([
            ("name", key.name.map(Value::from)),
            ("columns", Some(json!(key.columns))),
            ("target_schema", target.schema.map(Value::from)),
            ("target_table", Some(json!(target.name))),
            ("target_columns", Some(json!(key.target_columns))),
            ("on_delete", action(key.on_delete)),
            ("on_update", action(key.on_update)),
        ])
    };
    object([
        ("schema", table.schema.map(Value::from)),
        ("name", Some(json!(table.name))),
        ("comment", table.comment.map(Value::from)),
        ("columns", Some(table.columns.iter().map(|each| column(schema, each)).collect())),
        ("primary_key", Some(json!(table.primary_key))),
        ("primary_key_name", table.primary_key_name.map(Value::from)),
        ("unique", list(table.uniques, unique)),
        ("indexes", list(table.indexes, index)),
        ("checks", list(table.checks, |check| json!({ "name": check.name, "sql": check.sql }))),
        ("foreign_keys", list(table.foreign_keys, key)),
    ])
}

fn column(schema: &Ident, column: &Column) -> Value {
    let labels = match column.sql_type.kind {
        TypeKind::Enum { labels, .. } | TypeKind::CheckedText { labels } => Some(json!(labels)),
        TypeKind::Existing => None,
    };
    let identity = column.identity.map(|identity| match identity {
        Identity::Always => json!("always"),
        Identity::ByDefault => json!("by default"),
    });
    object([
        ("name", Some(json!(column.name))),
        ("type", Some(json!(column_type(schema, column)))),
        ("nullable", Some(json!(column.nullable))),
        ("default", column.default.as_ref().map(|default| json!(literal::default(default)))),
        ("generated", column.generated.map(Value::from)),
        ("identity", identity),
        ("serial", column.serial.then_some(Value::Bool(true))),
        ("labels", labels),
        ("immutable", column.immutable.then_some(Value::Bool(true))),
        ("soft_delete", column.soft_delete.then_some(Value::Bool(true))),
        ("comment", column.comment.map(Value::from)),
    ])
}

fn index(index: &Index) -> Value {
    let part = |part: &IndexPart| {
        let (column, expression) = match part.of {
            Indexed::Column(name) => (Some(json!(name)), None),
            Indexed::Expression(sql) => (None, Some(json!(sql))),
        };
        object([
            ("column", column),
            ("expression", expression),
            ("collation", part.collation.map(Value::from)),
            ("operator_class", part.opclass.map(Value::from)),
            ("descending", part.descending.then_some(Value::Bool(true))),
            ("nulls", part.nulls.map(|nulls| json!(if nulls == NullsOrder::First { "first" } else { "last" }))),
        ])
    };
    let with: serde_json::Map<String, Value> =
        index.with.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    object([
        ("name", index.name.map(Value::from)),
        ("unique", index.unique.then_some(Value::Bool(true))),
        ("nulls_not_distinct", index.nulls_not_distinct.then_some(Value::Bool(true))),
        ("using", index.using.map(Value::from)),
        ("parts", Some(index.parts.iter().map(part).collect())),
        ("include", list(index.include, |name| json!(name))),
        ("with", (!with.is_empty()).then_some(Value::Object(with))),
        ("where", index.predicate.map(Value::from)),
    ])
}

fn action(action: Action) -> Option<Value> {
    match action {
        Action::NoAction => None,
        Action::Restrict => Some(json!("restrict")),
        Action::Cascade => Some(json!("cascade")),
        Action::SetNull => Some(json!("set null")),
        Action::SetDefault => Some(json!("set default")),
    }
}

fn list<T>(items: &[T], value: impl Fn(&T) -> Value) -> Option<Value> {
    (!items.is_empty()).then(|| items.iter().map(value).collect())
}

/// Returns an object with the members that have a value.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Value::Object(members.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::sample::CHILD;

    #[test]
    fn writes_what_the_model_says_and_no_more() {
        let written = json(&Ident::public(), &[&CHILD]);
        let expected = json!({ "tables": [{
            "name": "the \"child\"",
            "columns": [
                { "name": "id", "type": "bigint", "nullable": false },
                { "name": "parent id", "type": "numeric(8,2)", "nullable": true },
            ],
            "primary_key": ["id"],
            "unique": [{ "columns": ["parent id"] }],
            "foreign_keys": [{ "columns": ["parent id"], "target_table": "parent", "target_columns": ["id"] }],
        }] });
        assert_eq!(written, expected);
    }

    #[test]
    fn writes_what_older_tables_have() {
        const TICKETS: Table =
            Table::new("tickets", &[Column::of::<i32>("id").serial()], &["id"]).primary_key_name("pk_tickets");
        let written = json(&Ident::public(), &[&TICKETS]);
        let expected = json!({ "tables": [{
            "name": "tickets",
            "columns": [{ "name": "id", "type": "serial", "nullable": false, "serial": true }],
            "primary_key": ["id"],
            "primary_key_name": "pk_tickets",
        }] });
        assert_eq!(written, expected);
    }
}
