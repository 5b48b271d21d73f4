//! The tables of written models before these are compiled, so that their DDL can be tried at once. Foreign keys are
//! left out, since a model's foreign key names its target by a function.
//!
//! A model's table consists of `'static` parts, so this one is leaked; a command creates a few of them and ends.

use crate::generate::sketch::model::{FieldSketch, IndexPartKey, IndexPartSketch, IndexSketch, ModelSketch, Sketch};
use crate::generate::sketch::rust_types::Element;
use crate::generate::sketch::value_source::ValueSource;
use crate::schema::{self, Column, IndexPart, Literal, SqlType, Table};

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn list<T>(items: impl IntoIterator<Item = T>) -> &'static [T] {
    items.into_iter().collect::<Vec<_>>().leak()
}

/// Returns the table of a model, without its foreign keys.
pub(crate) fn leaked_table(sketch: &Sketch, model: &ModelSketch) -> &'static Table {
    let columns = list(model.fields.iter().map(|field| column(sketch, field)));
    let name_of = |at: &usize| columns[*at].name;
    let key = list((0..columns.len()).filter(|at| model.fields[*at].primary_key).map(|at| columns[at].name));
    let mut table = Table::new(text(&model.name.name), columns, key);
    table.schema = model.name.schema.as_deref().map(text);
    table.primary_key_name = model.key_name.as_deref().map(text);
    table.comment = model.comment.as_deref().map(text);
    let single =
        (0..columns.len()).filter(|at| model.fields[*at].unique).map(|at| schema::Unique::new(list([name_of(&at)])));
    let listed = model.uniques.iter().map(|unique| schema::Unique {
        columns: list(unique.fields.iter().map(name_of)),
        nulls_not_distinct: unique.nulls_not_distinct,
        name: unique.name.as_deref().map(text),
    });
    table.uniques = list(single.chain(listed));
    table.checks = list(model.checks.iter().map(|check| schema::Check::new(text(&check.name), text(&check.sql))));
    table.indexes = list(model.indexes.iter().map(|of| index(columns, of)));
    Box::leak(Box::new(table))
}

fn column(sketch: &Sketch, field: &FieldSketch) -> Column {
    let mut column = Column::of::<bool>(text(&field.column));
    let element = match &field.rust.element {
        Element::Plain(plain) => plain.sql,
        Element::Enum(at) => {
            let of = &sketch.enums[*at];
            let labels = list(of.variants.iter().map(|variant| text(&variant.label)));
            SqlType::enumeration(of.schema.as_deref().map(text), text(&of.name.name), labels)
        }
    };
    column.sql_type = if field.rust.array { element.array_of() } else { element };
    column.declared = field.declared.as_deref().map(text);
    column.nullable = field.nullable;
    column.comment = field.comment.as_deref().map(text);
    match &field.value {
        ValueSource::Insert => column,
        ValueSource::Boolean(value) => column.default(Literal::Boolean(*value)),
        ValueSource::Number(number) => column.default(Literal::Float(text(number))),
        ValueSource::Text(value) => column.default(Literal::Text(text(value))),
        ValueSource::Sql(sql) => column.default_sql(text(sql)),
        ValueSource::Generated(sql) => column.generated(text(sql)),
        ValueSource::Identity(identity) => column.identity(*identity),
        ValueSource::Serial => column.serial(),
    }
}

fn index(columns: &'static [Column], of: &IndexSketch) -> schema::Index {
    let mut index = schema::Index::new(list(of.parts.iter().map(|of| part(columns, of))));
    index.unique = of.unique;
    index.nulls_not_distinct = of.nulls_not_distinct;
    index.using = of.method.as_deref().map(text);
    index.predicate = of.predicate.as_deref().map(text);
    index.include = list(of.include.iter().map(|at| columns[*at].name));
    index.with = list(of.with.iter().map(|(name, value)| (text(name), text(value))));
    index.name = of.name.as_deref().map(text);
    index
}

fn part(columns: &'static [Column], of: &IndexPartSketch) -> IndexPart {
    let mut part = match &of.of {
        IndexPartKey::Field(at) => IndexPart::column(columns[*at].name),
        IndexPartKey::Expression(sql) => IndexPart::expression(text(sql)),
    };
    part.collation = of.collation.as_deref().map(text);
    part.opclass = of.class.as_deref().map(text);
    part.descending = of.descending;
    match of.nulls_first {
        Some(true) => part.nulls_first(),
        Some(false) => part.nulls_last(),
        None => part,
    }
}
