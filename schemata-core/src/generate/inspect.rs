//! Writes the models of an existing database.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use tokio_postgres::types::Type;

use crate::catalog::{Catalog, comment_label};
use crate::exec::connect::Address;
use crate::generate::error::GenerateError;
use crate::generate::sketch::{self, LeftOut, Sketch, Sketcher, Style, camel_case, comment, raw, snake_case, unraw};
use crate::generate::text::file;
use crate::generate::text::literal::literal;
use crate::migrate::session::DedicatedConnection;
use crate::migrate::{MigrateError, MigrationTool, Migrator};
use crate::prove::read_catalog::read_catalog;
use crate::qualified_name::QualifiedName;

/// The models of a database.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Inspection {
    /// The structs, one per table, then the enums, one per enum type, then the structs for domains and composite types.
    pub items: Vec<InspectedItem>,
    /// What the models cannot express. The sources name each of these, too.
    pub left_out: Vec<LeftOut>,
    /// The crates that the models need besides this library, like `uuid`.
    pub crates: Vec<String>,
    /// The tables and enum types without a model, and the comments on other enum types, as
    /// [`App::unmanaged`](crate::cli::App::unmanaged) takes them.
    pub unmanaged: Vec<String>,
    /// The tables in which other tools record their migrations, each with its tool: they get no model.
    pub ledgers: Vec<(String, MigrationTool)>,
    /// Tables without a model, and objects other than tables.
    without_model: Vec<LeftOut>,
    /// The imports of all items together.
    imports: String,
}

/// A model, or an enum, domain or composite type.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct InspectedItem {
    /// Its name, like `OrderItem`.
    pub name: String,
    /// The table or type, qualified unless it is in the inspected schema.
    pub stands_for: String,
    /// Whether it is a model; otherwise it is a type that models use.
    pub is_model: bool,
    what: &'static str,
    /// Its module, as written in Rust, like `order_item` or `r#type`.
    pub module: String,
    /// The module around it, for an object of another schema than the inspected one.
    pub schema_module: Option<String>,
    /// Its source, without imports.
    pub source: String,
    /// The imports that it needs in a file of its own, beside the other items' modules.
    imports: String,
}

/// Writes the models of the database at `url`: of the migrator's schema, and of the `further` ones.
pub(crate) async fn inspect(migrator: &Migrator, url: &str, further: &[&str]) -> Result<Inspection, GenerateError> {
    let address = Address::parse(url).map_err(MigrateError::Connect)?;
    let connection = DedicatedConnection::open(&address, migrator.application_name()).await?;
    let main = migrator.target();
    let mut others: Vec<&str> = further.to_vec();
    others.retain(|name| *name != main.as_str());
    for name in std::iter::once(main.as_str()).chain(others.iter().copied()) {
        let sql = "SELECT FROM pg_catalog.pg_namespace WHERE nspname = $1";
        let found = connection.client.query_typed(sql, &[(&name, Type::TEXT)]).await;
        let failed = |source| MigrateError::Session { step: "looking for the schema", source };
        if found.map_err(failed)?.is_empty() {
            return Err(GenerateError::NoSchema { name: name.to_owned() });
        }
    }
    let catalog = read_catalog(&connection.client, main, &others).await;
    connection.close().await;
    Ok(inspection(&catalog?, main.as_str(), migrator.keyless))
}

fn inspection(catalog: &Catalog, main: &str, keyless: bool) -> Inspection {
    // A tenant's tables come before those that all tenants share.
    let mut tables: Vec<String> = catalog.tables.keys().cloned().collect();
    tables.sort_by_key(|key| catalog.tables[key].name.schema.is_some());
    let sketch = Sketcher { catalog, main, tables, keyless, model_of: &|_| None }.sketch();
    let mut without_model = sketch.skipped.clone();
    let is_model = |key: &&String| sketch.models.iter().any(|model| model.key == **key);
    let mut unmanaged: Vec<String> = catalog.tables.keys().filter(|key| !is_model(key)).cloned().collect();
    for (key, state) in &catalog.enums {
        let object = format!("enum {key}");
        if !sketch.types.enums.iter().any(|known| known.name.to_string() == *key) {
            let unnamed = state.labels.iter().any(String::is_empty);
            let reason = if unnamed { "one of its labels is empty" } else { "no field has it" };
            without_model.push(LeftOut { object, reason: reason.to_owned() });
            unmanaged.push(key.clone());
        } else if state.comment.is_some() {
            without_model.push(LeftOut { object, reason: "its comment is left out".to_owned() });
            unmanaged.push(comment_label(key));
        }
    }
    let only =
        |object: &String| LeftOut { object: object.clone(), reason: "migrations create it, models do not".to_owned() };
    let created = sketch.types.created.iter();
    let declared: BTreeSet<String> = created
        .map(|of| format!("{} {}", if of.checks.is_some() { "domain" } else { "composite type" }, of.name.name))
        .collect();
    without_model.extend(catalog.objects_beside_tables().filter(|label| !declared.contains(*label)).map(only));
    let of_models = sketch.models.iter().flat_map(|model| model.left.iter().map(|(_, left)| left.clone()));
    let left_out = without_model.iter().cloned().chain(of_models).collect();
    let crates = sketch::crates(&sketch).into_iter().map(str::to_owned).collect();
    let fields = sketch.models.iter().flat_map(|model| &model.fields).map(|field| &field.rust);
    let parts = sketch.types.created.iter().flat_map(|of| &of.parts).map(|part| &part.rust);
    let imports = sketch::imports_of_types(fields.chain(parts), &[]);
    let ledgers = catalog.ledgers.iter().map(|(table, tool)| (table.clone(), *tool)).collect();
    Inspection { items: items(&sketch), ledgers, left_out, crates, unmanaged, without_model, imports }
}

fn items(sketch: &Sketch) -> Vec<InspectedItem> {
    let mut taken: BTreeSet<String> = ["mod", "self", "super", "crate"].map(str::to_owned).into();
    let mut module = |ident: &str| {
        let mut name = snake_case(ident);
        while !taken.insert(name.clone()) {
            name.push('_');
        }
        raw(name)
    };
    let schemas = schema_modules(sketch, &mut module);
    let mut item = |name: &str, of: &QualifiedName, what, source, imports: String| {
        let schema_module = of.schema.as_ref().and_then(|schema| schemas.get(schema.as_str())).cloned();
        InspectedItem {
            name: name.to_owned(),
            stands_for: of.to_string(),
            is_model: what == "table",
            what,
            module: module(name),
            source,
            // The folder's own `mod.rs` names all items.
            imports: if schema_module.is_some() {
                imports.replace("use super::", "use super::super::")
            } else {
                imports
            },
            schema_module,
        }
    };
    let mut items = Vec::with_capacity(sketch.models.len() + sketch.types.enums.len());
    for model in &sketch.models {
        let beside: Vec<String> = sketch.names_used_by(model).into_iter().collect();
        let source = sketch::model(sketch, model, Style::Live);
        items.push(item(&model.ident, &model.name, "table", source, sketch::imports([model], &beside)));
    }
    for of in &sketch.types.enums {
        let source = sketch::enumeration(of, Style::Live);
        items.push(item(&of.ident, &of.name, "enum type", source, sketch::imports([], &[])));
    }
    for of in &sketch.types.created {
        let parts = of.parts.iter().map(|part| &part.rust);
        let beside: BTreeSet<&String> = parts.clone().filter_map(|rust| sketch.types.ident(&rust.element)).collect();
        let beside: Vec<String> = beside.into_iter().cloned().collect();
        let what = if of.checks.is_some() { "domain" } else { "composite type" };
        let source = sketch::created_type(sketch, of, Style::Live);
        items.push(item(&of.ident, &of.name, what, source, sketch::imports_of_types(parts, &beside)));
    }
    items
}

/// Returns the modules of the schemas other than the inspected one.
fn schema_modules(sketch: &Sketch, module: &mut impl FnMut(&str) -> String) -> BTreeMap<String, String> {
    let models = sketch.models.iter().map(|model| &model.name);
    let types = sketch.types.enums.iter().map(|of| &of.name).chain(sketch.types.created.iter().map(|of| &of.name));
    let schemas: BTreeSet<&String> = models.chain(types).filter_map(|name| name.schema.as_ref()).collect();
    let name = |schema: &str| camel_case(schema, false).unwrap_or_else(|| "Schema".to_owned());
    schemas.into_iter().map(|schema| (schema.clone(), module(&name(schema)))).collect()
}

/// Returns the lines that declare modules and name their items, each a module and an item.
fn declarations(items: &mut [(&str, &str)]) -> String {
    items.sort_unstable();
    let mut lines = String::new();
    lines.extend(items.iter().map(|(module, _)| format!("mod {module};\n")));
    lines.push('\n');
    lines.extend(items.iter().map(|(module, name)| format!("pub use {module}::{name};\n")));
    lines
}

impl Inspection {
    /// Returns all items as one file, not formatted yet.
    pub fn source(&self) -> String {
        let mut out = format!("//! The tables of the database.\n\n{}", self.imports);
        for item in &self.items {
            out.push('\n');
            out.push_str(&item.source);
        }
        self.write_without_model(&mut out);
        out
    }

    /// Returns the names and texts of `mod.rs` and of one file per item. Items of other schemas than the inspected one are in a
    /// folder per schema, with a `mod.rs` of its own; the outer one names them, too.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut folders: BTreeMap<&str, Vec<(&str, &str)>> = BTreeMap::new();
        let mut own: Vec<(&str, &str)> = Vec::new();
        for item in &self.items {
            let list = item.schema_module.as_deref().map_or(&mut own, |schema| folders.entry(schema).or_default());
            list.push((&item.module, &item.name));
        }
        let mut files = Vec::with_capacity(self.items.len() + folders.len() + 1);
        own.extend(folders.keys().map(|schema| (*schema, "*")));
        let mut module = format!("//! The tables of the database.\n\n{}", declarations(&mut own));
        for schema in folders.keys() {
            module = module.replacen(&format!("mod {schema};"), &format!("pub mod {schema};"), 1);
        }
        self.write_without_model(&mut module);
        files.push(("mod.rs".to_owned(), module));
        for (schema, mut items) in folders {
            let text = format!("//! The tables of a schema.\n\n{}", declarations(&mut items));
            files.push((format!("{}/mod.rs", unraw(schema)), text));
        }
        for item in &self.items {
            let folder = item.schema_module.as_deref().map_or_else(String::new, |schema| format!("{}/", unraw(schema)));
            let name = format!("{folder}{}", unraw(&item.module));
            let what = item.what;
            let plain =
                item.stands_for.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.');
            let of = if plain { format!("The {what} `{}`.", item.stands_for) } else { format!("A {what}.") };
            files.push((format!("{name}.rs"), format!("//! {of}\n\n{}\n{}", item.imports, item.source)));
        }
        files
    }

    /// Returns the models in the form that [`App::tables`](crate::cli::App::tables) takes: `tables![Customer, Order]`.
    pub fn tables(&self) -> String {
        let names: Vec<&str> = self.items.iter().filter(|item| item.is_model).map(|item| item.name.as_str()).collect();
        format!("tables![{}]", names.join(", "))
    }

    /// Writes [`files`](Self::files) into `folder`, formatted by `rustfmt` if that is installed. The folder is created
    /// if its parent exists. Nothing is overwritten: if one of the files exists, none is written.
    ///
    /// # Errors
    /// [`GenerateError::Exists`], [`GenerateError::NoFolder`] and [`GenerateError::File`].
    pub fn write(&self, folder: &Path) -> Result<Vec<PathBuf>, GenerateError> {
        file::write_new(folder, &self.files())
    }

    fn write_without_model(&self, out: &mut String) {
        if !self.unmanaged.is_empty() {
            out.push_str("\n/// The tables and types that are left to the database, for `App::unmanaged`.\n");
            let names: Vec<String> = self.unmanaged.iter().map(|name| format!("    {},\n", literal(name))).collect();
            let _ = write!(out, "pub const UNMANAGED: &[&str] = &[\n{}];\n", names.concat());
        }
        if !self.without_model.is_empty() {
            out.push('\n');
        }
        for left in &self.without_model {
            comment(&left.to_string(), "", out);
        }
    }
}
