//! The shape of a statement: what its text is made from, as numbers. It is cheaper to make and to compare than the text, and equal
//! shapes have equal texts with the same placeholders. `select_shape` makes the shapes of queries.

use std::any::TypeId;

use crate::ident::Ident;
use crate::param::{Bound, CastType, Param, TypeHome};
use crate::schema::Table;

/// Room for the shapes of most queries.
const CAPACITY: usize = 64;

/// The shape of a statement, with its values.
pub(crate) struct Shape {
    /// What the program is made of is known by its address, since it never changes.
    words: Vec<usize>,
    models: Vec<TypeId>,
    /// The values in the order of their placeholders.
    pub(crate) params: Vec<Bound>,
}

impl Shape {
    pub(crate) fn new() -> Self {
        Self { words: Vec::with_capacity(CAPACITY), models: Vec::new(), params: Vec::new() }
    }

    /// Appends a number.
    pub(crate) fn word(&mut self, word: usize) {
        self.words.push(word);
    }

    /// Appends a text of the program.
    pub(crate) fn text(&mut self, text: &'static str) {
        self.words.extend([text.as_ptr().addr(), text.len()]);
    }

    /// Appends a table.
    pub(crate) fn table(&mut self, table: &'static Table) {
        self.words.push(std::ptr::from_ref(table).addr());
    }

    /// Appends a model.
    pub(crate) fn model(&mut self, model: TypeId) {
        self.models.push(model);
    }

    /// Appends a value, with the column that it is compared with.
    pub(crate) fn value(&mut self, value: Param, column: Option<&'static str>) {
        self.params.push(Bound { value, column });
    }

    /// Appends the type that a value has to name.
    pub(crate) fn cast(&mut self, ty: Option<CastType>) {
        let Some(CastType { home, name, array, row }) = ty else { return self.word(0) };
        self.word(1 + usize::from(array) * 2 + usize::from(row) * 4);
        self.text(name);
        match home {
            TypeHome::SearchPath => self.word(0),
            TypeHome::Statement => self.word(1),
            TypeHome::Schema(schema) => {
                self.word(2);
                self.text(schema);
            }
        }
    }
}

/// The shape of a statement in a PostgreSQL schema, and how to write the text if no connection has it yet.
#[derive(Clone, Copy)]
pub(crate) struct ShapeRef<'a> {
    pub(crate) shape: &'a Shape,
    /// The schema of tables that name none.
    pub(crate) schema: &'a Ident,
    pub(crate) write: &'a (dyn Fn() -> String + Send + Sync),
}

/// A shape that is kept.
pub(crate) struct KeptShape {
    words: Box<[usize]>,
    models: Box<[TypeId]>,
    schema: Ident,
}

impl ShapeRef<'_> {
    /// Returns the numbers that equal shapes share, beside the schema.
    pub(crate) fn words(&self) -> &[usize] {
        &self.shape.words
    }

    /// Returns whether it is the shape that was kept.
    pub(crate) fn is(&self, kept: &KeptShape) -> bool {
        *self.shape.words == *kept.words && *self.shape.models == *kept.models && *self.schema == kept.schema
    }

    /// Returns the shape to be kept.
    pub(crate) fn kept(&self) -> KeptShape {
        let Shape { words, models, .. } = self.shape;
        KeptShape { words: words.as_slice().into(), models: models.as_slice().into(), schema: self.schema.clone() }
    }
}
