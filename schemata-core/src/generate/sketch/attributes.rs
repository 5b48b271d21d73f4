//! The entries of the attributes `#[table(…)]` and `#[column(…)]`.

use std::fmt::Write;

use crate::generate::sketch::model::{
    FieldSketch, ForeignKeySketch, IndexPartKey, IndexPartSketch, IndexSketch, ModelSketch, Sketch, Style,
};
use crate::generate::sketch::names::{raw, unraw};
use crate::generate::sketch::value_source::ValueSource;
use crate::generate::text::literal::literal;
use crate::generate::text::name::is_keyword;
use crate::schema::{Identity, ReferentialAction};

/// Returns the entries of `#[table(…)]`.
pub(crate) fn of_table(sketch: &Sketch, model: &ModelSketch, style: Style) -> Vec<String> {
    let mut entries = vec![named(&model.name.name)];
    entries.extend(model.name.schema.as_ref().map(|schema| format!("schema = {}", literal(schema))));
    entries.extend(model.key_name.as_ref().map(|name| format!("primary_key({})", named(name))));
    entries.extend(model.comment.as_ref().map(|text| format!("comment = {}", literal(text))));
    for unique in &model.uniques {
        let mut inside = fields(model, &unique.fields);
        inside.extend(unique.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
        inside.extend(unique.name.as_deref().map(named));
        entries.push(format!("unique({})", inside.join(", ")));
    }
    entries.extend(model.indexes.iter().map(|index| self::index(model, index)));
    entries
        .extend(model.checks.iter().map(|check| format!("check({}, {})", literal(&check.name), literal(&check.sql))));
    entries.extend(model.foreign_keys.iter().map(|key| foreign_key(sketch, model, key)));
    let unmanaged = model.unmanaged.iter().map(|(key, name)| match name {
        Some(name) => format!("{key} = {}", literal(name)),
        None => (*key).to_owned(),
    });
    let unmanaged: Vec<String> = unmanaged.filter(|_| style == Style::Live).collect();
    entries.extend((!unmanaged.is_empty()).then(|| format!("unmanaged({})", unmanaged.join(", "))));
    entries
}

/// Returns the entries of `#[column(…)]`.
pub(crate) fn of_field(sketch: &Sketch, field: &FieldSketch, style: Style) -> Vec<String> {
    let mut entries = Vec::new();
    if field.primary_key {
        entries.push("primary_key".to_owned());
    }
    match &field.value {
        ValueSource::Serial => entries.push("serial".to_owned()),
        ValueSource::Identity(Identity::Always) => entries.push("identity".to_owned()),
        ValueSource::Identity(Identity::ByDefault) => entries.push("identity = by_default".to_owned()),
        _ => {}
    }
    if unraw(&field.ident) != field.column {
        entries.push(named(&field.column));
    }
    entries.extend(field.declared.as_ref().map(|declared| format!("sql_type = {}", literal(declared))));
    match &field.value {
        ValueSource::Boolean(value) => entries.push(format!("default = {value}")),
        ValueSource::Number(text) => entries.push(format!("default = {text}")),
        ValueSource::Text(text) => entries.push(format!("default = {}", literal(text))),
        ValueSource::Sql(text) => entries.push(format!("default_sql = {}", literal(text))),
        ValueSource::Generated(text) => entries.push(format!("generated = {}", literal(text))),
        ValueSource::Insert | ValueSource::Identity(_) | ValueSource::Serial => {}
    }
    if let Some(reference) = &field.reference {
        let target = &sketch.models[reference.model];
        entries.push(format!("references = {}::{}", target.ident, target.fields[reference.field].ident));
        entries.extend(actions(reference.on_delete, reference.on_update));
    }
    if field.unique {
        entries.push("unique".to_owned());
    }
    entries.extend(field.comment.as_ref().map(|text| format!("comment = {}", literal(text))));
    let unmanaged = style == Style::Live && !field.unmanaged.is_empty();
    entries.extend(unmanaged.then(|| format!("unmanaged({})", field.unmanaged.join(", "))));
    entries
}

fn named(name: &str) -> String {
    format!("name = {}", literal(name))
}

fn fields(model: &ModelSketch, places: &[usize]) -> Vec<String> {
    places.iter().map(|at| model.fields[*at].ident.clone()).collect()
}

fn actions(on_delete: ReferentialAction, on_update: ReferentialAction) -> impl Iterator<Item = String> {
    let word = |action| match action {
        ReferentialAction::NoAction => None,
        ReferentialAction::Restrict => Some("restrict"),
        ReferentialAction::Cascade => Some("cascade"),
        ReferentialAction::SetNull => Some("set_null"),
        ReferentialAction::SetDefault => Some("set_default"),
    };
    [("on_delete", word(on_delete)), ("on_update", word(on_update))]
        .into_iter()
        .filter_map(|(event, word)| Some(format!("{event} = {}", word?)))
}

fn foreign_key(sketch: &Sketch, model: &ModelSketch, key: &ForeignKeySketch) -> String {
    let target = &sketch.models[key.model];
    let targets: Vec<String> =
        key.targets.iter().map(|at| format!("{}::{}", target.ident, target.fields[*at].ident)).collect();
    let mut inside = vec![
        format!("columns({})", fields(model, &key.fields).join(", ")),
        format!("references({})", targets.join(", ")),
    ];
    inside.extend(actions(key.on_delete, key.on_update));
    inside.extend(key.name.as_deref().map(named));
    format!("foreign_key({})", inside.join(", "))
}

fn index(model: &ModelSketch, index: &IndexSketch) -> String {
    let mut inside: Vec<String> = index.parts.iter().map(|part| self::part(model, part)).collect();
    inside.extend(index.unique.then(|| "unique".to_owned()));
    inside.extend(index.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
    inside.extend(index.method.as_ref().map(|method| format!("using = {}", literal(method))));
    inside.extend(index.predicate.as_ref().map(|sql| format!("where = {}", literal(sql))));
    if !index.include.is_empty() {
        inside.push(format!("include({})", fields(model, &index.include).join(", ")));
    }
    if !index.with.is_empty() {
        let one = |(name, value): &(String, String)| {
            let whole = !value.is_empty() && value.len() < 18 && value.bytes().all(|byte| byte.is_ascii_digit());
            let plain = whole && (value == "0" || !value.starts_with('0'));
            let word = value.bytes().all(|byte| byte.is_ascii_lowercase()) && !is_keyword(value) && !value.is_empty();
            let value = if plain || word { value.clone() } else { literal(value) };
            format!("{} = {value}", raw(name.clone()))
        };
        inside.push(format!("with({})", index.with.iter().map(one).collect::<Vec<_>>().join(", ")));
    }
    inside.extend(index.name.as_deref().map(named));
    format!("index({})", inside.join(", "))
}

fn part(model: &ModelSketch, part: &IndexPartSketch) -> String {
    let mut text = match &part.of {
        IndexPartKey::Field(at) => model.fields[*at].ident.clone(),
        IndexPartKey::Expression(sql) => format!("expression({})", literal(sql)),
    };
    if let Some(collation) = &part.collation {
        let _ = write!(text, " collate({})", literal(collation));
    }
    if let Some(class) = &part.class {
        let _ = write!(text, " opclass({})", literal(class));
    }
    if part.descending {
        text += " desc";
    }
    match part.nulls_first {
        Some(true) => text += " nulls_first",
        Some(false) => text += " nulls_last",
        None => {}
    }
    text
}
