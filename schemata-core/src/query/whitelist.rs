//! Sorting and filtering as a request asks for it: the names that a client may use, and what they stand for.

use std::fmt;
use std::str::FromStr;

use crate::param::Param;
use crate::query::condition::Condition;
use crate::query::expr::IntoExpr;
use crate::query::order::Order;
use crate::query::scope::ReadBy;
use crate::query::text::TextColumn;
use crate::query::unbounded_impls::opaque_debug;
use crate::schema::{ArrayElement, ColumnType};
use crate::sql::tree::{Expr as Tree, Filter};

/// What a request asked for and may not, or cannot, have: fit for an answer with status 400. It names what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// No sort key has this name.
    #[error("cannot sort by {name:?}: the sort keys are {}", known.join(", "))]
    UnknownSort {
        /// The name, as the request has it.
        name: String,
        /// The names of the sort keys.
        known: Vec<&'static str>,
    },
    /// No filter has this name.
    #[error("cannot filter by {name:?}: the filters are {}", known.join(", "))]
    UnknownFilter {
        /// The name, as the request has it.
        name: String,
        /// The names of the filters.
        known: Vec<&'static str>,
    },
    /// The value cannot be read as the filter's type.
    #[error("the value of {name} is not valid: {reason}")]
    InvalidValue {
        /// The name of the filter.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
}

/// The sort keys that a request may name, for a query over `S`.
///
/// ```
/// # use schemata::{prelude::*, query::{RequestError, Sortable}};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub total: i64 }
/// # fn f(sort: &str) -> Result<(), RequestError> {
/// let sortable = Sortable::new().key("number", Order::id).key("total", Order::total);
/// let orders = Order::select().order_by(sortable.parse("-total,number")?); // the largest total first
/// # drop(orders); Ok(()) }
/// ```
#[must_use = "a whitelist does nothing until a request is parsed by it"]
pub struct Sortable<S> {
    keys: Vec<(&'static str, Order<S>)>,
}

impl<S> Default for Sortable<S> {
    fn default() -> Self {
        Self { keys: Vec::new() }
    }
}

impl<S> Clone for Sortable<S> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone() }
    }
}

impl<S> Sortable<S> {
    /// Begins a list without sort keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows to sort by a column or an expression, under this name.
    pub fn key<C: IntoExpr, I>(mut self, name: &'static str, column: C) -> Self
    where
        C::Reads: ReadBy<S, I>,
    {
        self.keys.push((name, Order::new(column.__expr().tree, false)));
        self
    }

    /// Reads names separated by commas, each with `-` before it to sort in descending order: `-total,number`. An empty text is
    /// no order; a name that is repeated counts once.
    ///
    /// # Errors
    /// [`RequestError::UnknownSort`].
    pub fn parse(&self, text: &str) -> Result<Vec<Order<S>>, RequestError> {
        let (mut orders, mut seen) = (Vec::new(), Vec::new());
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, descending) = match part.strip_prefix('-') {
                Some(name) => (name, true),
                None => (part.strip_prefix('+').unwrap_or(part), false),
            };
            let Some((name, order)) = self.keys.iter().find(|(known, _)| *known == name) else {
                let known = self.keys.iter().map(|(known, _)| *known).collect();
                return Err(RequestError::UnknownSort { name: name.to_owned(), known });
            };
            if !seen.contains(name) {
                seen.push(*name);
                orders.push(order.clone().towards(descending));
            }
        }
        Ok(orders)
    }
}

type ReadFilter<S> = Box<dyn Fn(&str) -> Result<Condition<S>, String> + Send + Sync>;

/// The filters that a request may use, for a query over `S`.
///
/// ```
/// # use schemata::{prelude::*, query::{Filterable, RequestError}};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub status: String, pub total: i64 }
/// # fn f() -> Result<(), RequestError> {
/// let filterable = Filterable::new()
///     .among("status", Order::status)
///     .at_least("min_total", Order::total)
///     .at_most("max_total", Order::total);
/// let request = [("status", "paid,shipped"), ("min_total", "100")];
/// let orders = Order::select().filter(filterable.parse(request)?);
/// # drop(orders); Ok(()) }
/// ```
#[must_use = "a whitelist does nothing until a request is parsed by it"]
pub struct Filterable<S> {
    filters: Vec<(&'static str, ReadFilter<S>)>,
}

impl<S> Default for Filterable<S> {
    fn default() -> Self {
        Self { filters: Vec::new() }
    }
}

macro_rules! comparisons {
    ($($(#[$docs:meta])* $name:ident $operator:literal;)*) => {$(
        $(#[$docs])*
        pub fn $name<C: IntoExpr, I>(self, name: &'static str, column: C) -> Self
        where
            C::Reads: ReadBy<S, I>,
            <C::Type as ColumnType>::Inner: FromStr<Err: fmt::Display>,
        {
            let column = column.__expr().tree;
            self.with(name, move |text| {
                let value: <C::Type as ColumnType>::Inner = read(text)?;
                Ok(compared(&column, $operator, Param::new(value)))
            })
        }
    )*};
}

impl<S> Filterable<S> {
    /// Begins a list without filters.
    pub fn new() -> Self {
        Self::default()
    }

    comparisons! {
        /// Allows a filter for rows whose column equals the value.
        equals " = ";
        /// Allows a filter for rows whose column is at least the value.
        at_least " >= ";
        /// Allows a filter for rows whose column is at most the value.
        at_most " <= ";
    }

    /// Allows a filter for rows whose column equals one of several values, separated by commas.
    pub fn among<C: IntoExpr, I>(self, name: &'static str, column: C) -> Self
    where
        C::Reads: ReadBy<S, I>,
        <C::Type as ColumnType>::Inner: FromStr<Err: fmt::Display> + ArrayElement,
    {
        let column = column.__expr().tree;
        self.with(name, move |text| {
            let values = text.split(',').map(read).collect::<Result<Vec<<C::Type as ColumnType>::Inner>, _>>()?;
            let (column, is_empty) = (column.clone(), values.is_empty());
            Ok(Condition::new(Filter::Among { column, values: Param::new(values), is_empty, negated: false }))
        })
    }

    /// Allows a filter for rows whose text contains the value, ignoring case. `%`, `_` and `\` stand for themselves.
    pub fn contains<C: IntoExpr<Type: TextColumn>, I>(self, name: &'static str, column: C) -> Self
    where
        C::Reads: ReadBy<S, I>,
    {
        let column = column.__expr().tree;
        self.with(name, move |text| {
            let pattern = format!("%{}%", crate::query::text::escaped(text));
            Ok(compared(&column, " ILIKE ", Param::new(pattern)))
        })
    }

    /// Allows a filter that `read` makes of the value; its error is told to the client.
    pub fn with(
        mut self,
        name: &'static str,
        read: impl Fn(&str) -> Result<Condition<S>, String> + Send + Sync + 'static,
    ) -> Self {
        self.filters.push((name, Box::new(read)));
        self
    }

    /// Reads pairs of a name and a value, as a query string has them. All must hold; no pair is no restriction.
    ///
    /// # Errors
    /// [`RequestError::UnknownFilter`], [`RequestError::InvalidValue`].
    pub fn parse<N: AsRef<str>, V: AsRef<str>>(
        &self,
        request: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Condition<S>, RequestError> {
        let conditions = request.into_iter().map(|(name, value)| {
            let name = name.as_ref();
            let Some((name, read)) = self.filters.iter().find(|(known, _)| *known == name) else {
                let known = self.filters.iter().map(|(known, _)| *known).collect();
                return Err(RequestError::UnknownFilter { name: name.to_owned(), known });
            };
            read(value.as_ref()).map_err(|reason| RequestError::InvalidValue { name, reason })
        });
        conditions.collect::<Result<Vec<_>, _>>().map(Condition::all)
    }
}

fn read<T: FromStr<Err: fmt::Display>>(text: &str) -> Result<T, String> {
    text.trim().parse().map_err(|error: T::Err| error.to_string())
}

fn compared<S>(column: &Tree, operator: &'static str, value: Param) -> Condition<S> {
    Condition::new(Filter::Compare { column: column.clone(), operator, value, joins: false })
}

opaque_debug!([S] [Sortable<S>], this { keys: this.keys.iter().map(|(name, _)| name).collect::<Vec<_>>() });
opaque_debug!([S] [Filterable<S>], this { filters: this.filters.iter().map(|(name, _)| name).collect::<Vec<_>>() });
