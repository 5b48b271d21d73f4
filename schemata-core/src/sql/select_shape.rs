//! The shapes of queries. Only plain ones have a shape: tables and joins, columns, comparisons with values and among columns. A query
//! with anything else is found by the parts of its text.

use crate::ident::Ident;
use crate::param::{Bound, Param};
use crate::sql::filter_text::MANY;
use crate::sql::select::select;
use crate::sql::shape::Shape;
use crate::sql::tree::{Distinct, Expr, Filter, FromItem, List, Query, Relation, TableRef};
use crate::sql::writer::Sql;

impl Query {
    /// Returns the shape of the query, with its values as [`select`] binds them. Each part begins with a number that tells it from
    /// others, and lists with their length, so that different queries have different shapes.
    pub(crate) fn shape(&self) -> Option<Shape> {
        let is_plain = self.with.is_empty()
            && self.combined.is_none()
            && !self.is_grouped
            && self.group.is_empty()
            && self.having.is_none()
            && self.lock.is_none()
            && matches!(self.distinct, Distinct::No);
        if !is_plain {
            return None;
        }
        let mut shape = Shape::new();
        shape.word(self.removed as usize);
        shape.item(&self.from)?;
        match &self.list {
            List::Whole => shape.word(0),
            List::Of(list) => {
                shape.word(1 + list.len());
                list.iter().try_for_each(|expr| shape.column(expr))?;
            }
        }
        shape.word(self.joins.len());
        for join in &self.joins {
            shape.word(join.kind as usize);
            shape.item(&join.item)?;
            shape.condition(join.on.as_ref())?;
        }
        shape.condition(self.filter.as_ref())?;
        shape.word(self.order.len());
        for key in &self.order {
            shape.column(&key.expr)?;
            shape.word(usize::from(key.descending) + usize::from(key.nulls_first) * 2);
        }
        for number in [self.limit, self.offset] {
            shape.word(usize::from(number.is_some()));
            if let Some(number) = number {
                shape.value(Param::new(number), None);
            }
        }
        Some(shape)
    }

    /// Returns the text of a query whose shape is `shape`.
    pub(crate) fn text_of_shape(&self, schema: &Ident, shape: &Shape) -> String {
        shape.text_of(&select(schema, self))
    }
}

impl Shape {
    /// Returns the text of a statement of this shape.
    pub(crate) fn text_of(&self, sql: &Sql) -> String {
        let binds_alike = |(one, other): (&Bound, &Bound)| one.column == other.column && one.value.equals(&other.value);
        debug_assert!(
            sql.params.len() == self.params.len() && sql.params.iter().zip(&self.params).all(binds_alike),
            "a shape binds other values than its text: {:?}",
            sql.text
        );
        sql.text.to_text()
    }

    fn item(&mut self, item: &FromItem) -> Option<()> {
        if !matches!(item.relation, Relation::Table) {
            return None;
        }
        self.table(item.table);
        self.text(item.name);
        self.word(usize::from(item.model.is_some()));
        if let Some(model) = item.model {
            self.model(model);
        }
        Some(())
    }

    fn column(&mut self, expr: &Expr) -> Option<()> {
        let column = expr.as_column()?;
        match column.table {
            TableRef::First => self.word(1),
            TableRef::Model(model) => {
                self.word(2);
                self.model(model);
            }
            TableRef::Outer(_) => return None,
        }
        self.text(column.name);
        Some(())
    }

    fn condition(&mut self, filter: Option<&Filter>) -> Option<()> {
        if let Some(filter) = filter {
            return self.filter(filter);
        }
        self.word(0);
        Some(())
    }

    /// Appends a condition; `None` if it holds anything but comparisons.
    pub(crate) fn filter(&mut self, filter: &Filter) -> Option<()> {
        match filter {
            Filter::Compare { column, operator, value, .. } => {
                self.word(1);
                self.column(column)?;
                self.text(operator);
                self.compared(column, value);
            }
            Filter::Among { column, values, negated, .. } => {
                self.word(2 + usize::from(*negated));
                self.column(column)?;
                self.compared(column, values);
            }
            Filter::Postfix { column, test } => {
                self.word(4);
                self.column(column)?;
                self.text(test);
            }
            Filter::Operands { left, operator, right } => {
                self.word(5);
                self.column(left)?;
                self.text(operator);
                self.column(right)?;
            }
            Filter::And(group) | Filter::Or(group) if group.members.len() < MANY => {
                self.word(6 + usize::from(matches!(filter, Filter::Or(_))));
                self.word(group.members.len());
                group.members.iter().try_for_each(|member| self.filter(member))?;
            }
            Filter::Not { inner, .. } => {
                self.word(8);
                self.filter(inner)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn compared(&mut self, column: &Expr, value: &Param) {
        self.cast(value.cast());
        self.value(value.clone(), column.as_column().map(|column| column.name));
    }
}
