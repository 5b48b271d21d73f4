//! Models as Rust source, as a person would write them. Names and texts of the database appear only in checked names,
//! in string literals and in comments of one line.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::generate::sketch::attributes;
use crate::generate::sketch::model::{
    CreatedTypeSketch, EnumSketch, FieldSketch, ModelSketch, Sketch, Style, TypePartSketch,
};
use crate::generate::sketch::names::unraw;
use crate::generate::sketch::rust_types::{Element, RustType};
use crate::generate::text::literal::{literal, prose};

/// Returns the `use` lines that the models need; `beside` are items of the parent module.
pub(crate) fn imports<'m>(models: impl IntoIterator<Item = &'m ModelSketch>, beside: &[String]) -> String {
    let fields = models.into_iter().flat_map(|model| &model.fields);
    imports_of_types(fields.map(|field| &field.rust), beside)
}

/// Returns the `use` lines that fields of these types need.
pub(crate) fn imports_of_types<'m>(types: impl IntoIterator<Item = &'m RustType>, beside: &[String]) -> String {
    let mut of: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    of.insert("schemata::prelude", ["*"].into());
    for rust in types {
        if let Element::Plain(plain) = &rust.element
            && let Some((path, names)) = plain.import
        {
            of.entry(path).or_default().extend(names);
        }
    }
    let line = |(path, names): (&&str, &BTreeSet<&str>)| match names.iter().copied().collect::<Vec<_>>().as_slice() {
        [name] => format!("use {path}::{name};\n"),
        names => format!("use {path}::{{{}}};\n", names.join(", ")),
    };
    // The standard library comes first.
    let (own, others): (Vec<_>, Vec<_>) = of.iter().partition(|(path, _)| path.starts_with("std::"));
    let mut groups: Vec<String> =
        [own, others].iter().map(|group| group.iter().map(|(p, n)| line((p, n))).collect()).collect();
    groups.push(match beside {
        [] => String::new(),
        [one] => format!("use super::{one};\n"),
        many => format!("use super::{{{}}};\n", many.join(", ")),
    });
    groups.retain(|group| !group.is_empty());
    groups.join("\n")
}

/// Returns the crates that the models use beside the library.
pub(crate) fn crates(sketch: &Sketch) -> BTreeSet<&'static str> {
    let fields = sketch.models.iter().flat_map(|model| &model.fields).map(|field| &field.rust);
    let parts = sketch.types.created.iter().flat_map(|of| &of.parts).map(|part| &part.rust);
    let of = |rust: &RustType| match &rust.element {
        Element::Plain(plain) => {
            plain.import.map(|(path, _)| path).or_else(|| plain.rust.split_once("::").map(|(path, _)| path))
        }
        Element::Enum(_) | Element::Created(_) => None,
    };
    fields.chain(parts).filter_map(of).filter(|path| !["std::net", "schemata"].contains(path)).collect()
}

/// Returns a struct.
pub(crate) fn model(sketch: &Sketch, model: &ModelSketch, style: Style) -> String {
    let mut out = String::new();
    let plain = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // The steps of a migration show what is missing.
    let of_the_whole = model.left.iter().filter(|(place, _)| style == Style::Live && place.is_none());
    for (_, left) in of_the_whole {
        comment(&left.to_string(), "", &mut out);
    }
    let (public, derives) = match style {
        Style::Live => ("pub ", "Debug, Clone, PartialEq, TableModel"),
        Style::Frozen => ("", "TableModel"),
    };
    if style == Style::Live {
        // Other characters could have a meaning in documentation.
        let of = if plain(&model.name.name) { format!("`{}`", model.name.name) } else { "a table".to_owned() };
        let _ = writeln!(out, "/// A row of {of}.");
    }
    let _ = writeln!(out, "#[derive({derives})]");
    attribute("table", &attributes::of_table(sketch, model, style), "", &mut out);
    let visible = if style == Style::Live { "pub" } else { "pub(super)" };
    let _ = writeln!(out, "{visible} struct {} {{", model.ident);
    for (at, field) in model.fields.iter().enumerate() {
        left_before(model, at, &mut out);
        let entries = attributes::of_field(sketch, field, style);
        if !entries.is_empty() {
            attribute("column", &entries, "    ", &mut out);
        }
        let _ = writeln!(out, "    {public}{}: {},", field.ident, rust(sketch, field));
    }
    left_before(model, model.fields.len(), &mut out);
    out.push_str("}\n");
    out
}

/// Returns an enum.
pub(crate) fn enumeration(of: &EnumSketch, style: Style) -> String {
    let mut out = String::new();
    let (derives, visible) = match style {
        Style::Live => ("Debug, Clone, Copy, PartialEq, Eq, PgEnum", "pub"),
        // A key can be of the enum, and models clone their keys.
        Style::Frozen => ("Debug, Clone, PgEnum", "pub(super)"),
    };
    if style == Style::Live {
        out.push_str("/// One of the labels.\n");
    }
    let _ = writeln!(out, "#[derive({derives})]");
    let mut entries = vec![format!("name = {}", literal(&of.name.name))];
    entries.extend(of.schema.as_ref().map(|schema| format!("schema = {}", literal(schema))));
    attribute("column", &entries, "", &mut out);
    let _ = writeln!(out, "{visible} enum {} {{", of.ident);
    for variant in &of.variants {
        if variant.is_named {
            attribute("column", &[format!("name = {}", literal(&variant.label))], "    ", &mut out);
        }
        let _ = writeln!(out, "    {},", variant.ident);
    }
    out.push_str("}\n");
    out
}

/// Returns the struct for a domain or a composite type. Attributes of composite types may be NULL.
pub(crate) fn created_type(sketch: &Sketch, of: &CreatedTypeSketch, style: Style) -> String {
    let mut out = String::new();
    let (visible, derives) = match style {
        Style::Live => ("pub", "Debug, Clone, PartialEq"),
        // As for an enum.
        Style::Frozen => ("pub(super)", "Debug, Clone"),
    };
    let what = if of.checks.is_some() { "domain" } else { "composite type" };
    if style == Style::Live {
        let _ = writeln!(out, "/// A value of the {what}.");
    }
    let mut entries = vec![format!("name = {}", literal(&of.name.name))];
    entries.extend(of.schema.as_ref().map(|schema| format!("schema = {}", literal(schema))));
    let declared = |part: &TypePartSketch| part.declared.as_ref().map(|sql| format!("sql_type = {}", literal(sql)));
    if let Some(checks) = &of.checks {
        entries.extend(of.parts.iter().filter_map(declared));
        entries.extend(checks.iter().map(|(name, sql)| format!("check({}, {})", literal(name), literal(sql))));
        let _ = writeln!(out, "#[derive({derives}, PgDomain)]");
        attribute("column", &entries, "", &mut out);
        let parts: Vec<String> =
            of.parts.iter().map(|part| format!("{visible} {}", plain_rust(sketch, &part.rust))).collect();
        let _ = writeln!(out, "{visible} struct {}({});", of.ident, parts.join(", "));
        return out;
    }
    let _ = writeln!(out, "#[derive({derives}, PgComposite)]");
    attribute("column", &entries, "", &mut out);
    let _ = writeln!(out, "{visible} struct {} {{", of.ident);
    for part in &of.parts {
        let named = (unraw(&part.ident) != part.name).then(|| format!("name = {}", literal(&part.name)));
        let entries: Vec<String> = named.into_iter().chain(declared(part)).collect();
        if !entries.is_empty() {
            attribute("column", &entries, "    ", &mut out);
        }
        let _ = writeln!(out, "    {visible} {}: Option<{}>,", part.ident, plain_rust(sketch, &part.rust));
    }
    out.push_str("}\n");
    out
}

/// Writes what is left out at the place of a field.
fn left_before(model: &ModelSketch, at: usize, out: &mut String) {
    for (_, left) in model.left.iter().filter(|(place, _)| *place == Some(at)) {
        comment(&left.to_string(), "    ", out);
    }
}

/// Writes a line comment.
pub(crate) fn comment(text: &str, margin: &str, out: &mut String) {
    let _ = writeln!(out, "{margin}// Left out: {}", prose(text));
}

/// Writes `#[name(…)]`, on one line if it fits.
fn attribute(name: &str, entries: &[String], margin: &str, out: &mut String) {
    let line = format!("{margin}#[{name}({})]", entries.join(", "));
    if line.chars().count() <= 100 {
        let _ = writeln!(out, "{line}");
        return;
    }
    let _ = writeln!(out, "{margin}#[{name}(\n{margin}    {}\n{margin})]", entries.join(&format!(",\n{margin}    ")));
}

/// Returns the type of a field.
fn rust(sketch: &Sketch, field: &FieldSketch) -> String {
    let text = plain_rust(sketch, &field.rust);
    if field.nullable { format!("Option<{text}>") } else { text }
}

/// Returns the type without its `Option`.
fn plain_rust(sketch: &Sketch, RustType { element, array }: &RustType) -> String {
    let name = match element {
        Element::Plain(plain) => plain.rust,
        declared => sketch.types.ident(declared).map_or("", String::as_str),
    };
    if *array { format!("Vec<{name}>") } else { name.to_owned() }
}
