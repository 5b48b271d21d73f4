//! Turns the text of a query into pieces: text, tables, columns and numbered parameters.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

use crate::diag::Diagnostics;
use crate::names::{list, nearest};
use crate::query::holes::{mask, number};
use crate::query::place::{Clause, Place, places};
use crate::sql::lex::{Token, tokens};

/// The text of a query in pieces.
#[derive(Default)]
pub(crate) struct QueryText {
    pub(crate) pieces: Vec<Piece>,
    /// The parameters by their position in the function, in the order of their numbers: `$1` first.
    pub(crate) parameters: Vec<usize>,
    /// The columns that the text declares as not null: `AS "total!"`.
    pub(crate) asserted: Vec<String>,
}

/// A piece of a text.
pub(crate) enum Piece {
    Text(String),
    /// The table of a model with its schema.
    Table(TokenStream),
    /// The name of a model's table without its schema.
    TableName(TokenStream),
    /// A column: the path of its handle.
    Column(TokenStream),
    /// All columns of a model, each with this alias, or with the table's name.
    Columns(TokenStream, Option<String>),
}

/// What a hole holds.
enum Hole {
    Parameter(usize),
    /// `{Order}`, `{Order as o}`.
    Table {
        model: Path,
        alias: Option<String>,
    },
    /// `{Order::*}`.
    Columns(Path),
    /// `{o.*}`.
    ColumnsOf(String),
    /// `{Order::placed_at}`: the model, and what follows it.
    Column(Path, String),
    /// `{o.placed_at}`.
    ColumnOf(String, String),
}

/// A table that the text reads, and its alias.
struct Source {
    model: Path,
    alias: Option<String>,
}

/// Statements that are no queries, and what to write for them.
const NO_QUERIES: &[(&[&str], &str)] = &[
    (&["begin", "start", "commit", "rollback", "end", "abort", "savepoint", "release"], "use `Db::transaction`"),
    (&["copy"], "use `insert_many` or a stream"),
];

/// Reads the text of a query with these parameters. Every mistake is blamed on the text at `span`.
pub(crate) fn read(text: &str, parameters: &[&Ident], span: Span, diag: &mut Diagnostics) -> Option<QueryText> {
    let masked = match mask(text) {
        Ok(masked) => masked,
        Err(message) => {
            diag.error(span, message);
            return None;
        }
    };
    let tokens = tokens(&masked.sql);
    refuse(&tokens, span, diag);
    let places = places(&tokens, masked.holes.len());
    let holes = holes(&masked.holes, &places.holes, parameters, span, diag);
    let mut complete = holes.iter().all(Option::is_some);
    let sources = sources(&holes, &places.holes);
    let mut out = QueryText::default();
    let mut from = 0;
    for (at, token) in tokens.iter().enumerate() {
        let end = token.start + token.text.len();
        if let Some(hole) = number(token.text).filter(|hole| *hole < holes.len()) {
            out.push(&masked.sql[from..token.start]);
            from = end;
            let (Some(hole), Some(place)) = (&holes[hole], &places.holes[hole]) else { continue };
            if let Err(message) = out.fill(hole, place, &sources, span) {
                diag.error(span, message);
                complete = false;
            }
        } else if places.asserted.contains(&at) {
            out.push(&masked.sql[from..end - 2]);
            out.push("\"");
            from = end;
            out.asserted.push(token.text[1..token.text.len() - 2].replace("\"\"", "\""));
        }
    }
    out.push(&masked.sql[from..]);
    complete.then_some(out)
}

/// Reads the holes; those with a mistake are `None`.
fn holes(
    texts: &[String],
    places: &[Option<Place>],
    parameters: &[&Ident],
    span: Span,
    diag: &mut Diagnostics,
) -> Vec<Option<Hole>> {
    let read = |(text, place): (&String, &Option<Place>)| {
        let Some(place) = place else {
            return Err(format!(
                "`{{{text}}}` stands in a quoted text, a comment or a longer word: put it outside, or write `{{{{` and `}}}}` for \
                 braces of the SQL"
            ));
        };
        Hole::read(text, parameters, place)
    };
    let mut blamed = |message: String| diag.error(span, message);
    texts.iter().zip(places).map(|hole| read(hole).map_err(&mut blamed).ok()).collect()
}

/// Returns the tables that the text names, with their aliases.
fn sources(holes: &[Option<Hole>], places: &[Option<Place>]) -> Vec<Source> {
    let source = |(hole, place): (&Option<Hole>, &Option<Place>)| match (hole, place) {
        (Some(Hole::Table { model, alias }), Some(place)) if place.clause != Clause::Of => {
            Some(Source { model: model.clone(), alias: alias.clone().or_else(|| place.alias.clone()) })
        }
        _ => None,
    };
    holes.iter().zip(places).filter_map(source).collect()
}

/// Refuses what no query may hold.
fn refuse(tokens: &[Token<'_>], span: Span, diag: &mut Diagnostics) {
    if tokens.is_empty() {
        diag.error(span, "the query is empty: write one statement");
    }
    if let Some(first) = tokens.first()
        && let Some((_, instead)) = NO_QUERIES.iter().find(|(words, _)| words.iter().any(|word| first.is(word)))
    {
        diag.error(span, format!("`{}` is no query: {instead}", first.text));
    }
    if tokens.iter().position(|token| token.text == ";").is_some_and(|at| at + 1 < tokens.len()) {
        diag.error(span, "a query is one statement: write a function for each");
    }
    let is_number = |token: &&Token<'_>| token.text[1..].starts_with(|c: char| c.is_ascii_digit());
    if let Some(token) = tokens.iter().filter(|token| token.text.starts_with('$')).find(is_number) {
        diag.error(span, format!("`{}` has no name: write `{{name}}` for the parameter `name`", token.text));
    }
}

impl Hole {
    fn read(text: &str, parameters: &[&Ident], place: &Place) -> Result<Self, String> {
        if text.is_empty() {
            return Err(
                "`{}` names nothing: write `{name}` for a parameter, or `{{}}` for braces of the SQL".to_owned()
            );
        }
        if let Some(at) = parameters.iter().position(|parameter| *parameter == text) {
            return Ok(Self::Parameter(at));
        }
        if let Some((model, alias)) = text.split_once(" as ").or_else(|| text.split_once(" AS ")) {
            return Self::table(model.trim(), Some(alias.trim()), place);
        }
        if let Some(model) = text.strip_suffix("::*") {
            return path(model).map(Self::Columns).ok_or_else(|| unknown(text, parameters));
        }
        if !text.contains("::")
            && let Some((alias, column)) = text.split_once('.')
        {
            return if alias.starts_with(char::is_uppercase) {
                Err(format!("`{{{text}}}`: a model's columns follow `::`; write `{{{alias}::{column}}}`"))
            } else if column == "*" {
                Ok(Self::ColumnsOf(alias.to_owned()))
            } else {
                Ok(Self::ColumnOf(alias.to_owned(), column.to_owned()))
            };
        }
        let (handle, rest) = text.find('.').map_or((text, ""), |dot| text.split_at(dot));
        let mut whole = path(handle).ok_or_else(|| unknown(text, parameters))?;
        let last = whole.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        if last.starts_with(char::is_uppercase) && rest.is_empty() {
            return Self::table(text, None, place);
        }
        if whole.segments.len() < 2 {
            return Err(unknown(text, parameters));
        }
        whole.segments.pop();
        whole.segments.pop_punct();
        Ok(Self::Column(whole, format!("{last}{rest}")))
    }

    fn table(model: &str, alias: Option<&str>, place: &Place) -> Result<Self, String> {
        let model_path = path(model).ok_or_else(|| format!("`{model}` is not the path of a model"))?;
        if let Some(alias) = alias.filter(|alias| syn::parse_str::<Ident>(alias).is_err()) {
            return Err(format!("`{alias}` is not an alias: write `{{{model} as o}}`"));
        }
        match place.clause {
            Clause::List => {
                let columns = alias.map_or_else(|| format!("{model}::*"), |alias| format!("{alias}.*"));
                Err(format!("a table cannot stand in a list of columns: write `{{{columns}}}` for all its columns"))
            }
            _ => Ok(Self::Table { model: model_path, alias: alias.map(str::to_owned) }),
        }
    }
}

impl QueryText {
    fn push(&mut self, text: &str) {
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ if text.is_empty() => {}
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
    }

    /// Appends what stands for a hole.
    fn fill(&mut self, hole: &Hole, place: &Place, sources: &[Source], span: Span) -> Result<(), String> {
        match hole {
            Hole::Parameter(parameter) => {
                let known = self.parameters.iter().position(|known| known == parameter);
                let number = known.unwrap_or_else(|| {
                    self.parameters.push(*parameter);
                    self.parameters.len() - 1
                });
                self.push(&format!("${}", number + 1));
            }
            Hole::Table { model, .. } if place.clause == Clause::Of => {
                let source = only_source(model, sources, &model_name(model))?;
                self.qualify(source, span);
            }
            Hole::Table { model, alias } => {
                self.pieces.push(Piece::Table(at(model, span)));
                if let Some(alias) = alias {
                    self.push(&format!(" AS {alias}"));
                }
            }
            Hole::Columns(model) => {
                let source = only_source(model, sources, &format!("{}::*", model_name(model)))?;
                self.pieces.push(Piece::Columns(at(&source.model, span), source.alias.clone()));
            }
            Hole::ColumnsOf(alias) => {
                let source = aliased(alias, sources)?;
                self.pieces.push(Piece::Columns(at(&source.model, span), source.alias.clone()));
            }
            Hole::Column(model, column) => {
                if !place.bare {
                    let source = only_source(model, sources, &format!("{}::{column}", model_name(model)))?;
                    self.qualify(source, span);
                    self.push(".");
                }
                self.column(model, column, span)?;
            }
            Hole::ColumnOf(alias, column) => {
                let source = aliased(alias, sources)?;
                if !place.bare {
                    self.push(&format!("{alias}."));
                }
                self.column(&source.model, column, span)?;
            }
        }
        Ok(())
    }

    /// Appends the alias of a table, or its name if it has none.
    fn qualify(&mut self, source: &Source, span: Span) {
        match &source.alias {
            Some(alias) => self.push(alias),
            None => self.pieces.push(Piece::TableName(at(&source.model, span))),
        }
    }

    fn column(&mut self, model: &Path, column: &str, span: Span) -> Result<(), String> {
        let parsed: TokenStream = column.parse().map_err(|_| format!("`{column}` is not a column"))?;
        let column = at(&parsed, span);
        let model = at(model, span);
        self.pieces.push(Piece::Column(quote!(#model::#column)));
        Ok(())
    }
}

/// Returns the table that a hole with this model means.
fn only_source<'s>(model: &Path, sources: &'s [Source], hole: &str) -> Result<&'s Source, String> {
    let name = model_name(model);
    let mut of_model = sources.iter().filter(|source| model_name(&source.model) == name);
    let Some(first) = of_model.next() else {
        return Err(format!(
            "`{{{hole}}}`: the query does not name the table of `{name}`; write `{{{name}}}` where it reads or writes it"
        ));
    };
    if of_model.any(|other| other.alias != first.alias) {
        let column = hole.rsplit("::").next().unwrap_or_default();
        return Err(format!(
            "`{{{hole}}}`: the query has `{name}` more than once; write `{{alias.{column}}}` with the alias of the one that is meant"
        ));
    }
    Ok(first)
}

/// Returns the table with this alias.
fn aliased<'s>(alias: &str, sources: &'s [Source]) -> Result<&'s Source, String> {
    let mut of_alias = sources.iter().filter(|source| source.alias.as_deref() == Some(alias));
    let Some(first) = of_alias.next() else {
        let aliases: Vec<&str> = sources.iter().filter_map(|source| source.alias.as_deref()).collect();
        let hint = if aliases.is_empty() { String::new() } else { format!("; the aliases are {}", list(&aliases)) };
        return Err(format!(
            "no table has the alias `{alias}`: write `{{Model as {alias}}}` where the query reads it{hint}"
        ));
    };
    if of_alias.any(|other| model_name(&other.model) != model_name(&first.model)) {
        return Err(format!("`{alias}` is the alias of two models: give each its own"));
    }
    Ok(first)
}

fn model_name(model: &Path) -> String {
    model.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

fn unknown(text: &str, parameters: &[&Ident]) -> String {
    let names: Vec<String> = parameters.iter().map(ToString::to_string).collect();
    if let Some(near) = nearest(text, names.iter().map(String::as_str)) {
        return format!("there is no parameter `{text}`: did you mean `{{{near}}}`?");
    }
    let known = if names.is_empty() { "the query has none".to_owned() } else { format!("there are {}", list(&names)) };
    format!("there is no parameter `{text}`: {known}; a model is written `{{Order}}`, its column `{{Order::id}}`")
}

fn path(text: &str) -> Option<Path> {
    syn::parse_str::<Path>(text).ok()
}

/// Returns the tokens with the place of the text, so that the compiler blames it.
fn at(tokens: &impl ToTokens, span: Span) -> TokenStream {
    let moved = |mut token: TokenTree| {
        token.set_span(span);
        token
    };
    tokens.to_token_stream().into_iter().map(moved).collect()
}
