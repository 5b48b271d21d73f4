//! The properties that constraints and indexes share: both can be recognized by their definition under another name.

/// A constraint or an index.
pub(crate) trait Definition {
    /// The definition as PostgreSQL prints it.
    fn definition(&self) -> &str;

    /// Returns whether PostgreSQL uses or enforces it for all rows.
    fn is_valid(&self) -> bool;

    /// Returns whether the triggers by which PostgreSQL enforces it are enabled.
    fn fires(&self) -> bool {
        true
    }

    /// Returns its comment.
    fn comment(&self) -> Option<&String>;

    /// Returns whether a model can declare it.
    fn is_expressible(&self) -> bool;

    /// Returns whether both demand the same, whatever their names and whether or not they are valid.
    fn is_same(&self, other: &Self) -> bool;

    /// Returns whether both are equal in everything that models can express.
    fn is_same_to_models(&self, other: &Self) -> bool;

    /// Returns whether a model that declares one of them is satisfied with the other: they are the same, or they differ only
    /// in properties that models cannot express.
    fn satisfies(&self, other: &Self) -> bool {
        let expressible = self.is_expressible() && other.is_expressible();
        self.is_same(other) || !expressible && self.is_same_to_models(other)
    }
}
