//! Parses the key `index` of `#[table]`: columns and expressions with their modifiers, and the options of the index.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::LitStr;

use crate::attr::clause::{Deferral, Parameters, deferral, parameters};
use crate::attr::entry::{Entry, Value, entry, split};
use crate::attr::list::{ColumnRef, column_ref, columns, list, unknown_option};
use crate::attr::slot::Slot;
use crate::attr::value::{flag, string, string_or_word};
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
    pub(crate) with: Parameters,
    pub(crate) name: Slot<LitStr>,
    pub(crate) comment: Slot<LitStr>,
    /// Of an exclusion constraint only.
    pub(crate) deferrable: Slot<Deferral>,
}

/// A column or expression of an index, with its modifiers.
pub(crate) struct IndexPart {
    pub(crate) of: Indexed,
    pub(crate) order: Slot<bool>,
    pub(crate) nulls_first: Slot<bool>,
    pub(crate) opclass: Slot<LitStr>,
    pub(crate) collation: Slot<LitStr>,
    /// Of an exclusion constraint only: `with("&&")`.
    pub(crate) operator: Slot<LitStr>,
}

/// A column or an expression.
pub(crate) enum Indexed {
    Column(ColumnRef),
    Expression(LitStr),
}

/// Options of a single word, which could be taken for a column.
const FLAGS: &[&str] = &["unique", "nulls_not_distinct"];

/// The same of an exclusion constraint.
const EXCLUDE_FLAGS: &[&str] = &["deferrable"];

const OPTIONS: &str = "columns, `unique`, `nulls_not_distinct`, `using = \"…\"`, `where = \"…\"`, `expression(\"…\")`, \
                       `include(…)`, `with(…)`, `comment = \"…\"` and `name = \"…\"`";

const EXCLUDE_OPTIONS: &str = "columns with their operator, `room with(\"=\")`, `expression(\"…\") with(\"…\")`, \
                               `using = \"…\"`, `where = \"…\"`, `include(…)`, `with(…)`, `deferrable`, \
                               `comment = \"…\"` and `name = \"…\"`";

const MODIFIERS: &str = "`asc`, `desc`, `nulls_first`, `nulls_last`, `opclass(\"…\")` and `collate(\"…\")`";

impl IndexAttr {
    /// Reads `index(…)`.
    pub(crate) fn read(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let tokens = list(of, "index(customer_id, placed_at desc)", diag)?;
        let mut this = Self::default();
        for part in split(tokens.clone()) {
            match IndexPart::read(&part, FLAGS, diag) {
                Some(part) => this.parts.push(part),
                None => this.option(part, diag),
            }
        }
        for operator in this.parts.iter().filter_map(|part| part.operator.span()) {
            let message =
                "an index compares with the operators of its operator class: remove `with`, or write `exclude(…)`";
            diag.error(operator, message);
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

    /// Reads `exclude(…)`: an exclusion constraint, whose parts have operators.
    pub(crate) fn read_exclude(of: &Entry, diag: &mut Diagnostics) -> Option<Self> {
        let example = "exclude(using = \"gist\", room with(\"=\"), during with(\"&&\"))";
        let tokens = list(of, example, diag)?;
        let mut this = Self::default();
        for part in split(tokens.clone()) {
            match IndexPart::read(&part, EXCLUDE_FLAGS, diag) {
                Some(part) => this.parts.push(part),
                None => this.exclude_option(part, diag),
            }
        }
        if this.parts.is_empty() {
            diag.error(of.key.span(), format!("`exclude` names no columns: write `{example}`"));
            return None;
        }
        for part in this.parts.iter().filter(|part| !part.operator.was_tried()) {
            let span = match &part.of {
                Indexed::Column(column) => column.column.span(),
                Indexed::Expression(sql) => sql.span(),
            };
            diag.error(span, "an exclusion constraint compares with an operator: write `with(\"=\")` behind it");
        }
        for operator in this.parts.iter().filter_map(|part| part.operator.get()) {
            let text = operator.value();
            let is_operator = !text.is_empty() && text.chars().all(|letter| "+-*/<>=~!@#%^&|`?".contains(letter));
            if !is_operator || text.contains("--") || text.contains("/*") {
                diag.error(operator.span(), format!("`{text}` is no operator: write one like `=` or `&&`"));
            }
        }
        Some(this)
    }

    fn exclude_option(&mut self, part: Vec<TokenTree>, diag: &mut Diagnostics) {
        let Some(option) = entry(part, diag) else { return };
        let key = &option.key;
        match key.to_string().as_str() {
            "using" => self.using.set(key, string_or_word(&option, diag), diag),
            "where" => self.predicate.set(key, string(&option, diag), diag),
            "include" => self.include.extend(columns(&option, "include(order_total)", diag)),
            "with" => parameters(&option, "with(fillfactor = 70)", &mut self.with, diag),
            "deferrable" => self.deferrable.set(key, deferral(&option, diag), diag),
            "comment" => self.comment.set(key, string(&option, diag), diag),
            "name" => self.name.set(key, string(&option, diag), diag),
            _ => unknown_option(&option, EXCLUDE_OPTIONS, diag),
        }
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
            "with" => parameters(&option, "with(fillfactor = 70)", &mut self.with, diag),
            "comment" => self.comment.set(&option.key, string(&option, diag), diag),
            "name" => self.name.set(&option.key, string(&option, diag), diag),
            "tablespace" => diag.error(
                option.key.span(),
                "a tablespace belongs to a server, not to a model: write `ALTER INDEX … SET TABLESPACE …` in a migration",
            ),
            _ => unknown_option(&option, OPTIONS, diag),
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
            operator: Slot::default(),
        }
    }

    /// Reads a column or `expression("…")` with its modifiers; `None` if the entry is an option of the index.
    fn read(part: &[TokenTree], flags: &[&str], diag: &mut Diagnostics) -> Option<Self> {
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
            [TokenTree::Ident(word)] if flags.iter().any(|flag| word == flag) => return None,
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
            "with" => self.operator.set(key, text(of, diag), diag),
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
