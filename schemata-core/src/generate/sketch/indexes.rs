//! Indexes as attributes.

use crate::catalog::{IndexKey, IndexPartState, IndexState, TableState};
use crate::generate::sketch::constraints::given;
use crate::generate::sketch::expression::{readable, unwrapped};
use crate::generate::sketch::model::{Enumeration, Index, Model, Part, PartOf};
use crate::generate::sketch::plainer::plainer;
use crate::generate::sketch::plan::{Plan, missing};
use crate::generate::sketch::types::type_of;
use crate::generate::text::words::mentions;
use crate::schema::{ConstraintRef, Indexed};
use crate::sql::ddl::constraint_name;

/// The indexes of a table.
pub(crate) fn indexes(plan: &Plan<'_>, state: &TableState, enums: &[Enumeration], model: &mut Model) {
    for (name, found) in &state.indexes {
        let object = format!("index {name} on {}, {}", model.key, found.definition);
        let made = can_stand(enums, found, state, model).and_then(|()| index(plan, name, found, state, model));
        match made {
            Ok(index) => {
                model.indexes.push(index);
                if !found.valid {
                    model.leave(object, "it is not valid in the database: build it anew");
                }
            }
            Err(reason) => model.leave_to_database(("index", Some(name)), object, reason),
        }
    }
}

fn index(plan: &Plan<'_>, name: &str, found: &IndexState, state: &TableState, model: &Model) -> Result<Index, String> {
    let parts = found.parts.iter().map(|part| self::part(part, state, model)).collect::<Result<_, _>>()?;
    let include = model.all(&found.include).ok_or("a column of it is left out")?;
    let mut index = Index {
        parts,
        unique: found.unique,
        nulls_not_distinct: found.nulls_not_distinct,
        method: (found.method != "btree").then(|| found.method.clone()),
        predicate: found.predicate.as_deref().map(|sql| plainer(&readable(sql), &type_of(state))),
        include,
        with: options(&found.options)?,
        name: None,
    };
    let columns: Vec<&str> = found
        .parts
        .iter()
        .map(|part| match &part.key {
            IndexKey::Column(name) => name.as_str(),
            IndexKey::Expression(_) => "expr",
        })
        .collect();
    index.name = given(name, &model.table, &columns, "idx");
    in_words(plan, name, model, &mut index);
    Ok(index)
}

/// Whether what its expressions name will be there, too.
fn can_stand(enums: &[Enumeration], found: &IndexState, state: &TableState, model: &Model) -> Result<(), String> {
    if let Some(what) = missing(&found.needs, enums) {
        return Err(format!("it needs the {what}, which no model creates"));
    }
    let expressions = found.parts.iter().filter_map(|part| match &part.key {
        IndexKey::Expression(text) => Some(text),
        IndexKey::Column(_) => None,
    });
    for text in expressions.chain(&found.predicate) {
        if state.columns.keys().any(|column| model.field(column).is_none() && mentions(text, column)) {
            return Err("a column of it is left out".to_owned());
        }
    }
    Ok(())
}

/// Takes over the words of the model that has the index.
fn in_words(plan: &Plan<'_>, name: &str, model: &Model, index: &mut Index) {
    let Some(words) = (plan.words)(&model.key) else { return };
    let is_it = |at: &usize| constraint_name(words, ConstraintRef::Index(*at)).as_deref() == Some(name);
    let Some(own) = (0..words.indexes.len()).find(is_it).map(|at| &words.indexes[at]) else { return };
    if let (Some(sql), Some(_)) = (own.predicate, &index.predicate) {
        index.predicate = Some(sql.to_owned());
    }
    for (own, part) in own.parts.iter().zip(&mut index.parts) {
        if let (Indexed::Expression(sql), PartOf::Expression(text)) = (own.of, &mut part.of) {
            sql.clone_into(text);
        }
    }
}

fn part(part: &IndexPartState, state: &TableState, model: &Model) -> Result<Part, String> {
    let of = match &part.key {
        IndexKey::Column(name) => PartOf::Field(model.field(name).ok_or("a column of it is left out")?),
        IndexKey::Expression(text) => PartOf::Expression(plainer(&readable(unwrapped(text)), &type_of(state))),
    };
    // `"C"` or, where it is not on the path, `public.german`: an attribute takes a name alone.
    let collation = part.collation.as_ref().map(|name| match name.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"').filter(|rest| !rest.contains('"')).map(str::to_owned),
        None => Some(name.clone()).filter(|name| !name.contains('.')),
    });
    if collation == Some(None) {
        return Err("an attribute takes the name of a collation without its schema".to_owned());
    }
    let nulls_first = (part.nulls_first != part.descending).then_some(part.nulls_first);
    let class = part.operator_class.clone();
    Ok(Part { of, collation: collation.flatten(), class, descending: part.descending, nulls_first })
}

/// `fillfactor=70` in two.
fn options(all: &[String]) -> Result<Vec<(String, String)>, String> {
    let plain = |name: &&str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    all.iter()
        .map(|option| {
            let (name, value) =
                option.split_once('=').filter(|(name, _)| plain(name)).ok_or("an option of it has an odd name")?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}
