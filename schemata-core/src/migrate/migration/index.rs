//! `m.create_index(…)` and `m.drop_index(…)`: in the migration's transaction, or concurrently while the table is in use.

use crate::ident::Ident;
use crate::migrate::migration::awaitable::awaitable;
use crate::migrate::migration::context::Migration;
use crate::migrate::migration::operation::{ConcurrentIndex, NameScope, Operation, OperationKind};
use crate::migrate::migration::step_error::StepError;
use crate::qualified_name::QualifiedName;
use crate::sql::fragment::Fragment;
use crate::sql::lex::tokens;
use crate::sql::table_name;

/// An index to create; `await` creates it.
#[derive(Debug)]
#[must_use = "nothing is created until this is awaited"]
pub struct CreateIndex<'m, 'c> {
    migration: &'m mut Migration<'c>,
    name: String,
    definition: String,
    unique: bool,
    concurrently: bool,
}

/// An index to drop; `await` drops it.
#[derive(Debug)]
#[must_use = "nothing is dropped until this is awaited"]
pub struct DropIndex<'m, 'c> {
    migration: &'m mut Migration<'c>,
    name: String,
    concurrently: bool,
}

impl<'c> Migration<'c> {
    /// `CREATE INDEX name ON definition`, where the definition is SQL like `orders (placed_at)` or
    /// `orders USING gin (tags) WHERE NOT archived`.
    pub fn create_index(&mut self, name: &str, definition: &str) -> CreateIndex<'_, 'c> {
        let (name, definition) = (name.to_owned(), definition.to_owned());
        CreateIndex { migration: self, name, definition, unique: false, concurrently: false }
    }

    /// `DROP INDEX name`.
    pub fn drop_index(&mut self, name: &str) -> DropIndex<'_, 'c> {
        DropIndex { migration: self, name: name.to_owned(), concurrently: false }
    }
}

impl CreateIndex<'_, '_> {
    /// `UNIQUE`.
    pub fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// Builds it while others read and write the table, outside any transaction. The migration then runs step by step.
    /// What a failed build leaves behind is removed before the next attempt; an equal index of that name that exists
    /// already counts as done.
    ///
    /// Waits for the transactions that began before it, unless the table is empty: then the index is built at once.
    /// PostgreSQL cannot build indexes of partitioned tables this way: create one on each partition.
    pub fn concurrently(mut self) -> Self {
        self.concurrently = true;
        self
    }

    async fn create(self) -> Result<(), StepError> {
        let name = Ident::new(self.name)?;
        let given = Fragment::Index.of(&self.definition)?;
        let malformed = || StepError::IndexDefinition { definition: self.definition.clone() };
        let all = tokens(&given);
        let only = usize::from(all.first().is_some_and(|token| token.is("only")));
        let (table, taken) = table_name::read(&all[only..]).ok_or_else(malformed)?;
        let rest = all.get(only + taken).ok_or_else(malformed)?;
        let definition = given[rest.start..].to_owned();
        let table = table.or_in(self.migration.schema().as_str());
        let text = format!(
            "CREATE {}INDEX {}{name} ON {}{} {definition}",
            if self.unique { "UNIQUE " } else { "" },
            if self.concurrently { "CONCURRENTLY " } else { "" },
            if only == 1 { "ONLY " } else { "" },
            table.quoted(),
        );
        let operation = if self.concurrently {
            let QualifiedName { schema, name: table } = table;
            let schema = schema.unwrap_or_default();
            let name = name.as_str().to_owned();
            let index = ConcurrentIndex::Create { schema, name, table, definition, unique: self.unique };
            Operation::of(OperationKind::ConcurrentIndex(index), text)
        } else {
            Operation::statement(text, NameScope::WithExtensions)
        };
        self.migration.step([operation]).await
    }
}

impl DropIndex<'_, '_> {
    /// Drops it while others read and write the table, outside any transaction. The migration then runs step by step.
    pub fn concurrently(mut self) -> Self {
        self.concurrently = true;
        self
    }

    async fn drop(self) -> Result<(), StepError> {
        let name = Ident::new(self.name)?;
        let schema = self.migration.schema().clone();
        let operation = if self.concurrently {
            let index = ConcurrentIndex::Drop { schema: schema.as_str().to_owned(), name: name.as_str().to_owned() };
            Operation::of(OperationKind::ConcurrentIndex(index), format!("DROP INDEX CONCURRENTLY {schema}.{name}"))
        } else {
            Operation::statement(format!("DROP INDEX {schema}.{name}"), NameScope::WithExtensions)
        };
        self.migration.step([operation]).await
    }
}

awaitable!(CreateIndex, create);

awaitable!(DropIndex, drop);
