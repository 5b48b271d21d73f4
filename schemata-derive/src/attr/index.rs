//! Parses the key `index` of `#[table]`: columns and expressions with their modifiers, and the options of the index.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use syn::LitStr;

use crate::attr::constraint::{ColumnRef, column_ref, columns, list, unknown_option};
use crate::attr::entry::{Entry, Value, entries, entry, split};
use crate::attr::slot::Slot;
use crate::attr::value::{flag, parameter, string, string_or_word};
use crate::diag::Diagnostics;

/// `index(a, b desc nulls_last, c opclass("…") collate("…"), expression("…") desc, unique, nulls_not_distinct,
/// using = "gin", where = "…", include(d), with(fillfactor = 70), name = "…")`.
#[derive(Default)]
pub(crate) struct IndexAttr {
    pub(crate) parts: Vec<IndexPart>,
    pub(crate) unique: Slot<()>,
    pub(crate) nulls_not_distinct: Slot<()>,
    pub(crate) using: Slot<String>,
    pub(crate) predicate: Slot<LitStr>,
    pub(crate) include: Vec<ColumnRef>,
    pub(crate) with: Vec<(Ident, String)>,
    pub(crate) name: Slot<LitStr>,
}

/// A column or expression of an index, with its modifiers.
pub(crate) struct IndexPart {
    pub(crate) of: Indexed,
    pub(crate) order: Slot<bool>,
    pub(crate) nulls_first: Slot<bool>,
    pub(crate) opclass: Slot<LitStr>,
    pub(crate) collation: Slot<LitStr>,
}

/// A column or an expression.
pub(crate) enum Indexed {
    Column(ColumnRef),
    Expression(LitStr),
}

/// Options of a single word, which could be taken for a column.
const FLAGS: &[&str] = &["unique", "nulls_not_distinct"];

const OPTIONS: &str = "columns, `unique`, `nulls_not_distinct`, `using = \"…\"`, `where = \"…\"`, `expression(\"…\")`, \
                       `include(…)`, `with(…)` and `name = \"…\"`";

const MODIFIERS: &str = "`asc`, `desc`, `nulls_first`, `nulls_last`, `opclass(\"…\")` and `collate(\"…\")`";

impl IndexAttr {
    /// Reads `index(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let tokens = list(of, "index(customer_id, placed_at desc)", diag)?;
        let mut this = Self::default();
        for part in split(tokens.clone()) {
            match IndexPart::read(&part, diag) {
                Some(part) => this.parts.push(part),
                None => this.option(part, diag),
            }
        }
        if this.parts.is_empty() {
            diag.error(of.key.span(), "`index` names no columns: write `index(customer_id, placed_at desc)`");
            return None;
        }
        if let (Some(span), false) = (this.nulls_not_distinct.span(), this.unique.was_tried()) {
            diag.error(span, "`nulls_not_distinct` is about equal entries: add `unique`, or remove it");
        }
        Some(this)
    }

    fn option(&mut self, part: Vec<TokenTree>, diag: &mut Diagnostics) {
        let Some(option) = entry(part, diag) else { return };
        match option.key.to_string().as_str() {
            "unique" => self.unique.set(&option.key, flag(&option, diag), diag),
            "nulls_not_distinct" => self.nulls_not_distinct.set(&option.key, flag(&option, diag), diag),
            "using" => self.using.set(&option.key, string_or_word(&option, diag), diag),
            "where" => self.predicate.set(&option.key, string(&option, diag), diag),
            "expression" => self.parts.extend(string(&option, diag).map(|sql| IndexPart::of(Indexed::Expression(sql)))),
            "include" => self.include.extend(columns(&option, "include(order_total)", diag)),
            "with" => self.parameters(&option, diag),
            "name" => self.name.set(&option.key, string(&option, diag), diag),
            "tablespace" => diag.error(
                option.key.span(),
                "a tablespace belongs to a server, not to a model: write `ALTER INDEX … SET TABLESPACE …` in a migration",
            ),
            _ => unknown_option(&option, OPTIONS, diag),
        }
    }

    /// `with(fillfactor = 70, fastupdate = off)`.
    fn parameters(&mut self, of: &Entry, diag: &mut Diagnostics) {
        let Some(tokens) = list(of, "with(fillfactor = 70)", diag) else { return };
        for option in entries(tokens.clone(), diag) {
            if self.with.iter().any(|(name, _)| *name == option.key) {
                diag.error(option.key.span(), format!("`{}` is given twice: remove one of them", option.key));
            } else if let Some(value) = parameter(&option, diag) {
                self.with.push((option.key, value));
            }
        }
    }
}

impl IndexPart {
    fn of(of: Indexed) -> Self {
        Self {
            of,
            order: Slot::default(),
            nulls_first: Slot::default(),
            opclass: Slot::default(),
            collation: Slot::default(),
        }
    }

    /// Reads a column or `expression("…")` with its modifiers; `None` if the entry is an option of the index.
    fn read(part: &[TokenTree], diag: &mut Diagnostics) -> Option<Self> {
        let (of, modifiers) = match part {
            [TokenTree::Ident(key), TokenTree::Group(group), rest @ ..] if key == "expression" => {
                let value = Value::List(group.stream(), group.span());
                let sql = text(&Entry { key: key.clone(), value }, diag);
                // The value was refused already if it is not a string; its modifiers are still read.
                (Indexed::Expression(sql.unwrap_or_else(|| LitStr::new("NULL", group.span()))), rest)
            }
            [TokenTree::Ident(_), TokenTree::Punct(dot), TokenTree::Ident(_), rest @ ..] if dot.as_char() == '.' => {
                (Indexed::Column(column_ref(&part[..3])?), rest)
            }
            [TokenTree::Ident(word)] if FLAGS.iter().any(|flag| word == flag) => return None,
            [TokenTree::Ident(_), TokenTree::Ident(_), ..] | [TokenTree::Ident(_)] => {
                (Indexed::Column(column_ref(&part[..1])?), &part[1..])
            }
            _ => return None,
        };
        let mut this = Self::of(of);
        this.modify(modifiers, diag);
        Some(this)
    }

    fn modify(&mut self, mut rest: &[TokenTree], diag: &mut Diagnostics) {
        while let [first, after @ ..] = rest {
            let TokenTree::Ident(key) = first else {
                let rest: TokenStream = rest.iter().cloned().collect();
                return diag.error_on(&rest, format!("expected `,` or one of {MODIFIERS}"));
            };
            let (value, after) = match after {
                [TokenTree::Group(group), after @ ..] => (Value::List(group.stream(), group.span()), after),
                _ => (Value::None, after),
            };
            rest = after;
            self.modifier(&Entry { key: key.clone(), value }, diag);
        }
    }

    fn modifier(&mut self, of: &Entry, diag: &mut Diagnostics) {
        let key = &of.key;
        match key.to_string().as_str() {
            word @ ("asc" | "desc") => self.order.set(key, flag(of, diag).map(|()| word == "desc"), diag),
            word @ ("nulls_first" | "nulls_last") => {
                self.nulls_first.set(key, flag(of, diag).map(|()| word == "nulls_first"), diag);
            }
            "opclass" => self.opclass.set(key, text(of, diag), diag),
            "collate" => self.collation.set(key, text(of, diag), diag),
            _ => diag.error(key.span(), format!("unknown modifier `{key}`: after a column you can write {MODIFIERS}")),
        }
    }
}

/// `key("text")`.
fn text(of: &Entry, diag: &mut Diagnostics) -> Option<LitStr> {
    let refuse = |span: Span, diag: &mut Diagnostics| {
        diag.error(span, format!("`{}` takes a string: write `{}(\"…\")`", of.key, of.key));
        None
    };
    match &of.value {
        Value::List(tokens, span) => match syn::parse2::<LitStr>(tokens.clone()) {
            Ok(text) => Some(text),
            Err(_) => refuse(*span, diag),
        },
        _ => refuse(of.key.span(), diag),
    }
}
