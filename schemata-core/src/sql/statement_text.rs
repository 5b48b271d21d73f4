//! The text of a statement as a list of parts, which is cheaper to make, to hash and to compare than the text.
//!
//! The text is made of the parts and of nothing else, so equal lists have equal texts: a list is the key by which a prepared
//! statement is found. Equal texts may have different lists, since parts of the program are compared by address, and the
//! compiler may keep several copies of a constant. Which parts a statement has is `writer`'s to decide.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::ident::{Ident, write_quoted};
use crate::schema::Column;
use crate::sql::shape::{KeptShape, ShapeRef};

/// Room for the parts of most statements on one table, so that they are not copied as they grow.
const CAPACITY: usize = 40;

/// Text or a name: the program's, or made at run time.
pub(crate) type AnyText = Cow<'static, str>;

/// A part of a text. Those of the program are known by their address, since they never change.
#[derive(Debug, Clone, Copy)]
enum TextPart {
    /// Text of the program.
    Text(&'static str),
    /// A name, which is quoted.
    Name(&'static str),
    /// A name before a dot.
    Qualifier(&'static str),
    /// The PostgreSQL schema of the statement, before a dot.
    Schema,
    /// The quoted names of columns, separated by commas.
    Columns(&'static [Column]),
    /// The placeholder of the parameter with this number.
    Placeholder(usize),
    /// Other text: a range of [`StatementText::dynamic`].
    Dynamic(usize, usize),
}

impl PartialEq for TextPart {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Self::Text(a), Self::Text(b))
            | (Self::Name(a), Self::Name(b))
            | (Self::Qualifier(a), Self::Qualifier(b)) => std::ptr::eq(a, b),
            (Self::Schema, Self::Schema) => true,
            (Self::Columns(a), Self::Columns(b)) => std::ptr::eq(a, b),
            (Self::Placeholder(a), Self::Placeholder(b)) => a == b,
            (Self::Dynamic(a, b), Self::Dynamic(c, d)) => (a, b) == (c, d),
            _ => false,
        }
    }
}

impl TextPart {
    /// Returns a number that equal parts share and that most others do not have.
    fn number(self) -> u64 {
        let (kind, address, length) = match self {
            Self::Text(text) => (0, text.as_ptr().addr(), text.len()),
            Self::Name(name) => (1, name.as_ptr().addr(), name.len()),
            Self::Qualifier(name) => (2, name.as_ptr().addr(), name.len()),
            Self::Schema => (3, 0, 0),
            Self::Columns(columns) => (4, columns.as_ptr().addr(), columns.len()),
            Self::Placeholder(number) => (5, number, 0),
            Self::Dynamic(start, end) => (6, start, end),
        };
        (address as u64) ^ ((length as u64) << 48) ^ (kind << 61)
    }
}

/// The text of a statement in parts.
#[derive(Clone, PartialEq)]
pub(crate) struct StatementText {
    parts: Vec<TextPart>,
    /// The text of the parts that are not of the program.
    dynamic: String,
    /// The PostgreSQL schema of tables that name none.
    schema: Option<Ident>,
}

impl Default for StatementText {
    fn default() -> Self {
        Self { parts: Vec::with_capacity(CAPACITY), dynamic: String::new(), schema: None }
    }
}

impl std::fmt::Debug for StatementText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl StatementText {
    /// Makes room for the parts of a statement on several tables.
    pub(crate) fn reserve_for(&mut self, joins: usize) {
        if joins > 0 {
            self.parts.reserve(CAPACITY * (1 + joins));
        }
    }

    /// Appends text of the program.
    pub(crate) fn push(&mut self, text: &'static str) {
        self.parts.push(TextPart::Text(text));
    }

    /// Appends a name of the program, quoted.
    pub(crate) fn name(&mut self, name: &'static str) {
        self.parts.push(TextPart::Name(name));
    }

    /// Appends a name of the program, quoted, and a dot.
    pub(crate) fn qualifier(&mut self, name: &'static str) {
        self.parts.push(TextPart::Qualifier(name));
    }

    /// Appends the names of columns, quoted and separated by commas.
    pub(crate) fn columns(&mut self, columns: &'static [Column]) {
        self.parts.push(TextPart::Columns(columns));
    }

    /// Appends the placeholder of a parameter.
    pub(crate) fn placeholder(&mut self, number: usize) {
        self.parts.push(TextPart::Placeholder(number));
    }

    /// Appends the name of a PostgreSQL schema, quoted, and a dot.
    pub(crate) fn schema(&mut self, schema: &Ident) {
        match &self.schema {
            Some(known) if known == schema => {}
            None => self.schema = Some(schema.clone()),
            Some(_) => {
                self.dynamic_name(schema.as_str());
                return self.push(".");
            }
        }
        self.parts.push(TextPart::Schema);
    }

    /// Appends text that is not a part of the program.
    pub(crate) fn dynamic(&mut self, text: &str) {
        let start = self.dynamic.len();
        self.dynamic.push_str(text);
        self.parts.push(TextPart::Dynamic(start, self.dynamic.len()));
    }

    /// Appends a name that is not a part of the program, quoted.
    pub(crate) fn dynamic_name(&mut self, name: &str) {
        let start = self.dynamic.len();
        write_quoted(&mut self.dynamic, name).expect("writing to a String cannot fail");
        self.parts.push(TextPart::Dynamic(start, self.dynamic.len()));
    }

    /// Returns the number of parts.
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// Returns the text without some of its parts.
    pub(crate) fn without(&self, parts: Range<usize>) -> Self {
        let mut kept = Vec::with_capacity(CAPACITY);
        kept.extend_from_slice(&self.parts[..parts.start]);
        kept.extend_from_slice(&self.parts[parts.end..]);
        Self { parts: kept, dynamic: self.dynamic.clone(), schema: self.schema.clone() }
    }

    /// Returns the text.
    pub(crate) fn to_text(&self) -> String {
        let mut text = String::new();
        for part in &self.parts {
            self.write(*part, &mut text).expect("writing to a String cannot fail");
        }
        text
    }

    fn write(&self, part: TextPart, out: &mut String) -> std::fmt::Result {
        use std::fmt::Write;
        match part {
            TextPart::Text(text) => out.push_str(text),
            TextPart::Name(name) => write_quoted(out, name)?,
            TextPart::Qualifier(name) => {
                write_quoted(out, name)?;
                out.push('.');
            }
            TextPart::Schema => {
                write!(out, "{}.", self.schema.as_ref().expect("noted with the first such part"))?;
            }
            TextPart::Columns(columns) => {
                for (at, column) in columns.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    write_quoted(out, column.name)?;
                }
            }
            TextPart::Placeholder(number) => write!(out, "${number}")?,
            TextPart::Dynamic(start, end) => out.push_str(&self.dynamic[start..end]),
        }
        Ok(())
    }

    fn hash(&self) -> u64 {
        let schema = self.schema.as_ref().map_or(0, |schema| hash_bytes(0, schema.as_str().as_bytes()));
        let hash = self.parts.iter().fold(schema, |hash, part| mix(hash, part.number()));
        hash_bytes(hash, self.dynamic.as_bytes())
    }
}

/// The text of a statement that is looked up: written already, in parts, or by its shape.
#[derive(Clone, Copy)]
pub(crate) enum TextRef<'a> {
    Written(&'a str),
    Parts(&'a StatementText),
    Shape(ShapeRef<'a>),
}

/// The text of a statement that is kept.
pub(crate) struct KeptText {
    key: Key,
    text: Arc<str>,
}

/// How a text is looked up.
enum Key {
    Text,
    Parts(StatementText),
    Shape(KeptShape),
}

impl KeptText {
    /// Returns the text as it is sent.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl<'a> TextRef<'a> {
    /// Returns a number that equal texts of one kind share.
    pub(crate) fn hash(self) -> u64 {
        let hash = match self {
            Self::Written(text) => hash_bytes(1, text.as_bytes()),
            Self::Parts(text) => text.hash(),
            Self::Shape(shape) => {
                let schema = hash_bytes(2, shape.schema.as_str().as_bytes());
                shape.words().iter().fold(schema, |hash, word| mix(hash, *word as u64))
            }
        };
        hash ^ (hash >> 32)
    }

    /// Returns whether it is the text that was kept. The same text in other parts is another one.
    pub(crate) fn is(self, kept: &KeptText) -> bool {
        match (self, &kept.key) {
            (Self::Written(text), Key::Text) => *text == *kept.text,
            (Self::Parts(text), Key::Parts(kept)) => text == kept,
            (Self::Shape(shape), Key::Shape(kept)) => shape.is(kept),
            _ => false,
        }
    }

    /// Returns the text to be kept, which is `text`.
    pub(crate) fn kept(self, text: Arc<str>) -> KeptText {
        let key = match self {
            Self::Written(_) => Key::Text,
            Self::Parts(parts) => Key::Parts(parts.clone()),
            Self::Shape(shape) => Key::Shape(shape.kept()),
        };
        KeptText { key, text }
    }

    /// Returns the text as it is sent.
    pub(crate) fn text(self) -> Cow<'a, str> {
        match self {
            Self::Written(text) => Cow::Borrowed(text),
            Self::Parts(text) => Cow::Owned(text.to_text()),
            Self::Shape(shape) => Cow::Owned((shape.write)()),
        }
    }
}

/// Hashes cheaply: two texts with one hash are told apart by comparing them, and cost no more than a further preparation.
fn hash_bytes(hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(hash, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    let rest = rest.iter().fold(bytes.len() as u64, |word, byte| (word << 8) | u64::from(*byte));
    mix(hash, rest)
}

fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(23) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

#[cfg(test)]
mod tests;
