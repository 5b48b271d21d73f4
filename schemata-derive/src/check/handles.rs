//! Refuses fields whose handles or setters would hide methods of models and writes.

use syn::ext::IdentExt;

use crate::diag::Diagnostics;
use crate::ir::{Field, Model};

/// The methods of `TableModel` with names that a field can have. A handle is an inherent constant, which hides them.
pub(crate) const OF_MODELS: &[&str] = &[
    "key",
    "table",
    "primary_key",
    "all_rows",
    "insert",
    "insert_from",
    "update",
    "update_where",
    "touch",
    "remove",
    "remove_where",
    "restore",
    "restore_where",
    "purge",
    "purge_where",
    "insert_many",
    "insert_stream",
    "insert_select",
    "upsert_many",
    "update_many",
    "delete_many",
    "delete_where",
    "delete",
    "find",
    "get",
    "select",
    "sortable",
    "filterable",
];

/// The methods of `Write`. A setter is an inherent method, which hides them.
pub(crate) const OF_WRITES: &[&str] = &[
    "exec",
    "validate",
    "returning",
    "actor",
    "set",
    "set_opt",
    "set_default",
    "set_sql",
    "patch",
    "expect_version",
    "with_deleted",
    "only_deleted",
    "join",
    "join_on",
    "fetch",
    "on_conflict",
];

/// Refuses fields whose handles or setters would hide a method.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    let finders: Vec<String> = model.finders().into_iter().map(|(name, _)| name).collect();
    let keys: Vec<String> = model.unique_keys().into_iter().map(|key| key.name).collect();
    let columns = model.columns.iter().map(|column| &column.field);
    for Field { ident, .. } in columns.chain(model.groups.iter().map(|group| &group.field)) {
        let name = ident.unraw().to_string();
        let rename = format!("rename the field, and write `#[column(name = \"{name}\")]` to keep the column's name");
        let of = &model.ident;
        if OF_MODELS.contains(&name.as_str()) {
            diag.error(
                ident.span(),
                format!("the handle `{of}::{name}` would hide the method `{name}` of models: {rename}"),
            );
        } else if OF_WRITES.contains(&name.as_str()) {
            diag.error(ident.span(), format!("the setter `{name}` would hide the method `{name}` of writes: {rename}"));
        } else if finders.contains(&name) {
            diag.error(
                ident.span(),
                format!("the handle `{of}::{name}` would clash with the finder `{name}`: {rename}"),
            );
        } else if keys.contains(&name) {
            diag.error(
                ident.span(),
                format!("the handle `{of}::{name}` would clash with the unique key `{name}`: {rename}"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the provided methods of a trait that users may call.
    fn provided(source: &str, name: &str) -> Vec<String> {
        let file = syn::parse_file(source).expect("the core crate parses");
        let methods = file.items.into_iter().filter_map(|item| match item {
            syn::Item::Trait(item) if item.ident == name => Some(item.items),
            _ => None,
        });
        methods
            .flatten()
            .filter_map(|item| match item {
                syn::TraitItem::Fn(method) => Some(method.sig.ident.to_string()),
                _ => None,
            })
            .filter(|method| !method.starts_with("__"))
            .collect()
    }

    #[test]
    fn the_lists_are_those_of_the_traits() {
        let models = include_str!("../../../schemata-core/src/model/table_model.rs");
        let models = [provided(models, "HasKey"), provided(models, "TableModel")].concat();
        assert_eq!(models, OF_MODELS);
        let writes = provided(include_str!("../../../schemata-core/src/model/write/builder.rs"), "Write");
        assert_eq!(writes, OF_WRITES);
    }
}
