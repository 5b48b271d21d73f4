//! `TsQuery`: a query of words, as full text search keeps it.

use std::fmt;

use bytes::BufMut;
use tokio_postgres::types::Type;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns, put_count, put_text};
use crate::schema::sql_type::{LiteralKinds, SqlType};
use crate::schema::ts_vector::Weight;

/// PostgreSQL's `tsquery`: words and how they are combined. PostgreSQL makes it, by the functions of `query::text_search` or in a
/// generated column; it can be stored, read and written back. Its `Display` is PostgreSQL's text without parentheses that it
/// leaves out: `'fat' & ( 'cat' | 'rat' )`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TsQuery {
    /// None if it is empty: such a query matches nothing. PostgreSQL does not receive it in binary (`tsqueryrecv`).
    root: Option<Node>,
}

/// A part of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Word {
        lexeme: String,
        weights: u8,
        is_prefix: bool,
    },
    Not(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    /// The right part follows the left one at this distance.
    Phrase(Box<Node>, Box<Node>, u16),
}

const WORD: u8 = 1;
const OPERATOR: u8 = 2;
const NOT: u8 = 1;
const AND: u8 = 2;
const OR: u8 = 3;
const PHRASE: u8 = 4;

/// The levels of nesting that are read. PostgreSQL's own limit is the stack.
const MOST_LEVELS: u32 = 1_000;

impl TsQuery {
    /// Returns the words, as the configuration reduced them, from left to right.
    pub fn words(&self) -> Vec<&str> {
        fn collect<'n>(node: &'n Node, words: &mut Vec<&'n str>) {
            match node {
                Node::Word { lexeme, .. } => words.push(lexeme),
                Node::Not(inner) => collect(inner, words),
                Node::And(left, right) | Node::Or(left, right) | Node::Phrase(left, right, _) => {
                    collect(left, words);
                    collect(right, words);
                }
            }
        }
        let mut words = Vec::new();
        self.root.iter().for_each(|root| collect(root, &mut words));
        words
    }
}

impl Node {
    /// How strongly the operator binds: words most.
    fn priority(&self) -> u8 {
        match self {
            Self::Or(..) => 1,
            Self::And(..) => 2,
            Self::Phrase(..) => 3,
            Self::Not(_) => 4,
            Self::Word { .. } => 5,
        }
    }

    /// Writes the node as `tsqueryout` does, in parentheses if it binds less than what is around it.
    fn write_text(&self, f: &mut fmt::Formatter<'_>, around: u8, is_right_of_phrase: bool) -> fmt::Result {
        let priority = self.priority();
        let (left, operator, right) = match self {
            Self::Word { lexeme, weights, is_prefix } => return write_word(f, lexeme, *weights, *is_prefix),
            Self::Not(inner) => {
                f.write_str(if priority < around { "( !" } else { "!" })?;
                inner.write_text(f, priority, false)?;
                return f.write_str(if priority < around { " )" } else { "" });
            }
            Self::And(left, right) => (left, " & ".to_owned(), right),
            Self::Or(left, right) => (left, " | ".to_owned(), right),
            Self::Phrase(left, right, 1) => (left, " <-> ".to_owned(), right),
            Self::Phrase(left, right, distance) => (left, format!(" <{distance}> "), right),
        };
        let is_phrase = matches!(self, Self::Phrase(..));
        let needs = priority < around || is_phrase && is_right_of_phrase;
        f.write_str(if needs { "( " } else { "" })?;
        left.write_text(f, priority, false)?;
        f.write_str(&operator)?;
        right.write_text(f, priority, is_phrase)?;
        f.write_str(if needs { " )" } else { "" })
    }

    fn read(bytes: &mut Bytes<'_>, levels: u32) -> Wire<Self> {
        let levels = levels.checked_sub(1).ok_or("a tsquery that is nested too deeply")?;
        let operator = match bytes.take()? {
            [WORD] => {
                let [weights, prefix] = bytes.take()?;
                let end = bytes.0.iter().position(|byte| *byte == 0).ok_or("the tsquery is truncated")?;
                let lexeme = std::str::from_utf8(bytes.slice(end)?)?.to_owned();
                bytes.take::<1>()?;
                return Ok(Self::Word { lexeme, weights, is_prefix: prefix != 0 });
            }
            [OPERATOR] => bytes.take::<1>()?[0],
            _ => return Err("a tsquery with an unknown part".into()),
        };
        if operator == NOT {
            return Self::read(bytes, levels).map(|inner| Self::Not(Box::new(inner)));
        }
        let distance = if operator == PHRASE { u16::from_be_bytes(bytes.take()?) } else { 0 };
        // The right side comes first.
        let right = Box::new(Self::read(bytes, levels)?);
        let left = Box::new(Self::read(bytes, levels)?);
        match operator {
            AND => Ok(Self::And(left, right)),
            OR => Ok(Self::Or(left, right)),
            PHRASE => Ok(Self::Phrase(left, right, distance)),
            _ => Err("a tsquery with an unknown operator".into()),
        }
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        let (operator, left, right) = match self {
            Self::Word { lexeme, weights, is_prefix } => {
                out.put_slice(&[WORD, *weights, u8::from(*is_prefix)]);
                put_text(lexeme, out)?;
                out.put_u8(0);
                return Ok(());
            }
            Self::Not(inner) => {
                out.put_slice(&[OPERATOR, NOT]);
                return inner.write(out);
            }
            Self::And(left, right) => (AND, left, right),
            Self::Or(left, right) => (OR, left, right),
            Self::Phrase(left, right, _) => (PHRASE, left, right),
        };
        out.put_slice(&[OPERATOR, operator]);
        if let Self::Phrase(.., distance) = self {
            out.put_u16(*distance);
        }
        right.write(out)?;
        left.write(out)
    }

    /// The number of words and operators.
    fn count(&self) -> usize {
        match self {
            Self::Word { .. } => 1,
            Self::Not(inner) => 1 + inner.count(),
            Self::And(left, right) | Self::Or(left, right) | Self::Phrase(left, right, _) => {
                1 + left.count() + right.count()
            }
        }
    }
}

fn write_word(f: &mut fmt::Formatter<'_>, lexeme: &str, weights: u8, is_prefix: bool) -> fmt::Result {
    write!(f, "'{}'", lexeme.replace('\\', "\\\\").replace('\'', "''"))?;
    if weights != 0 || is_prefix {
        f.write_str(if is_prefix { ":*" } else { ":" })?;
    }
    for (bit, weight) in [(3, Weight::A), (2, Weight::B), (1, Weight::C), (0, Weight::D)] {
        if weights & 1 << bit != 0 {
            write!(f, "{weight:?}")?;
        }
    }
    Ok(())
}

impl fmt::Display for TsQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.as_ref().map_or(Ok(()), |root| root.write_text(f, 0, false))
    }
}

impl Binary for TsQuery {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        let root = if bytes.count(2)? == 0 { None } else { Some(Node::read(bytes, MOST_LEVELS)?) };
        Ok(Self { root })
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        let root = self.root.as_ref().ok_or("an empty tsquery, which PostgreSQL sends but does not receive")?;
        put_count(root.count(), out)?;
        root.write(out)
    }
}

binary_columns! {
    TsQuery: SqlType::new("tsquery").literals(LiteralKinds::TEXT), if |ty| *ty == Type::TSQUERY;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_shown_as_postgresql_prints_it() {
        let word =
            |lexeme: &str| Box::new(Node::Word { lexeme: lexeme.to_owned(), weights: 0, is_prefix: lexeme == "super" });
        let either = || Box::new(Node::Or(word("cat"), word("rat")));
        let next = || Box::new(Node::Phrase(word("a"), word("b"), 1));
        for (root, text) in [
            (Node::And(word("super"), either()), "'super':* & ( 'cat' | 'rat' )"),
            (Node::Or(either(), word("o'dog")), "'cat' | 'rat' | 'o''dog'"),
            (Node::Not(either()), "!( 'cat' | 'rat' )"),
            (Node::Phrase(word("c"), next(), 2), "'c' <2> ( 'a' <-> 'b' )"),
            (Node::Phrase(next(), word("c"), 2), "'a' <-> 'b' <2> 'c'"),
        ] {
            assert_eq!(TsQuery { root: Some(root) }.to_string(), text);
        }
    }
}
