//! Indexes as attributes.

use crate::catalog::{IndexKey, IndexPartState, IndexState, TableState, one_name};
use crate::generate::sketch::expression::{readable, unwrapped};
use crate::generate::sketch::model::{IndexPartKey, IndexPartSketch, IndexSketch, ModelSketch, TypeSketches};
use crate::generate::sketch::names::explicit_name;
use crate::generate::sketch::redundant_casts::without_redundant_casts;
use crate::generate::sketch::rust_types::type_of;
use crate::generate::sketch::sketcher::{Sketcher, missing};
use crate::generate::text::identifiers::mentions_column;
use crate::schema::{ConstraintRef, Indexed};
use crate::sql::ddl::constraint_name;

/// Adds the indexes of a model.
pub(crate) fn indexes(sketcher: &Sketcher<'_>, state: &TableState, types: &TypeSketches, model: &mut ModelSketch) {
    for (name, found) in &state.indexes {
        let object = format!("index {name} on {}, {}", model.key, found.definition);
        let made = can_exist(types, found, state, model).and_then(|()| index(sketcher, name, found, state, model));
        match made {
            Ok(index) => {
                model.indexes.push(index);
                if !found.valid {
                    model.leave(object, "it is not valid in the database: rebuild it");
                }
            }
            Err(reason) => model.leave_to_database(("index", Some(name)), object, reason),
        }
    }
}

fn index(
    sketcher: &Sketcher<'_>,
    name: &str,
    found: &IndexState,
    state: &TableState,
    model: &ModelSketch,
) -> Result<IndexSketch, String> {
    let mut index = plain(found, state, model)?;
    index.name = explicit_name(name, &model.name.name, &columns(found), "idx");
    use_spelling_of_model(sketcher, name, model, &mut index);
    Ok(index)
}

/// Returns an index without its name.
fn plain(found: &IndexState, state: &TableState, model: &ModelSketch) -> Result<IndexSketch, String> {
    let parts = found.parts.iter().map(|part| self::part(part, state, model)).collect::<Result<_, _>>()?;
    let include = model.all(&found.include).ok_or("one of its columns is left out")?;
    Ok(IndexSketch {
        parts,
        unique: found.unique,
        nulls_not_distinct: found.nulls_not_distinct,
        method: (found.method != "btree").then(|| found.method.clone()),
        predicate: found.predicate.as_deref().map(|sql| without_redundant_casts(&readable(sql), &type_of(state))),
        include,
        with: options(&found.options, &[])?,
        name: None,
        comment: found.comment.clone(),
    })
}

/// Returns the words of which PostgreSQL makes the name of an index.
fn columns(found: &IndexState) -> Vec<&str> {
    let words = found.parts.iter().map(|part| match &part.key {
        IndexKey::Column(name) => name.as_str(),
        IndexKey::Expression(_) => "expr",
    });
    words.collect()
}

/// Returns the index of an exclusion constraint.
pub(crate) fn of_exclusion(
    types: &TypeSketches,
    name: &str,
    found: &IndexState,
    state: &TableState,
    model: &ModelSketch,
) -> Result<IndexSketch, String> {
    can_exist(types, found, state, model)?;
    let mut index = plain(found, state, model)?;
    index.name = explicit_name(name, &model.name.name, &columns(found), "excl");
    Ok(index)
}

/// Returns an error if an index needs an object or a column that is left out.
fn can_exist(types: &TypeSketches, found: &IndexState, state: &TableState, model: &ModelSketch) -> Result<(), String> {
    if let Some(what) = missing(&found.needs, types) {
        return Err(format!("it needs the {what}, which no model creates"));
    }
    let expressions = found.parts.iter().filter_map(|part| match &part.key {
        IndexKey::Expression(text) => Some(text),
        IndexKey::Column(_) => None,
    });
    for text in expressions.chain(&found.predicate) {
        if state.columns.keys().any(|column| model.field(column).is_none() && mentions_column(text, column)) {
            return Err("one of its columns is left out".to_owned());
        }
    }
    Ok(())
}

/// Uses the spelling of the live model that has the index.
fn use_spelling_of_model(sketcher: &Sketcher<'_>, name: &str, model: &ModelSketch, index: &mut IndexSketch) {
    let Some(table) = (sketcher.model_of)(&model.key) else { return };
    let is_it = |at: &usize| constraint_name(table, ConstraintRef::Index(*at)).as_deref() == Some(name);
    let Some(own) = (0..table.indexes.len()).find(is_it).map(|at| &table.indexes[at]) else { return };
    if let (Some(sql), Some(_)) = (own.predicate, &index.predicate) {
        index.predicate = Some(sql.to_owned());
    }
    for (own, part) in own.parts.iter().zip(&mut index.parts) {
        if let (Indexed::Expression(sql), IndexPartKey::Expression(text)) = (own.of, &mut part.of) {
            sql.clone_into(text);
        }
    }
}

fn part(part: &IndexPartState, state: &TableState, model: &ModelSketch) -> Result<IndexPartSketch, String> {
    let of = match &part.key {
        IndexKey::Column(name) => IndexPartKey::Field(model.field(name).ok_or("one of its columns is left out")?),
        IndexKey::Expression(text) => {
            IndexPartKey::Expression(without_redundant_casts(&readable(unwrapped(text)), &type_of(state)))
        }
    };
    // PostgreSQL prints `"C"`, or `public.german` if it is not on the search path; an attribute takes a name without
    // its schema.
    let collation = part.collation.as_ref().map(|name| one_name(name));
    if collation == Some(None) {
        return Err("an attribute takes the name of a collation without its schema".to_owned());
    }
    let nulls_first = (part.nulls_first != part.descending).then_some(part.nulls_first);
    let class = part.operator_class.clone();
    Ok(IndexPartSketch { of, collation: collation.flatten(), class, descending: part.descending, nulls_first })
}

/// Splits storage parameters like `fillfactor=70` in name and value. Names may begin with one of `prefixes`.
pub(crate) fn options(all: &[String], prefixes: &[&str]) -> Result<Vec<(String, String)>, String> {
    let plain = |name: &&str| {
        let rest = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    };
    all.iter()
        .map(|option| {
            let (name, value) = option
                .split_once('=')
                .filter(|(name, _)| plain(name))
                .ok_or("one of its options has a name that no attribute takes")?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}
