//! Builds and writes combinations of queries: UNION, INTERSECT, EXCEPT; and queries over the rows of another query.

use crate::schema::Table;
use crate::sql::expr::{MOST_LEVELS, SUBSELECT_LEVELS};
use crate::sql::lock;
use crate::sql::scope::Scope;
use crate::sql::tree::{Combined, Expr, Filter, FromItem, List, Query, Relation};
use crate::sql::writer::Sql;

/// Stands for the rows of a query whose columns need no names.
const ROWS: Table = Table::new("rows", &[], &[]);

impl Query {
    /// Combines the rows of two queries. Further ones with the same operator are added to the combination, so that long
    /// ones stay flat.
    pub(crate) fn combine(mut self, operator: &'static str, other: Self) -> Self {
        let is_whole = self.order.is_empty() && self.limit.is_none() && self.offset.is_none() && self.with.is_empty();
        if let Some(combined) = &mut self.combined
            && combined.operator == operator
            && is_whole
        {
            combined.queries.push(other);
            return self;
        }
        let from = FromItem::of(self.from.table);
        if self.levels().max(other.levels()) + 1 > MOST_LEVELS {
            return Self { filter: Some(Filter::TooDeep), ..Self::from(from) };
        }
        let combined = Some(Box::new(Combined { operator, queries: vec![self, other] }));
        Self { combined, ..Self::from(from) }
    }

    /// Returns a query for the rows of this one, to filter or to count them. It has the same columns.
    pub(crate) fn wrapped(mut self) -> Self {
        let (with, is_mapped) = (std::mem::take(&mut self.with), std::mem::take(&mut self.is_mapped));
        let list = List::Of(vec![Expr::Text("*".into())]);
        Self { with, list, is_mapped, ..Self::from(FromItem::of(&ROWS).reading(self, false)) }
    }

    /// Returns a query that is not sent, because the program changes the rows of this one.
    pub(crate) fn unreadable(self) -> Self {
        Self::from(FromItem::of(&ROWS).reading(self, false))
    }
}

impl Combined {
    /// Writes the combination in the place of a SELECT.
    pub(crate) fn write(&self, sql: &mut Sql, scope: &Scope<'_>) {
        let beside = scope.beside();
        sql.list(self.operator, &self.queries, |sql, query| {
            sql.push("(");
            if query.lock.is_some() {
                sql.refuse(lock::COMBINED);
            }
            query.write_inner(sql, &beside);
            sql.push(")");
        });
    }
}

impl FromItem {
    /// Returns the item with the rows of a query. One that is nested too deeply is replaced by one that is not sent.
    pub(crate) fn reading(self, query: Query, is_lateral: bool) -> Self {
        let query = if query.levels() + SUBSELECT_LEVELS > MOST_LEVELS {
            Query { filter: Some(Filter::TooDeep), ..Query::from(Self::of(&ROWS)) }
        } else {
            query
        };
        Self { relation: Relation::Query { query: Box::new(query), is_lateral }, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Ident;
    use crate::sql::expr::TOO_DEEP;
    use crate::sql::select::select;

    #[test]
    fn a_query_that_reads_queries_too_deeply_is_not_sent() {
        let refusal = |count: u32| {
            let nested = (0..count).fold(Query::of(&ROWS), |query, _| query.wrapped());
            select(&Ident::public(), &nested).refusal
        };
        let most = MOST_LEVELS / SUBSELECT_LEVELS;
        assert_eq!((refusal(most), refusal(most + 1)), (None, Some(TOO_DEEP)));
    }

    #[test]
    fn combinations_nested_too_deeply_are_not_sent() {
        let refusal = |count: u32| {
            let operators = [" UNION ", " EXCEPT "].into_iter().cycle();
            let nested = operators
                .take(count as usize)
                .fold(Query::of(&ROWS), |query, operator| query.combine(operator, Query::of(&ROWS)));
            select(&Ident::public(), &nested).refusal
        };
        assert_eq!((refusal(MOST_LEVELS), refusal(MOST_LEVELS + 1)), (None, Some(TOO_DEEP)));
    }

    #[test]
    fn a_combination_grows_only_by_the_operator_that_it_has_and_before_its_order_and_page() {
        let rows = || Query::of(&ROWS);
        let count =
            |query: Query| query.combine(" UNION ", rows()).combined.map_or(0, |combined| combined.queries.len());
        let combined = || rows().combine(" UNION ", rows());
        assert_eq!((count(rows()), count(combined()), count(rows().combine(" EXCEPT ", rows()))), (2, 3, 2));
        for part in [
            Query {
                order: vec![crate::sql::tree::SortKey { expr: "id".into(), descending: false, nulls_first: false }],
                ..combined()
            },
            Query { limit: Some(1), ..combined() },
            Query { offset: Some(1), ..combined() },
        ] {
            assert_eq!(count(part), 2);
        }
    }
}
