//! Combines conditions.
//!
//! Groups of one kind are kept flat, and a condition nested deeper than [`MOST_LEVELS`] becomes [`Filter::TooDeep`], so that
//! walking and dropping a tree takes little of the stack.

use std::collections::VecDeque;

use crate::param::Param;
use crate::sql::expr::MOST_LEVELS;
use crate::sql::tree::{Expr, Filter, FilterGroup};

impl FilterGroup {
    fn pair(one: Filter, other: Filter) -> Self {
        Self { levels: 1 + one.levels().max(other.levels()), members: VecDeque::from([one, other]) }
    }

    fn append(&mut self, member: Filter) {
        self.levels = self.levels.max(1 + member.levels());
        self.members.push_back(member);
    }

    fn prepend(&mut self, member: Filter) {
        self.levels = self.levels.max(1 + member.levels());
        self.members.push_front(member);
    }

    /// Joins two lists of members, in this order. The shorter one is moved, so that building a list at either end takes time
    /// in proportion to its members.
    fn join(mut self, mut other: Self) -> Self {
        let levels = self.levels.max(other.levels);
        if self.members.len() >= other.members.len() {
            self.members.append(&mut other.members);
            return Self { levels, ..self };
        }
        while let Some(member) = self.members.pop_back() {
            other.members.push_front(member);
        }
        Self { levels, ..other }
    }
}

impl Filter {
    /// `"column" = $n`.
    pub(crate) fn equals(column: &'static str, value: Param) -> Self {
        Self::Compare { column: Expr::first(column), operator: " = ", value, joins: false }
    }

    /// Returns a condition made of an expression of type `boolean`.
    pub(crate) fn holds(expr: Expr) -> Self {
        if matches!(expr, Expr::TooDeep) { Self::TooDeep } else { Self::Holds(expr) }
    }

    /// Returns a condition that holds if all of these hold.
    pub(crate) fn all(members: impl IntoIterator<Item = Self>) -> Self {
        members.into_iter().fold(Self::And(FilterGroup::default()), Self::and)
    }

    /// Returns the condition that each column has its value. That of one column has no group around it.
    pub(crate) fn key(parts: impl IntoIterator<Item = (&'static str, Param)>) -> Self {
        let parts = parts.into_iter().map(|(column, value)| Self::equals(column, value));
        parts.reduce(Self::and).unwrap_or_else(|| Self::all([]))
    }

    /// Returns a condition that holds if any of these holds.
    pub(crate) fn any(members: impl IntoIterator<Item = Self>) -> Self {
        members.into_iter().fold(Self::Or(FilterGroup::default()), Self::or)
    }

    /// Returns a condition that holds if both hold.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::And(all), Self::And(more)) => Self::And(all.join(more)),
            (Self::And(mut all), other) => {
                all.append(other);
                Self::And(all)
            }
            (one, Self::And(mut all)) => {
                all.prepend(one);
                Self::And(all)
            }
            (one, other) => Self::And(FilterGroup::pair(one, other)),
        }
        .bounded()
    }

    /// Returns a condition that holds if either holds.
    pub(crate) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Or(any), Self::Or(more)) => Self::Or(any.join(more)),
            (Self::Or(mut any), other) => {
                any.append(other);
                Self::Or(any)
            }
            (one, Self::Or(mut any)) => {
                any.prepend(one);
                Self::Or(any)
            }
            (one, other) => Self::Or(FilterGroup::pair(one, other)),
        }
        .bounded()
    }

    /// Negates the condition. A double negation is removed; NULL stays NULL.
    pub(crate) fn negate(self) -> Self {
        match self {
            Self::Not { inner, .. } => *inner,
            other => {
                let levels = 1 + other.levels();
                Self::Not { inner: Box::new(other), levels }.bounded()
            }
        }
    }

    /// Returns the depth of groups, negations and expressions in it.
    pub(crate) fn levels(&self) -> u32 {
        match self {
            Self::And(group) | Self::Or(group) => group.levels,
            Self::Not { levels, .. } => *levels,
            Self::Compare { column, .. }
            | Self::CompareMany { column, .. }
            | Self::Among { column, .. }
            | Self::Postfix { column, .. }
            | Self::Holds(column) => column.levels(),
            Self::Operands { left, right, .. } => left.levels().max(right.levels()),
            Self::TooDeep => 0,
        }
    }

    fn bounded(self) -> Self {
        if self.levels() > MOST_LEVELS { Self::TooDeep } else { self }
    }

    /// Returns whether it is the empty condition, which holds for every row.
    pub(crate) fn always_holds(&self) -> bool {
        match self {
            Self::And(all) => all.members.iter().all(Self::always_holds),
            Self::Or(any) => any.members.iter().any(Self::always_holds),
            Self::Not { inner, .. } => inner.never_holds(),
            Self::Among { is_empty, negated, .. } => *is_empty && *negated,
            _ => false,
        }
    }

    fn never_holds(&self) -> bool {
        match self {
            Self::And(all) => all.members.iter().any(Self::never_holds),
            Self::Or(any) => any.members.iter().all(Self::never_holds),
            Self::Not { inner, .. } => inner.always_holds(),
            Self::Among { is_empty, negated, .. } => *is_empty && !*negated,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::param::Param;

    #[test]
    fn a_negation_counts_as_a_level() {
        let is_null = || Filter::Postfix { column: "a".into(), test: " IS NULL" };
        let nested = |levels: u32| {
            (0..levels).fold(is_null(), |it, level| if level % 2 == 0 { it.and(is_null()) } else { it.or(is_null()) })
        };
        assert_eq!(nested(MOST_LEVELS - 1).negate().levels(), MOST_LEVELS);
        assert!(matches!(nested(MOST_LEVELS).negate(), Filter::TooDeep));
    }

    #[test]
    fn a_condition_that_holds_for_every_row_is_known_through_groups_and_negations() {
        let among = |negated| Filter::Among {
            column: "a".into(),
            values: Param::new(Vec::<i32>::new()),
            is_empty: true,
            negated,
        };
        let (every, none) = (|| among(true), || among(false));
        let is_null = || Filter::Postfix { column: "a".into(), test: " IS NULL" };
        for filter in
            [every(), every().and(every()), is_null().or(every()), none().negate(), none().and(is_null()).negate()]
        {
            assert!(filter.always_holds());
        }
        assert!(every().negate().and(is_null()).negate().always_holds());
        for filter in [none(), is_null(), every().and(is_null()), none().or(is_null()).negate(), every().negate()] {
            assert!(!filter.always_holds());
        }
    }
}
