//! Checks lists of columns: each must be a column of the struct, and be listed once.

use syn::ext::IdentExt;

use crate::attr::constraint::ForeignKeyAttr;
use crate::attr::index::Indexed;
use crate::attr::list::ColumnRef;
use crate::diag::Diagnostics;
use crate::ir::Model;
use crate::names::hint;

/// Checks the lists of `unique`, `index`, `include` and `foreign_key`.
pub(crate) fn check(model: &Model, diag: &mut Diagnostics) {
    for unique in &model.uniques {
        check_list(model, unique.columns.iter(), "unique", diag);
        check_list(model, unique.clauses.include.iter(), "include", diag);
    }
    check_list(model, model.primary_key.clauses.include.iter(), "include", diag);
    for (index, list) in
        model.indexes.iter().map(|index| (index, "index")).chain(model.excludes.iter().map(|index| (index, "exclude")))
    {
        let columns = index.parts.iter().filter_map(|part| match &part.of {
            Indexed::Column(column) => Some(column),
            Indexed::Expression(_) => None,
        });
        check_list(model, columns, list, diag);
        check_list(model, index.include.iter(), "include", diag);
    }
    for key in &model.foreign_keys {
        check_list(model, key.columns.iter(), "foreign_key", diag);
        check_list(model, key.set_columns.iter(), "on_delete", diag);
        for column in &key.set_columns {
            let is_own =
                |own: &&ColumnRef| own.group.is_none() == column.group.is_none() && own.column == column.column;
            if key.columns.iter().find(is_own).is_none() {
                let message =
                    format!("`{}` is no column of the foreign key: name columns of `columns(…)`", column.column);
                diag.error(column.column.span(), message);
            }
        }
        check_foreign_key(key, diag);
    }
}

fn check_list<'c>(model: &Model, columns: impl Iterator<Item = &'c ColumnRef>, list: &str, diag: &mut Diagnostics) {
    let mut seen = Vec::new();
    for column in columns {
        check_column(model, column, list, diag);
        let key = (column.group.as_ref().map(ToString::to_string), column.column.unraw().to_string());
        if seen.contains(&key) {
            diag.error(
                column.column.span(),
                format!("`{}` is listed twice in `{list}`: remove one of them", column.column),
            );
        }
        seen.push(key);
    }
}

fn check_column(model: &Model, column: &ColumnRef, list: &str, diag: &mut Diagnostics) {
    let ident = &column.column;
    match &column.group {
        Some(group) if model.group(group).is_none() => {
            let groups: Vec<_> = model.groups.iter().map(|group| group.field.ident.unraw().to_string()).collect();
            let message = format!("`{list}` names the group `{group}`, but no flattened field has that name; ");
            diag.error(group.span(), message + &hint(&group.unraw().to_string(), &groups));
        }
        Some(_) => {}
        None if model.column(ident).is_some() => {}
        None if model.group(ident).is_some() => {
            let message = format!("`{ident}` is a group of columns: name one of them, `{ident}.created_at`");
            diag.error(ident.span(), message);
        }
        None if list == "index" && ident == "concurrently" => diag.error(
            ident.span(),
            "CONCURRENTLY is a way of building an index, not a property of it: build it concurrently in a migration",
        ),
        None => {
            let fields: Vec<_> = model.columns.iter().map(|column| column.field.ident.unraw().to_string()).collect();
            let message = format!("`{list}` names `{ident}`, but no field has that name; ");
            diag.error(ident.span(), message + &hint(&ident.unraw().to_string(), &fields));
        }
    }
}

fn check_foreign_key(key: &ForeignKeyAttr, diag: &mut Diagnostics) {
    let (own, others) = (key.columns.len(), key.references.len());
    if own != others {
        let message = format!("{own} column(s) cannot reference {others}: name as many on both sides");
        diag.error(key.span, message);
    }
    let owner = |path: &syn::Path| {
        let mut segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        segments.pop();
        segments
    };
    if let Some((first, others)) = key.references.split_first() {
        for other in others.iter().filter(|other| owner(other) != owner(first)) {
            diag.error_on(
                other,
                "a foreign key references columns of one model: name columns of the first one's model",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::derive::table_model;

    #[test]
    fn on_delete_names_columns_of_its_foreign_key() {
        let refused = |column: &str| {
            let model = format!(
                "#[table(name = \"t\", foreign_key(columns(a, b), references(U::a, U::b), on_delete = set_null({column})))] \
                 struct T {{ #[column(primary_key)] id: i32, a: Option<i32>, b: Option<i32>, c: Option<i32> }}"
            );
            table_model(model.parse().expect("tokens")).to_string().contains("is no column of the foreign key")
        };
        assert_eq!(["a", "b", "c"].map(refused), [false, false, true]);
    }
}
