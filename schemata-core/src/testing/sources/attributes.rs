//! Reads the attributes of items: `cfg`, `path` and `migration`.

use proc_macro2::{Delimiter, Group, TokenTree};
use syn::{Expr, ExprLit, Lit, LitStr, Meta};

/// The attributes of an item.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) is_conditional: bool,
    /// The ids of `#[migration]`, with their lines.
    pub(super) migrations: Vec<(String, u32)>,
    pub(super) path: Option<String>,
}

impl Attributes {
    /// Reads the attributes in front of an item, and returns what follows.
    pub(super) fn read(mut trees: &[TokenTree]) -> (Self, &[TokenTree]) {
        let mut attributes = Self::default();
        while let Some((attribute, after)) = attribute(trees, false).or_else(|| attribute(trees, true)) {
            attributes.add(attribute);
            trees = after;
        }
        (attributes, trees)
    }

    fn add(&mut self, attribute: &Group) {
        // An attribute of a macro may be anything.
        let Ok(meta) = syn::parse2::<Meta>(attribute.stream()) else { return };
        let Some(name) = meta.path().segments.last().map(|segment| segment.ident.to_string()) else { return };
        match (name.as_str(), meta) {
            ("cfg", _) => self.is_conditional = true,
            ("path", Meta::NameValue(of)) => {
                if let Expr::Lit(ExprLit { lit: Lit::Str(path), .. }) = of.value {
                    self.path = Some(path.value());
                }
            }
            ("migration", Meta::List(list)) => {
                let id = list.tokens.into_iter().next().and_then(|first| syn::parse2::<LitStr>(first.into()).ok());
                self.migrations.extend(id.map(|id| (id.value(), line_of(&id))));
            }
            _ => {}
        }
    }
}

fn line_of(id: &LitStr) -> u32 {
    u32::try_from(id.span().start().line).unwrap_or(u32::MAX)
}

/// Returns the brackets of the attribute that `trees` begin with, `#[…]` or `#![…]`, and what follows.
fn attribute(trees: &[TokenTree], is_inner: bool) -> Option<(&Group, &[TokenTree])> {
    let is = |tree: &TokenTree, mark| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == mark);
    let (_, rest) = trees.split_first().filter(|(first, _)| is(first, '#'))?;
    let rest = if is_inner { rest.split_first().filter(|(first, _)| is(first, '!'))?.1 } else { rest };
    match rest {
        [TokenTree::Group(group), after @ ..] if group.delimiter() == Delimiter::Bracket => Some((group, after)),
        _ => None,
    }
}

/// Returns whether `trees`, a file or the body of a module, begin with a `#![cfg(…)]` among their attributes.
pub(super) fn has_inner_cfg(mut trees: &[TokenTree]) -> bool {
    let mut inner = Attributes::default();
    while let Some((attribute, after)) = attribute(trees, true) {
        inner.add(attribute);
        trees = after;
    }
    inner.is_conditional
}
