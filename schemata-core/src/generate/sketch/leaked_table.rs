//! The tables of written models before these are compiled, so that their DDL can be tried at once. Foreign keys are
//! left out, since a model's foreign key names its target by a function.
//!
//! A model's table consists of `'static` parts, so this one is leaked; a command creates a few of them and ends.

use crate::generate::sketch::model::{
    CreatedTypeSketch, ExcludeSketch, FieldOptions, FieldSketch, IndexPartKey, IndexPartSketch, IndexSketch, KeySketch,
    ModelSketch, Sketch, TypePartSketch,
};
use crate::generate::sketch::rust_types::{Element, RustType};
use crate::generate::sketch::value_source::ValueSource;
use crate::schema::{self, Attribute, Check, Column, Domain, IndexPart, Literal, SqlType, Table};

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
        options: key_options(columns, &unique.key),
    });
    table.primary_key_options = key_options(columns, &model.key_clauses);
    table.uniques = list(single.chain(listed));
    table.checks = list(model.checks.iter().map(|check| schema::Check {
        name: text(&check.name),
        sql: text(&check.sql),
        no_inherit: check.no_inherit,
        validity: check.validity,
        comment: check.comment.as_deref().map(text),
    }));
    table.excludes = list(model.excludes.iter().map(|of| exclude(columns, of)));
    table.with = parameters(&model.with);
    table.unlogged = model.unlogged;
    table.indexes = list(model.indexes.iter().map(|of| index(columns, of)));
    Box::leak(Box::new(table))
}

fn parameters(all: &[(String, String)]) -> &'static [(&'static str, &'static str)] {
    list(all.iter().map(|(name, value)| (text(name), text(value))))
}

fn key_options(columns: &'static [Column], key: &KeySketch) -> schema::KeyOptions {
    schema::KeyOptions {
        deferral: key.deferral,
        include: list(key.include.iter().map(|at| columns[*at].name)),
        without_overlaps: key.without_overlaps,
        comment: key.comment.as_deref().map(text),
    }
}

fn exclude(columns: &'static [Column], of: &ExcludeSketch) -> schema::Exclude {
    let schema::Index { parts, using, predicate, include, with, name, comment, .. } = index(columns, &of.index);
    let parts = parts.iter().zip(&of.operators);
    let parts = list(parts.map(|(part, operator)| schema::ExcludePart::new(*part, text(operator))));
    schema::Exclude { parts, using, predicate, include, with, deferral: of.deferral, name, comment }
}

/// Sets the options that few columns have.
fn set_options(column: &mut Column, of: &FieldOptions) {
    column.collation = of.collation.as_deref().map(text);
    column.sequence = of.sequence.as_ref().map(|parts| schema::SequenceOptions {
        start: parts.start,
        increment: parts.increment,
        min: parts.min,
        max: parts.max,
        cache: parts.cache,
        cycle: parts.cycle,
        sql_type: parts.sql_type.as_deref().map(text),
    });
    column.not_null = of.not_null.as_ref().map(|constraint| schema::NotNull {
        name: constraint.name.as_deref().map(text),
        no_inherit: constraint.no_inherit,
        not_valid: constraint.not_valid,
        comment: constraint.comment.as_deref().map(text),
    });
    column.storage = of.storage.as_deref().map(|storage| match storage {
        "PLAIN" => schema::Storage::Plain,
        "EXTERNAL" => schema::Storage::External,
        "MAIN" => schema::Storage::Main,
        _ => schema::Storage::Extended,
    });
    column.compression = of.compression.as_deref().map(text);
    column.statistics = of.statistics.and_then(|target| i16::try_from(target).ok());
    column.with = parameters(&of.with);
}

fn column(sketch: &Sketch, field: &FieldSketch) -> Column {
    let mut column = Column::of::<bool>(text(&field.column));
    column.sql_type = sql_type(sketch, &field.rust);
    column.declared = field.declared.as_deref().map(text);
    column.nullable = field.nullable;
    column.comment = field.comment.as_deref().map(text);
    set_options(&mut column, &field.options);
    match &field.value {
        ValueSource::Insert => column,
        ValueSource::Boolean(value) => column.default(Literal::Boolean(*value)),
        ValueSource::Number(number) => column.default(Literal::Float(text(number))),
        ValueSource::Text(value) => column.default(Literal::Text(text(value))),
        ValueSource::Sql(sql) => column.default_sql(text(sql)),
        ValueSource::Generated(sql) => column.generated(text(sql)),
        ValueSource::Virtual(sql) => column.generated_virtual(text(sql)),
        ValueSource::Identity(identity) => column.identity(*identity),
        ValueSource::Serial => column.serial(),
    }
}

/// Returns the PostgreSQL type of a Rust type.
fn sql_type(sketch: &Sketch, of: &RustType) -> SqlType {
    let element = match &of.element {
        Element::Plain(plain) => plain.sql,
        Element::Enum(at) => {
            let of = &sketch.types.enums[*at];
            let labels = list(of.variants.iter().map(|variant| text(&variant.label)));
            SqlType::enumeration(of.schema.as_deref().map(text), text(&of.name.name), labels)
        }
        Element::Created(at) => created(sketch, &sketch.types.created[*at]),
    };
    if of.array { element.array_of() } else { element }
}

/// Returns the type of a domain or a composite type.
fn created(sketch: &Sketch, of: &CreatedTypeSketch) -> SqlType {
    let (schema, name) = (of.schema.as_deref().map(text), text(&of.name.name));
    let sql = |part: &TypePartSketch| sql_type(sketch, &part.rust);
    let declared = |part: &TypePartSketch| part.declared.as_deref().map(text);
    match (&of.checks, of.parts.as_slice()) {
        (Some(checks), [value]) => {
            let mut domain = Domain::over(sql(value));
            domain.declared = declared(value);
            domain.checks = list(checks.iter().map(|(name, sql)| Check::new(text(name), text(sql))));
            SqlType::domain(schema, name, Box::leak(Box::new(domain)))
        }
        (_, parts) => {
            let attributes = parts.iter().map(|part| {
                let mut attribute = Attribute::new(text(&part.name), sql(part));
                attribute.declared = declared(part);
                attribute
            });
            SqlType::composite(schema, name, list(attributes))
        }
    }
}

fn index(columns: &'static [Column], of: &IndexSketch) -> schema::Index {
    let mut index = schema::Index::new(list(of.parts.iter().map(|of| part(columns, of))));
    index.unique = of.unique;
    index.nulls_not_distinct = of.nulls_not_distinct;
    index.using = of.method.as_deref().map(text);
    index.predicate = of.predicate.as_deref().map(text);
    index.include = list(of.include.iter().map(|at| columns[*at].name));
    index.with = parameters(&of.with);
    index.comment = of.comment.as_deref().map(text);
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
