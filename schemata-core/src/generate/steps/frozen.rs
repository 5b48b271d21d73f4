//! New tables as frozen models: structs in the migration's file, which no later change of the application touches.

use crate::catalog::{BaseType, Catalog, ConstraintKind, Definition};
use crate::generate::desired_schema::DesiredSchema;
use crate::generate::sketch::{self, Sketch, Sketcher, Style, leaked_table};
use crate::generate::text::identifiers::{qualified, quote_if_needed};
use crate::migrate::{Migration, MigrationResult};
use crate::qualified_name::QualifiedName;
use crate::schema::Table;
use crate::sql::literal::quote_literal;

/// The models of the new tables that models can express completely.
#[derive(Debug, Clone)]
pub(crate) struct FrozenModels {
    sketch: Sketch,
    /// Their tables, without foreign keys.
    tables: Vec<&'static Table>,
    /// The foreign keys among them, as `ALTER TABLE … ADD`.
    foreign_keys: Vec<String>,
}

impl FrozenModels {
    /// Returns the models of the tables that `before` lacks; `None` if there are none.
    pub(crate) fn of(desired: &DesiredSchema<'_>, before: &Catalog) -> Option<Self> {
        let is_new = |key: &String| desired.catalog.tables.contains_key(key) && !before.tables.contains_key(key);
        let mut tables: Vec<String> = desired.order(desired.catalog).into_iter().filter(is_new).collect();
        let model_of = |key: &str| desired.table(key);
        loop {
            let (catalog, main) = (desired.catalog, desired.main.as_str());
            let sketch =
                Sketcher { catalog, main, tables: tables.clone(), keyless: true, model_of: &model_of }.sketch();
            // Foreign keys can be added afterwards. Without anything else, it would be a different table.
            let is_complete = |key: &String| {
                let model = sketch.models.iter().find(|model| model.key == *key);
                model.is_some_and(|model| model.left.len() == model.outside.len())
            };
            let before = tables.len();
            tables.retain(is_complete);
            if tables.is_empty() {
                return None;
            }
            if tables.len() == before {
                return Some(Self::new(desired, sketch));
            }
        }
    }

    fn new(desired: &DesiredSchema<'_>, sketch: Sketch) -> Self {
        let tables = sketch.models.iter().map(|model| leaked_table(&sketch, model)).collect();
        let mut foreign_keys = Vec::new();
        for model in &sketch.models {
            let Some(state) = desired.catalog.tables.get(&model.key) else { continue };
            let inside = state.constraints.iter().filter(|(name, found)| {
                matches!(found.kind, ConstraintKind::ForeignKey { .. }) && !model.outside.contains(name)
            });
            let (table, inside) = (qualified(&state.name), inside.collect::<Vec<_>>());
            foreign_keys.extend(inside.iter().map(|(name, found)| {
                let (name, valid) = (quote_if_needed(name), if found.is_valid() { "" } else { " NOT VALID" });
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} {}{valid}", found.definition)
            }));
            foreign_keys.extend(inside.iter().filter_map(|(name, found)| {
                let text = quote_literal(found.comment.as_ref()?);
                Some(format!("COMMENT ON CONSTRAINT {} ON {table} IS {text}", quote_if_needed(name)))
            }));
        }
        Self { sketch, tables, foreign_keys }
    }

    /// Returns whether the table has a frozen model.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.sketch.models.iter().any(|model| model.key == key)
    }

    /// Returns whether only these models use an enum, a domain or a composite type, so that it is created with them.
    pub(crate) fn create_type(&self, catalog: &Catalog, name: &QualifiedName) -> bool {
        let is_it = |base: &BaseType| base.kind.is_declared() && base.name == *name;
        let mut users =
            catalog.tables.iter().filter(|(_, table)| table.columns.values().any(|column| is_it(&column.base)));
        let mut types = catalog.created_types.values().filter(|state| state.types.iter().any(is_it));
        self.sketch.types.declare(name)
            && users.all(|(key, _)| self.has(key))
            && types.all(|state| self.create_type(catalog, &state.name))
    }

    /// Returns the foreign keys of a table that its model cannot express, so that they are added afterwards.
    pub(crate) fn outside(&self, key: &str) -> &[String] {
        self.sketch.models.iter().find(|model| model.key == key).map(|model| &*model.outside).unwrap_or_default()
    }

    /// Returns the call `.bootstrap(tables![…])`, without `.await`.
    pub(crate) fn call(&self) -> String {
        let names: Vec<String> = self.sketch.models.iter().map(|model| format!("frozen::{}", model.ident)).collect();
        format!(".bootstrap(tables![{}])", names.join(", "))
    }

    /// Creates the tables, as the written migration will.
    pub(crate) async fn create(&self, m: &mut Migration<'_>) -> MigrationResult {
        m.bootstrap(self.tables.iter().copied()).await?;
        for key in &self.foreign_keys {
            m.execute(key).await?;
        }
        Ok(())
    }

    /// Returns the module that holds the models.
    pub(crate) fn module(&self) -> String {
        let created = &self.sketch.types.created;
        let fields = self.sketch.models.iter().flat_map(|model| &model.fields).map(|field| &field.rust);
        let parts = created.iter().flat_map(|of| &of.parts).map(|part| &part.rust);
        let mut items = vec![sketch::imports_of_types(fields.chain(parts), &[])];
        items.extend(self.sketch.models.iter().map(|model| sketch::model(&self.sketch, model, Style::Frozen)));
        items.extend(self.sketch.types.enums.iter().map(|of| sketch::enumeration(of, Style::Frozen)));
        items.extend(created.iter().map(|of| sketch::created_type(&self.sketch, of, Style::Frozen)));
        let mut out =
            "/// The models as they were the day this was written.\n#[allow(dead_code)]\nmod frozen {\n".to_owned();
        for line in items.join("\n").lines() {
            out.push_str(if line.is_empty() { "" } else { "    " });
            out.push_str(line);
            out.push('\n');
        }
        out.push_str("}\n");
        out
    }
}
