//! Lowers syntax to [`ir`](crate::ir): the struct, its fields, and their names.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Fields, LitStr};

use crate::attr::column::ColumnAttr;
use crate::attr::table::TableAttr;
use crate::diag::Diagnostics;
use crate::ir::{Column, ColumnOptions, Field, Group, Model, Name, Reference, Source};
use crate::names::{plural, snake_case};

/// Lowers a struct. Returns `None` if it has no named fields or is generic, so that it cannot be a table.
pub(crate) fn lower(input: &DeriveInput, diag: &mut Diagnostics) -> Option<Model> {
    let table = TableAttr::read(&input.attrs, diag);
    let fields = named_fields(input, diag)?;
    let (mut columns, mut groups) = (Vec::new(), Vec::new());
    for field in fields {
        let attr = ColumnAttr::read(&field.attrs, diag);
        let Some(ident) = field.ident.clone() else { continue };
        let docs = field.attrs.iter().filter(|attr| is_doc(attr)).cloned().collect();
        let field = Field { ident, vis: field.vis.clone(), ty: field.ty.clone(), docs };
        if attr.flatten.was_tried() {
            refuse_beside_flatten(&attr, diag);
            groups.push(Group { field });
        } else {
            columns.push(column(field, attr, diag));
        }
    }
    let plain = plural(&snake_case(&input.ident.unraw().to_string()));
    Some(Model {
        ident: input.ident.clone(),
        vis: input.vis.clone(),
        krate: table.krate.get().cloned(),
        validate: table.validate.get().cloned(),
        name: table.name.get().map_or_else(|| Name { text: plain, span: input.ident.span() }, name),
        schema: table.schema.get().map(name),
        keyless: table.keyless.span(),
        unlogged: table.unlogged.is_set(),
        with: table.with,
        toast: table.toast,
        comment: table.comment.get().cloned(),
        renamed_from: table.renamed_from.get().map(name),
        columns,
        groups,
        uniques: table.uniques,
        indexes: table.indexes,
        checks: table.checks,
        foreign_keys: table.foreign_keys,
        excludes: table.excludes,
        primary_key: table.primary_key.into_inner().unwrap_or_default(),
        unmanaged: table.unmanaged,
    })
}

/// Returns the fields of a struct that can be a table.
fn named_fields<'i>(
    input: &'i DeriveInput,
    diag: &mut Diagnostics,
) -> Option<impl Iterator<Item = &'i syn::Field> + use<'i>> {
    let write = "write a struct with named fields, one a column";
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Some(&fields.named),
            Fields::Unnamed(fields) => {
                diag.error_on(fields, format!("a tuple struct names no columns: {write}"));
                None
            }
            Fields::Unit => {
                diag.error(input.ident.span(), format!("a unit struct has no columns: {write}"));
                None
            }
        },
        Data::Enum(data) => {
            let message = "an enum is not a table: derive `PgEnum`, `TextEnum` or `IntEnum` to make it a column's type";
            diag.error(data.enum_token.span, message);
            None
        }
        Data::Union(data) => {
            diag.error(data.union_token.span, format!("a union is not a table: {write}"));
            None
        }
    };
    if !input.generics.params.is_empty() {
        let message = "a table model has neither type parameters nor lifetimes: name the types, and own the data \
                       (`String` for `&str`)";
        diag.error_on(&input.generics, message);
        return None;
    }
    fields.map(syn::punctuated::Punctuated::iter)
}

fn column(field: Field, mut attr: ColumnAttr, diag: &mut Diagnostics) -> Column {
    let plain = Name { text: field.ident.unraw().to_string(), span: field.ident.span() };
    Column {
        name: attr.name.get().map_or(plain, name),
        primary_key: attr.primary_key.was_tried(),
        unique: attr.unique.span(),
        immutable: attr.immutable.is_set(),
        sql_type: attr.sql_type.get().cloned(),
        comment: attr.comment.get().cloned(),
        renamed_from: attr.renamed_from.get().map(name),
        reference: reference(&attr, diag),
        unmanaged: std::mem::take(&mut attr.unmanaged).into_inner().unwrap_or_default(),
        options: options(&mut attr),
        value: source(attr, diag),
        field,
    }
}

/// Returns the options that few columns have.
fn options(attr: &mut ColumnAttr) -> ColumnOptions {
    let at = attr.not_null.span();
    ColumnOptions {
        sequence: attr.sequence.take(),
        collation: attr.collation.get().cloned(),
        not_null: std::mem::take(&mut attr.not_null).into_inner().zip(at),
        storage: attr.storage.get().cloned(),
        compression: attr.compression.get().cloned(),
        statistics: attr.statistics.get().copied(),
        with: std::mem::take(&mut attr.with).into_inner().unwrap_or_default(),
    }
}

/// Returns the source of the column's value. There can be one at most.
fn source(attr: ColumnAttr, diag: &mut Diagnostics) -> Source {
    let given = [
        (attr.default.span(), "default"),
        (attr.default_sql.span(), "default_sql"),
        (attr.identity.span(), "identity"),
        (attr.serial.span(), "serial"),
        (attr.generated.span(), "generated"),
        (attr.generated_virtual.span(), "generated_virtual"),
    ];
    let mut given = given.into_iter().filter_map(|(span, key)| span.map(|span| (span, key)));
    if let Some((_, first)) = given.next() {
        for (span, key) in given {
            diag.error(span, format!("`{first}` and `{key}` both give this column its value: keep one of them"));
        }
    }
    if attr.generated.is_set() || attr.generated_virtual.is_set() {
        for (span, key) in [(attr.immutable.span(), "immutable"), (attr.primary_key.span(), "primary_key")] {
            if let Some(span) = span {
                diag.error(span, format!("a generated column is computed by PostgreSQL: remove `{key}`"));
            }
        }
    }
    let identity_at = attr.identity.span();
    if let (Some(identity), Some(span)) = (attr.identity.get(), identity_at) {
        return Source::Identity(*identity, span);
    }
    if let (true, Some(span)) = (attr.serial.is_set(), attr.serial.span()) {
        return Source::Serial(span);
    }
    if let Some(expression) = attr.generated.get() {
        return Source::Generated(expression.clone());
    }
    if let Some(expression) = attr.generated_virtual.get() {
        return Source::Virtual(expression.clone());
    }
    if let Some(expression) = attr.default_sql.get() {
        return Source::Sql(expression.clone());
    }
    attr.default.into_inner().map_or(Source::Insert, Source::Literal)
}

fn reference(attr: &ColumnAttr, diag: &mut Diagnostics) -> Option<Reference> {
    if !attr.references.was_tried() {
        for (span, key) in [(attr.on_delete.span(), "on_delete"), (attr.on_update.span(), "on_update")] {
            if let Some(span) = span {
                diag.error(span, format!("`{key}` needs a foreign key: add `references = Model::column`"));
            }
        }
        if let Some(span) = attr.deferrable.span() {
            let message = "`deferrable` on a field belongs to its foreign key: add `references = Model::column`, or write \
                           `#[table(unique(…, deferrable))]` or `#[table(primary_key(deferrable))]`";
            diag.error(span, message);
        }
    }
    Some(Reference {
        target: attr.references.get()?.clone(),
        on_delete: attr.on_delete.get().cloned(),
        on_update: attr.on_update.get().cloned(),
        deferrable: attr.deferrable.get().copied(),
    })
}

fn refuse_beside_flatten(attr: &ColumnAttr, diag: &mut Diagnostics) {
    let spans: [(Option<Span>, &str); 24] = [
        (attr.primary_key.span(), "primary_key"),
        (attr.name.span(), "name"),
        (attr.sql_type.span(), "sql_type"),
        (attr.default.span(), "default"),
        (attr.default_sql.span(), "default_sql"),
        (attr.unique.span(), "unique"),
        (attr.references.span(), "references"),
        (attr.on_delete.span(), "on_delete"),
        (attr.on_update.span(), "on_update"),
        (attr.immutable.span(), "immutable"),
        (attr.identity.span(), "identity"),
        (attr.serial.span(), "serial"),
        (attr.generated.span(), "generated"),
        (attr.generated_virtual.span(), "generated_virtual"),
        (attr.deferrable.span(), "deferrable"),
        (attr.collation.span(), "collation"),
        (attr.not_null.span(), "not_null"),
        (attr.storage.span(), "storage"),
        (attr.compression.span(), "compression"),
        (attr.statistics.span(), "statistics"),
        (attr.with.span(), "with"),
        (attr.comment.span(), "comment"),
        (attr.renamed_from.span(), "renamed_from"),
        (attr.unmanaged.span(), "unmanaged"),
    ];
    for (span, key) in spans {
        if let Some(span) = span {
            diag.error(
                span,
                format!("`flatten` includes a group of columns, and `{key}` describes one: remove `{key}`"),
            );
        }
    }
}

fn name(text: &LitStr) -> Name {
    Name { text: text.value(), span: text.span() }
}

fn is_doc(attr: &Attribute) -> bool {
    attr.path().is_ident("doc")
}
