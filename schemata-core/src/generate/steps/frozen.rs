//! New tables as frozen models: structs inside the migration, in types that no later change of the application touches.

use crate::catalog::{Catalog, ConstraintKind};
use crate::generate::sketch::{self, Plan, Sketch, Style, twin};
use crate::generate::target::{TableName, Target};
use crate::generate::text::words::plain;
use crate::migrate::{Migration, MigrationResult};
use crate::schema::Table;

/// The models of the new tables that models can say in full.
#[derive(Debug, Clone)]
pub(crate) struct Frozen {
    sketch: Sketch,
    /// What their tables will be, but for foreign keys.
    tables: Vec<&'static Table>,
    /// The foreign keys among them, as `ALTER TABLE … ADD`.
    keys: Vec<String>,
}

impl Frozen {
    /// Those of the tables that `before` lacks; `None` where there are none.
    pub(crate) fn of(target: &Target<'_>, before: &Catalog) -> Option<Self> {
        let is_new = |key: &String| target.catalog.tables.contains_key(key) && !before.tables.contains_key(key);
        let mut tables: Vec<String> = target.order(target.catalog).into_iter().filter(is_new).collect();
        let words = |key: &str| target.table(key);
        loop {
            let (catalog, main) = (target.catalog, target.main.as_str());
            let sketch = Plan { catalog, main, tables: tables.clone(), words: &words }.sketch();
            // A foreign key can be added afterwards; without anything else, it would be another table.
            let whole = |key: &String| {
                let model = sketch.models.iter().find(|model| model.key == *key);
                model.is_some_and(|model| model.left.len() == model.outside.len())
            };
            let before = tables.len();
            tables.retain(whole);
            if tables.is_empty() {
                return None;
            }
            if tables.len() == before {
                return Some(Self::new(target, sketch));
            }
        }
    }

    fn new(target: &Target<'_>, sketch: Sketch) -> Self {
        let tables = sketch.models.iter().map(|model| twin(&sketch, model)).collect();
        let mut keys = Vec::new();
        for model in &sketch.models {
            let Some(state) = target.catalog.tables.get(&model.key) else { continue };
            let inside = state.constraints.iter().filter(|(name, found)| {
                matches!(found.kind, ConstraintKind::ForeignKey { .. }) && !model.outside.contains(name)
            });
            keys.extend(inside.map(|(name, found)| {
                let name = plain(name);
                format!("ALTER TABLE {} ADD CONSTRAINT {name} {}", TableName::from(state).sql(), found.definition)
            }));
        }
        Self { sketch, tables, keys }
    }

    /// Whether the table is one of them.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.sketch.models.iter().any(|model| model.key == key)
    }

    /// The foreign keys of a table that are added to it afterwards.
    pub(crate) fn outside(&self, key: &str) -> &[String] {
        self.sketch.models.iter().find(|model| model.key == key).map(|model| &*model.outside).unwrap_or_default()
    }

    /// `m.bootstrap(tables![…])`, without what waits for it.
    pub(crate) fn call(&self) -> String {
        let names: Vec<String> = self.sketch.models.iter().map(|model| format!("frozen::{}", model.ident)).collect();
        format!(".bootstrap(tables![{}])", names.join(", "))
    }

    /// Makes the tables, as the written migration will.
    pub(crate) async fn make(&self, m: &mut Migration<'_>) -> MigrationResult {
        m.bootstrap(self.tables.iter().copied()).await?;
        for key in &self.keys {
            m.execute(key).await?;
        }
        Ok(())
    }

    /// The module that holds the models.
    pub(crate) fn module(&self) -> String {
        let mut items = vec![sketch::imports(&self.sketch.models, &[])];
        items.extend(self.sketch.models.iter().map(|model| sketch::model(&self.sketch, model, Style::Frozen)));
        items.extend(self.sketch.enums.iter().map(|of| sketch::enumeration(of, Style::Frozen)));
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
