//! Generates constraints and indexes, as calls on `Table`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{LitStr, Path};

use crate::attr::clause::{Deferral, KeyClauses, Parameters, ValidityAttr};
use crate::attr::constraint::{ForeignKeyAttr, UniqueAttr};
use crate::attr::index::{IndexAttr, IndexPart, Indexed};
use crate::attr::slot::Slot;
use crate::ir::{Model, Reference};

/// Generates `.uniques(…).indexes(…).checks(…).foreign_keys(…)`, without empty ones.
pub(crate) fn constraints(model: &Model) -> TokenStream {
    let single = model.columns.iter().filter(|column| column.unique.is_some()).map(|column| {
        let name = &column.name.text;
        quote!(__unique(&[#name]))
    });
    let uniques: Vec<_> = single.chain(model.uniques.iter().map(|unique| self::unique(model, unique))).collect();
    let indexes: Vec<_> = model.indexes.iter().map(|index| self::index(model, index)).collect();
    let checks = model.checks.iter().map(|check| {
        let (name, sql) = (&check.name, &check.sql);
        let inherit = check.no_inherit.is_set().then(|| quote!(.no_inherit()));
        let (validity, comment) = (validity(&check.validity), commented(&check.comment));
        quote!(__check(#name, #sql) #inherit #validity #comment)
    });
    let checks: Vec<_> = checks.collect();
    let single = model.columns.iter().filter_map(|column| {
        let name = &column.name.text;
        column.reference.as_ref().map(|reference| self::reference(model, name, reference))
    });
    let foreign_keys = single.chain(model.foreign_keys.iter().map(|key| foreign_key(model, key)));
    let foreign_keys: Vec<_> = foreign_keys.collect();
    let excludes: Vec<_> = model.excludes.iter().map(|exclude| self::exclude(model, exclude)).collect();
    let options = key_options(model, &model.primary_key.clauses);
    let options = options.map(|options| quote!(.primary_key_options(#options)));
    let with = with_parameters(&model.with, Some(&model.toast));
    let unlogged = model.unlogged.then(|| quote!(.unlogged()));
    let lists = [
        ("uniques", uniques),
        ("indexes", indexes),
        ("checks", checks),
        ("foreign_keys", foreign_keys),
        ("excludes", excludes),
    ];
    let lists = lists.into_iter().filter(|(_, list)| !list.is_empty()).map(|(setter, list)| {
        let setter = crate::path::invented(setter);
        quote!(.#setter(&[#(#list),*]))
    });
    quote!(#options #(#lists)* #with #unlogged)
}

/// Generates `.with(&[("fillfactor", "70")])`; parameters of the TOAST table begin with `toast.`.
pub(crate) fn with_parameters(own: &Parameters, toast: Option<&Parameters>) -> Option<TokenStream> {
    let own = own.iter().map(|(key, value)| (key.unraw().to_string(), value));
    let toast = toast.into_iter().flatten().map(|(key, value)| (format!("toast.{}", key.unraw()), value));
    let all: Vec<_> = own.chain(toast).map(|(key, value)| quote!((#key, #value))).collect();
    (!all.is_empty()).then(|| quote!(.with(&[#(#all),*])))
}

fn commented(text: &Slot<LitStr>) -> Option<TokenStream> {
    text.get().map(|text| quote!(.comment(#text)))
}

fn deferral(of: Option<&Deferral>) -> Option<TokenStream> {
    of.map(|deferral| match deferral {
        Deferral::Immediate => quote!(.deferral(__Deferral::Immediate)),
        Deferral::Deferred => quote!(.deferral(__Deferral::Deferred)),
    })
}

fn validity(of: &ValidityAttr) -> Option<TokenStream> {
    match (of.not_valid.is_set(), of.not_enforced.is_set()) {
        (_, true) => Some(quote!(.validity(__Validity::NotEnforced))),
        (true, _) => Some(quote!(.validity(__Validity::NotValid))),
        _ => None,
    }
}

/// Generates `__KeyOptions::new().deferral(…)`, if a key has clauses.
fn key_options(model: &Model, clauses: &KeyClauses) -> Option<TokenStream> {
    if clauses.is_empty() {
        return None;
    }
    let deferral = deferral(clauses.deferrable.get());
    let include: Vec<_> = clauses.include.iter().map(|column| model.column_name(column)).collect();
    let include = (!include.is_empty()).then(|| quote!(.include(&[#(#include),*])));
    let overlaps = clauses.without_overlaps.is_set().then(|| quote!(.without_overlaps()));
    let comment = commented(&clauses.comment);
    Some(quote!(__KeyOptions::new() #deferral #include #overlaps #comment))
}

fn exclude(model: &Model, of: &IndexAttr) -> TokenStream {
    let parts = of.parts.iter().map(|part| {
        let (index_part, operator) = (index_part(model, part), part.operator.get().map(LitStr::value));
        let operator = operator.unwrap_or_default();
        quote!(__ExcludePart::new(#index_part, #operator))
    });
    let using = of.using.get().map(|method| quote!(.using(#method)));
    let predicate = of.predicate.get().map(|sql| quote!(.predicate(#sql)));
    let include: Vec<_> = of.include.iter().map(|column| model.column_name(column)).collect();
    let include = (!include.is_empty()).then(|| quote!(.include(&[#(#include),*])));
    let with = with_parameters(&of.with, None);
    let deferral = deferral(of.deferrable.get());
    let (name, comment) = (named(&of.name), commented(&of.comment));
    quote!(__Exclude::new(&[#(#parts),*]) #using #predicate #include #with #deferral #name #comment)
}

fn named(name: &Slot<LitStr>) -> Option<TokenStream> {
    name.get().map(|name| quote!(.name(#name)))
}

fn unique(model: &Model, unique: &UniqueAttr) -> TokenStream {
    let columns = unique.columns.iter().map(|column| model.column_name(column));
    let nulls = unique.nulls_not_distinct.is_set().then(|| quote!(.nulls_not_distinct()));
    let name = named(&unique.name);
    let options = key_options(model, &unique.clauses).map(|options| quote!(.options(#options)));
    quote!(__unique(&[#(#columns),*]) #nulls #name #options)
}

fn index(model: &Model, index: &IndexAttr) -> TokenStream {
    let parts = index.parts.iter().map(|part| index_part(model, part));
    let unique = index.unique.is_set().then(|| quote!(.unique()));
    let using = index.using.get().map(|method| quote!(.using(#method)));
    let predicate = index.predicate.get().map(|sql| quote!(.predicate(#sql)));
    let include: Vec<_> = index.include.iter().map(|column| model.column_name(column)).collect();
    let include = (!include.is_empty()).then(|| quote!(.include(&[#(#include),*])));
    let nulls = index.nulls_not_distinct.is_set().then(|| quote!(.nulls_not_distinct()));
    let with = with_parameters(&index.with, None);
    let (name, comment) = (named(&index.name), commented(&index.comment));
    quote!(__Index::new(&[#(#parts),*]) #unique #nulls #using #predicate #include #with #name #comment)
}

fn index_part(model: &Model, part: &IndexPart) -> TokenStream {
    let of = match &part.of {
        Indexed::Expression(sql) => quote!(__IndexPart::expression(#sql)),
        Indexed::Column(column) => {
            let name = model.column_name(column);
            quote!(__IndexPart::column(#name))
        }
    };
    let collation = part.collation.get().map(|name| quote!(.collate(#name)));
    let opclass = part.opclass.get().map(|name| quote!(.opclass(#name)));
    let order = part.order.get().filter(|descending| **descending).map(|_| quote!(.desc()));
    let nulls = part.nulls_first.get().map(|first| if *first { quote!(.nulls_first()) } else { quote!(.nulls_last()) });
    quote!(#of #collation #opclass #order #nulls)
}

fn reference(model: &Model, column: &str, reference: &Reference) -> TokenStream {
    let (_, handle) = target(model, &reference.target);
    let on_delete = action("on_delete", reference.on_delete.as_ref());
    let on_update = action("on_update", reference.on_update.as_ref());
    let deferral = deferral(reference.deferrable.as_ref());
    quote!(__references(&[#column], &#handle) #on_delete #on_update #deferral)
}

fn foreign_key(from: &Model, key: &ForeignKeyAttr) -> TokenStream {
    let model = from;
    let columns = key.columns.iter().map(|column| from.column_name(column));
    let targets: Vec<_> = key.references.iter().map(|path| target(model, path)).collect();
    let (model, handles) = (targets.first().map(|(model, _)| model), targets.iter().map(|(_, handle)| handle));
    let on_delete = action("on_delete", key.on_delete.get());
    let on_update = action("on_update", key.on_update.get());
    let set: Vec<_> = key.set_columns.iter().map(|column| from.column_name(column)).collect();
    let set = (!set.is_empty()).then(|| quote!(.set_columns(&[#(#set),*])));
    let match_full = key.match_full.is_set().then(|| quote!(.match_full()));
    let period = key.period.is_set().then(|| quote!(.period()));
    let (deferral, validity) = (deferral(key.deferrable.get()), validity(&key.validity));
    let (name, comment) = (named(&key.name), commented(&key.comment));
    quote! {
        __foreign_key::<#model>(&[#(#columns),*], &[#(#handles.name()),*])
            #on_delete #on_update #set #match_full #deferral #validity #period #name #comment
    }
}

/// Generates `.on_delete(__set_null)` for the word `set_null`.
fn action(setter: &str, word: Option<&Ident>) -> Option<TokenStream> {
    let setter = crate::path::invented(setter);
    let action = quote::format_ident!("__{}", word?);
    Some(quote!(.#setter(#action)))
}

/// Returns the model and the handle of `Customer::id`. `Self` stands for this model.
pub(crate) fn target(model: &Model, path: &Path) -> (TokenStream, TokenStream) {
    let mut owner = path.clone();
    let column = owner.segments.pop().into_iter();
    owner.segments.pop_punct();
    if owner.is_ident("Self") {
        owner = model.ident.clone().into();
    }
    let owner = owner.to_token_stream();
    let handle = quote!(#owner #(::#column)*);
    (owner, handle)
}
