//! The entries of the attributes `#[table(…)]` and `#[column(…)]`.

use std::fmt::Write;

use crate::generate::sketch::model::{
    CheckSketch, ExcludeSketch, FieldOptions, FieldSketch, ForeignKeySketch, IndexPartKey, IndexPartSketch,
    IndexSketch, KeySketch, ModelSketch, Sketch, Style,
};
use crate::generate::sketch::names::{raw, unraw};
use crate::generate::sketch::value_source::ValueSource;
use crate::generate::text::literal::literal;
use crate::generate::text::name::is_keyword;
use crate::generate::text::sequence::SequenceParts;
use crate::schema::{Deferral, Identity, ReferentialAction, Validity};

/// Returns the entries of `#[table(…)]`.
pub(crate) fn of_table(sketch: &Sketch, model: &ModelSketch, style: Style) -> Vec<String> {
    let mut entries = vec![named(&model.name.name)];
    entries.extend(model.name.schema.as_ref().map(|schema| format!("schema = {}", literal(schema))));
    let mut inside: Vec<String> = model.key_name.as_deref().map(named).into_iter().collect();
    inside.extend(key(model, &model.key_clauses));
    entries.extend((!inside.is_empty()).then(|| format!("primary_key({})", inside.join(", "))));
    entries.extend(model.fields.iter().all(|field| !field.primary_key).then(|| "keyless".to_owned()));
    entries.extend(model.unlogged.then(|| "unlogged".to_owned()));
    let (toast, with): (Vec<_>, Vec<_>) = model.with.iter().cloned().partition(|(name, _)| name.starts_with("toast."));
    let toast: Vec<_> = toast.into_iter().map(|(name, value)| (name["toast.".len()..].to_owned(), value)).collect();
    entries.extend(parameters("with", &with).into_iter().chain(parameters("toast", &toast)));
    entries.extend(model.comment.as_ref().map(|text| format!("comment = {}", literal(text))));
    for unique in &model.uniques {
        let mut inside = fields(model, &unique.fields);
        inside.extend(unique.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
        inside.extend(key(model, &unique.key));
        inside.extend(unique.name.as_deref().map(named));
        entries.push(format!("unique({})", inside.join(", ")));
    }
    entries.extend(model.indexes.iter().map(|index| self::index(model, index)));
    entries.extend(model.checks.iter().map(check));
    entries.extend(model.excludes.iter().map(|exclude| self::exclude(model, exclude)));
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
        ValueSource::Serial => entries.push(numbered("serial", None, field.options.sequence.as_ref())),
        ValueSource::Identity(Identity::Always) => {
            entries.push(numbered("identity", None, field.options.sequence.as_ref()));
        }
        ValueSource::Identity(Identity::ByDefault) => {
            entries.push(numbered("identity", Some("by_default"), field.options.sequence.as_ref()));
        }
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
        ValueSource::Virtual(text) => entries.push(format!("generated_virtual = {}", literal(text))),
        ValueSource::Insert | ValueSource::Identity(_) | ValueSource::Serial => {}
    }
    if let Some(reference) = &field.reference {
        let target = &sketch.models[reference.model];
        entries.push(format!("references = {}::{}", target.ident, target.fields[reference.field].ident));
        entries.extend(actions(reference.on_delete, reference.on_update));
        entries.extend(deferrable(reference.deferral));
    }
    if field.unique {
        entries.push("unique".to_owned());
    }
    entries.extend(field.comment.as_ref().map(|text| format!("comment = {}", literal(text))));
    entries.extend(options(&field.options));
    let unmanaged = style == Style::Live && !field.unmanaged.is_empty();
    entries.extend(unmanaged.then(|| format!("unmanaged({})", field.unmanaged.join(", "))));
    entries
}

/// Returns `identity`, `identity = by_default`, or `identity(by_default, start = 100)`.
fn numbered(key: &str, word: Option<&str>, sequence: Option<&SequenceParts>) -> String {
    let Some(sequence) = sequence else {
        return word.map_or_else(|| key.to_owned(), |word| format!("{key} = {word}"));
    };
    let number = |key: &str, number: Option<i64>| number.map(|number| format!("{key} = {number}"));
    let all = [
        word.map(str::to_owned),
        number("start", sequence.start),
        number("increment", sequence.increment),
        number("min", sequence.min),
        number("max", sequence.max),
        number("cache", sequence.cache),
        sequence.cycle.then(|| "cycle".to_owned()),
        sequence.sql_type.as_ref().map(|name| format!("sql_type = {}", literal(name))),
    ];
    format!("{key}({})", all.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Returns the entries for options that few columns have.
fn options(of: &FieldOptions) -> Vec<String> {
    let mut entries = Vec::new();
    entries.extend(of.collation.as_ref().map(|name| format!("collation = {}", literal(name))));
    if let Some(constraint) = &of.not_null {
        let mut inside: Vec<String> = constraint.name.as_deref().map(named).into_iter().collect();
        inside.extend(constraint.no_inherit.then(|| "no_inherit".to_owned()));
        inside.extend(constraint.not_valid.then(|| "not_valid".to_owned()));
        inside.extend(commented(constraint.comment.as_ref()));
        entries.push(format!("not_null({})", inside.join(", ")));
    }
    entries.extend(of.storage.as_ref().map(|storage| format!("storage = {}", storage.to_ascii_lowercase())));
    entries.extend(of.compression.as_ref().map(|method| format!("compression = {method}")));
    entries.extend(of.statistics.map(|target| format!("statistics = {target}")));
    entries.extend(parameters("with", &of.with));
    entries
}

fn commented(text: Option<&String>) -> Option<String> {
    text.map(|text| format!("comment = {}", literal(text)))
}

fn deferrable(deferral: Deferral) -> Option<String> {
    match deferral {
        Deferral::Never => None,
        Deferral::Immediate => Some("deferrable".to_owned()),
        Deferral::Deferred => Some("deferrable = initially_deferred".to_owned()),
    }
}

fn validity(validity: Validity) -> Option<String> {
    match validity {
        Validity::Valid => None,
        Validity::NotValid => Some("not_valid".to_owned()),
        Validity::NotEnforced => Some("not_enforced".to_owned()),
    }
}

/// Returns the clauses of a key.
fn key(model: &ModelSketch, key: &KeySketch) -> Vec<String> {
    let mut inside = Vec::new();
    inside.extend(key.without_overlaps.then(|| "without_overlaps".to_owned()));
    if !key.include.is_empty() {
        inside.push(format!("include({})", fields(model, &key.include).join(", ")));
    }
    inside.extend(deferrable(key.deferral));
    inside.extend(commented(key.comment.as_ref()));
    inside
}

fn check(check: &CheckSketch) -> String {
    let (name, sql) = (literal(&check.name), literal(&check.sql));
    let mut inside = Vec::new();
    inside.extend(check.no_inherit.then(|| "no_inherit".to_owned()));
    inside.extend(validity(check.validity));
    inside.extend(commented(check.comment.as_ref()));
    if inside.is_empty() {
        return format!("check({name}, {sql})");
    }
    format!("check(name = {name}, sql = {sql}, {})", inside.join(", "))
}

fn exclude(model: &ModelSketch, of: &ExcludeSketch) -> String {
    let part = |(part, operator): (&IndexPartSketch, &String)| {
        format!("{} with({})", self::part(model, part), literal(operator))
    };
    let mut inside: Vec<String> = of.index.parts.iter().zip(&of.operators).map(part).collect();
    inside.extend(options_of_index(model, &of.index));
    inside.extend(deferrable(of.deferral));
    format!("exclude({})", inside.join(", "))
}

/// Returns `with(fillfactor = 70)`.
fn parameters(key: &str, all: &[(String, String)]) -> Option<String> {
    let one = |(name, value): &(String, String)| {
        let whole = !value.is_empty() && value.len() < 18 && value.bytes().all(|byte| byte.is_ascii_digit());
        let plain = whole && (value == "0" || !value.starts_with('0'));
        let word = value.bytes().all(|byte| byte.is_ascii_lowercase()) && !is_keyword(value) && !value.is_empty();
        let value = if plain || word { value.clone() } else { literal(value) };
        format!("{} = {value}", raw(name.clone()))
    };
    (!all.is_empty()).then(|| format!("{key}({})", all.iter().map(one).collect::<Vec<_>>().join(", ")))
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
    inside.extend(actions(key.on_delete, key.on_update).map(|action| {
        let is_limited = action.starts_with("on_delete") && !key.set_columns.is_empty();
        let columns = fields(model, &key.set_columns).join(", ");
        if is_limited { format!("{action}({columns})") } else { action }
    }));
    inside.extend(key.period.then(|| "period".to_owned()));
    inside.extend(key.match_full.then(|| "match_full".to_owned()));
    inside.extend(deferrable(key.deferral));
    inside.extend(validity(key.validity));
    inside.extend(commented(key.comment.as_ref()));
    inside.extend(key.name.as_deref().map(named));
    format!("foreign_key({})", inside.join(", "))
}

fn index(model: &ModelSketch, index: &IndexSketch) -> String {
    let mut inside: Vec<String> = index.parts.iter().map(|part| self::part(model, part)).collect();
    inside.extend(options_of_index(model, index));
    format!("index({})", inside.join(", "))
}

fn options_of_index(model: &ModelSketch, index: &IndexSketch) -> Vec<String> {
    let mut inside = Vec::new();
    inside.extend(index.unique.then(|| "unique".to_owned()));
    inside.extend(index.nulls_not_distinct.then(|| "nulls_not_distinct".to_owned()));
    inside.extend(index.method.as_ref().map(|method| format!("using = {}", literal(method))));
    inside.extend(index.predicate.as_ref().map(|sql| format!("where = {}", literal(sql))));
    if !index.include.is_empty() {
        inside.push(format!("include({})", fields(model, &index.include).join(", ")));
    }
    inside.extend(parameters("with", &index.with));
    inside.extend(commented(index.comment.as_ref()));
    inside.extend(index.name.as_deref().map(named));
    inside
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
