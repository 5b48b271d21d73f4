//! The models as one JSON document, for tools. `docs/json/models.schema.json` describes it. Keys without a value, like an
//! absent default, are left out.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::ident::Ident;
use crate::schema::{
    Check, Column, ForeignKey, Identity, Index, IndexPart, Indexed, NullsOrder, ReferentialAction, Table, TypeKind,
    Unique,
};
use crate::sql::ddl::column_type;
use crate::sql::literal;

#[derive(Serialize)]
struct Models {
    tables: Vec<TableEntry>,
}

#[derive(Serialize)]
struct TableEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'static str>,
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
    columns: Vec<ColumnEntry>,
    primary_key: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    primary_key_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unique: Vec<UniqueEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    indexes: Vec<IndexEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    checks: Vec<CheckEntry>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKeyEntry>,
}

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the document")]
struct ColumnEntry {
    name: &'static str,
    r#type: String,
    nullable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    serial: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<&'static [&'static str]>,
    #[serde(skip_serializing_if = "is_false")]
    immutable: bool,
    #[serde(skip_serializing_if = "is_false")]
    soft_delete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'static str>,
}

#[derive(Serialize)]
struct UniqueEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    columns: &'static [&'static str],
    #[serde(skip_serializing_if = "is_false")]
    nulls_not_distinct: bool,
}

#[derive(Serialize)]
struct CheckEntry {
    name: &'static str,
    sql: &'static str,
}

#[derive(Serialize)]
struct ForeignKeyEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    columns: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    target_schema: Option<&'static str>,
    target_table: &'static str,
    target_columns: &'static [&'static str],
    #[serde(skip_serializing_if = "Option::is_none")]
    on_delete: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_update: Option<&'static str>,
}

#[derive(Serialize)]
struct IndexEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    unique: bool,
    #[serde(skip_serializing_if = "is_false")]
    nulls_not_distinct: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    using: Option<&'static str>,
    parts: Vec<IndexPartEntry>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    include: &'static [&'static str],
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    with: BTreeMap<&'static str, &'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    r#where: Option<&'static str>,
}

#[derive(Serialize)]
struct IndexPartEntry {
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expression: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collation: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_class: Option<&'static str>,
    #[serde(skip_serializing_if = "is_false")]
    descending: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    nulls: Option<&'static str>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields by reference")]
fn is_false(value: &bool) -> bool {
    !value
}

/// Returns the document of the tables. Its keys are in alphabetical order.
pub(crate) fn json(schema: &Ident, tables: &[&'static Table]) -> Value {
    let models = Models { tables: tables.iter().map(|each| table(schema, each)).collect() };
    serde_json::to_value(models).expect("the document is made of texts, truth values and lists of them")
}

fn table(schema: &Ident, table: &'static Table) -> TableEntry {
    TableEntry {
        schema: table.schema,
        name: table.name,
        comment: table.comment,
        columns: table.columns.iter().map(|each| column(schema, each)).collect(),
        primary_key: table.primary_key,
        primary_key_name: table.primary_key_name,
        unique: table.uniques.iter().map(unique).collect(),
        indexes: table.indexes.iter().map(index).collect(),
        checks: table.checks.iter().map(|Check { name, sql, .. }| CheckEntry { name, sql }).collect(),
        foreign_keys: table.foreign_keys.iter().map(foreign_key).collect(),
    }
}

fn unique(unique: &'static Unique) -> UniqueEntry {
    UniqueEntry { name: unique.name, columns: unique.columns, nulls_not_distinct: unique.nulls_not_distinct }
}

fn foreign_key(key: &'static ForeignKey) -> ForeignKeyEntry {
    let target = (key.target)();
    ForeignKeyEntry {
        name: key.name,
        columns: key.columns,
        target_schema: target.schema,
        target_table: target.name,
        target_columns: key.target_columns,
        on_delete: action(key.on_delete),
        on_update: action(key.on_update),
    }
}

fn column(schema: &Ident, column: &'static Column) -> ColumnEntry {
    ColumnEntry {
        name: column.name,
        r#type: column_type(schema, column),
        nullable: column.nullable,
        default: column.default.as_ref().map(literal::default),
        generated: column.generated,
        identity: column.identity.map(|identity| match identity {
            Identity::Always => "always",
            Identity::ByDefault => "by default",
        }),
        serial: column.serial,
        labels: match column.sql_type.kind {
            TypeKind::Enum { labels, .. } | TypeKind::CheckedText { labels } => Some(labels),
            TypeKind::Existing
            | TypeKind::Domain { .. }
            | TypeKind::Composite { .. }
            | TypeKind::CheckedInteger { .. } => None,
        },
        immutable: column.immutable,
        soft_delete: column.soft_delete,
        comment: column.comment,
    }
}

fn index(index: &'static Index) -> IndexEntry {
    IndexEntry {
        name: index.name,
        unique: index.unique,
        nulls_not_distinct: index.nulls_not_distinct,
        using: index.using,
        parts: index.parts.iter().map(index_part).collect(),
        include: index.include,
        with: index.with.iter().copied().collect(),
        r#where: index.predicate,
    }
}

fn index_part(part: &'static IndexPart) -> IndexPartEntry {
    let (column, expression) = match part.of {
        Indexed::Column(name) => (Some(name), None),
        Indexed::Expression(sql) => (None, Some(sql)),
    };
    IndexPartEntry {
        column,
        expression,
        collation: part.collation,
        operator_class: part.opclass,
        descending: part.descending,
        nulls: part.nulls.map(|nulls| if nulls == NullsOrder::First { "first" } else { "last" }),
    }
}

fn action(action: ReferentialAction) -> Option<&'static str> {
    match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some("restrict"),
        ReferentialAction::Cascade => Some("cascade"),
        ReferentialAction::SetNull => Some("set null"),
        ReferentialAction::SetDefault => Some("set default"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json as value;

    use super::*;
    use crate::picture::sample::CHILD;

    #[test]
    fn says_what_the_model_says_and_no_more() {
        let said = json(&Ident::public(), &[&CHILD]);
        let expected = value!({ "tables": [{
            "name": "the \"child\"",
            "columns": [
                { "name": "id", "type": "bigint", "nullable": false },
                { "name": "parent id", "type": "numeric(8,2)", "nullable": true },
            ],
            "primary_key": ["id"],
            "unique": [{ "columns": ["parent id"] }],
            "foreign_keys": [{ "columns": ["parent id"], "target_table": "parent", "target_columns": ["id"] }],
        }] });
        assert_eq!(said, expected);
    }

    #[test]
    fn says_what_older_tables_have() {
        const TICKETS: Table =
            Table::new("tickets", &[Column::of::<i32>("id").serial()], &["id"]).primary_key_name("pk_tickets");
        let said = json(&Ident::public(), &[&TICKETS]);
        let expected = value!({ "tables": [{
            "name": "tickets",
            "columns": [{ "name": "id", "type": "serial", "nullable": false, "serial": true }],
            "primary_key": ["id"],
            "primary_key_name": "pk_tickets",
        }] });
        assert_eq!(said, expected);
    }
}
