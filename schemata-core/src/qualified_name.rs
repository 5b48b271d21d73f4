//! The name of a table or a type together with its schema.

use std::fmt;

use crate::ident::quoted;

/// A name and its schema. `Display` writes both unquoted, as the keys of a [`Catalog`](crate::catalog::Catalog):
/// `orders`, or `sales.orders`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct QualifiedName {
    /// The schema; `None` for the one that is migrated, or where SQL text names none.
    pub(crate) schema: Option<String>,
    /// The name without its schema.
    pub(crate) name: String,
}

impl QualifiedName {
    /// Returns `name` in `schema`, without the schema if that is `main`, the one that is migrated.
    pub(crate) fn within(main: &str, schema: Option<&str>, name: &str) -> Self {
        Self { schema: schema.filter(|schema| *schema != main).map(str::to_owned), name: name.to_owned() }
    }

    /// Returns another name in the same schema.
    #[cfg(feature = "dev")]
    pub(crate) fn sibling(&self, name: &str) -> Self {
        Self { schema: self.schema.clone(), name: name.to_owned() }
    }

    /// Returns the name in `schema` if it has none.
    pub(crate) fn or_in(mut self, schema: &str) -> Self {
        self.schema.get_or_insert_with(|| schema.to_owned());
        self
    }

    /// Returns the name as SQL, each part quoted.
    pub(crate) fn quoted(&self) -> String {
        self.schema.as_ref().map_or_else(String::new, |schema| quoted(schema) + ".") + &quoted(&self.name)
    }
}

impl fmt::Display for QualifiedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}
