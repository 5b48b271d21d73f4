//! Generates constraints and indexes, as calls on `Table`.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{LitStr, Path};

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
        quote!(__check(#name, #sql))
    });
    let checks: Vec<_> = checks.collect();
    let single = model.columns.iter().filter_map(|column| {
        let name = &column.name.text;
        column.reference.as_ref().map(|reference| self::reference(model, name, reference))
    });
    let foreign_keys = single.chain(model.foreign_keys.iter().map(|key| foreign_key(model, key)));
    let foreign_keys: Vec<_> = foreign_keys.collect();
    [("uniques", uniques), ("indexes", indexes), ("checks", checks), ("foreign_keys", foreign_keys)]
        .into_iter()
        .filter(|(_, list)| !list.is_empty())
        .map(|(setter, list)| {
            let setter = crate::path::invented(setter);
            quote!(.#setter(&[#(#list),*]))
        })
        .collect()
}

fn named(name: &Slot<LitStr>) -> Option<TokenStream> {
    name.get().map(|name| quote!(.name(#name)))
}

fn unique(model: &Model, unique: &UniqueAttr) -> TokenStream {
    let columns = unique.columns.iter().map(|column| model.column_name(column));
    let nulls = unique.nulls_not_distinct.is_set().then(|| quote!(.nulls_not_distinct()));
    let name = named(&unique.name);
    quote!(__unique(&[#(#columns),*]) #nulls #name)
}

fn index(model: &Model, index: &IndexAttr) -> TokenStream {
    let parts = index.parts.iter().map(|part| index_part(model, part));
    let unique = index.unique.is_set().then(|| quote!(.unique()));
    let using = index.using.get().map(|method| quote!(.using(#method)));
    let predicate = index.predicate.get().map(|sql| quote!(.predicate(#sql)));
    let include: Vec<_> = index.include.iter().map(|column| model.column_name(column)).collect();
    let include = (!include.is_empty()).then(|| quote!(.include(&[#(#include),*])));
    let nulls = index.nulls_not_distinct.is_set().then(|| quote!(.nulls_not_distinct()));
    let with = index.with.iter().map(|(key, value)| {
        let key = key.unraw().to_string();
        quote!((#key, #value))
    });
    let with = (!index.with.is_empty()).then(|| quote!(.with(&[#(#with),*])));
    let name = named(&index.name);
    quote!(__Index::new(&[#(#parts),*]) #unique #nulls #using #predicate #include #with #name)
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
    quote!(__references(&[#column], &#handle) #on_delete #on_update)
}

fn foreign_key(model: &Model, key: &ForeignKeyAttr) -> TokenStream {
    let columns = key.columns.iter().map(|column| model.column_name(column));
    let targets: Vec<_> = key.references.iter().map(|path| target(model, path)).collect();
    let (model, handles) = (targets.first().map(|(model, _)| model), targets.iter().map(|(_, handle)| handle));
    let on_delete = action("on_delete", key.on_delete.get());
    let on_update = action("on_update", key.on_update.get());
    let name = named(&key.name);
    quote! {
        __foreign_key::<#model>(&[#(#columns),*], &[#(#handles.name()),*])
            #on_delete #on_update #name
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
