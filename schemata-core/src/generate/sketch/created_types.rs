//! Domains and composite types as structs, if everything that they are made of has a Rust type.

use std::collections::BTreeSet;

use crate::catalog::{BaseType, CreatedTypeState, TableState, TypeClass};
use crate::generate::sketch::expression::unwrapped;
use crate::generate::sketch::model::{CreatedTypeSketch, TypePartSketch, TypeSketches};
use crate::generate::sketch::names;
use crate::generate::sketch::rust_types::{Element, rust_type};
use crate::generate::sketch::sketcher::Sketcher;
use crate::generate::text::array_casts::rereadable;
use crate::qualified_name::QualifiedName;

/// Returns the types that can be structs, each after those that it is made of.
pub(super) fn creatable<'c>(sketcher: &Sketcher<'c>) -> Vec<&'c CreatedTypeState> {
    let mut found: Vec<&CreatedTypeState> = Vec::new();
    let mut waiting: Vec<&CreatedTypeState> = sketcher.catalog.created_types.values().collect();
    waiting.retain(|state| state.is_expressible && !state.types.is_empty());
    loop {
        let before = found.len();
        waiting.retain(|state| {
            let declared = |of: &BaseType| match of.kind {
                TypeClass::Enum => sketcher.declared_enum(of),
                _ => found.iter().position(|known| known.name == of.name).map(Element::Created),
            };
            let has_types = parts(state).all(|(_, printed, base)| rust_type(base, printed, declared).is_some());
            if has_types {
                found.push(state);
            }
            !has_types
        });
        if found.len() == before {
            return found;
        }
    }
}

/// Keeps the types that columns of the tables have, and those that these are made of.
pub(super) fn used<'c>(mut creatable: Vec<&'c CreatedTypeState>, tables: &[&TableState]) -> Vec<&'c CreatedTypeState> {
    // What a type is made of stands before it.
    let mut names: BTreeSet<String> = BTreeSet::new();
    let columns = tables.iter().flat_map(|table| table.columns.values());
    names.extend(columns.filter(|column| is_created(&column.base)).map(|column| column.base.name.to_string()));
    for state in creatable.iter().rev() {
        if names.contains(&state.name.to_string()) {
            names.extend(state.types.iter().filter(|base| is_created(base)).map(|base| base.name.to_string()));
        }
    }
    creatable.retain(|state| names.contains(&state.name.to_string()));
    creatable
}

fn is_created(base: &BaseType) -> bool {
    matches!(base.kind, TypeClass::Domain | TypeClass::Composite)
}

/// Returns the schemas of the tables and types that are made of a type.
pub(super) fn schemas_of_users<'c>(
    name: &QualifiedName,
    tables: &[&'c TableState],
    created: &[&'c CreatedTypeState],
) -> Vec<Option<&'c str>> {
    let is_it = |base: &BaseType| base.kind.is_declared() && base.name == *name;
    let tables = tables.iter().filter(|table| table.columns.values().any(|column| is_it(&column.base)));
    let types = created.iter().filter(|state| state.types.iter().any(is_it));
    tables.map(|table| &table.name).chain(types.map(|state| &state.name)).map(|name| name.schema.as_deref()).collect()
}

/// Returns the value of a domain, or the attributes: each with its name, its type as PostgreSQL prints it, and its type.
fn parts(state: &CreatedTypeState) -> impl Iterator<Item = (&str, &str, &BaseType)> {
    let printed: Vec<(&str, &str)> = match &state.base {
        Some(base) => vec![("", base)],
        None => state.parts.iter().map(|(name, printed)| (name.as_str(), printed.as_str())).collect(),
    };
    printed.into_iter().zip(&state.types).map(|((name, printed), base)| (name, printed, base))
}

/// Returns the struct.
pub(super) fn sketch(
    state: &CreatedTypeState,
    schema: Option<String>,
    types: &TypeSketches,
    taken: &mut BTreeSet<String>,
) -> Option<CreatedTypeSketch> {
    let mut fields = BTreeSet::new();
    let mut sketches = Vec::new();
    for (place, (name, printed, base)) in (1..).zip(parts(state)) {
        let (rust, declared) = rust_type(base, printed, |of| types.find(of))?;
        let ident = if state.base.is_some() { String::new() } else { names::field(name, place, &mut fields) };
        sketches.push(TypePartSketch { ident, name: name.to_owned(), rust, declared });
    }
    let check = |(name, definition): &(String, String)| {
        let inside = definition.strip_prefix("CHECK ").unwrap_or(definition);
        (name.clone(), rereadable(unwrapped(unwrapped(inside))))
    };
    Some(CreatedTypeSketch {
        name: state.name.clone(),
        ident: names::enumeration(&state.name.name, taken),
        schema,
        checks: state.base.is_some().then(|| state.parts.iter().map(check).collect()),
        parts: sketches,
    })
}
