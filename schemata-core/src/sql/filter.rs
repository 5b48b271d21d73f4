//! Conditions as a tree.
//!
//! Groups of one kind are kept flat, and a condition nested deeper than [`MOST_LEVELS`] becomes [`Filter::TooDeep`], so that
//! walking and dropping a tree takes little of the stack.

use std::collections::VecDeque;

use crate::param::{Param, ParamArray};
use crate::sql::expr::Expr;
use crate::sql::scope::Scope;
use crate::sql::writer::Sql;

/// The deepest nesting of conditions. PostgreSQL's parser gives up at a few thousand levels, and its planner takes seconds
/// long before that.
pub(crate) const MOST_LEVELS: u32 = 250;

/// The number of levels that a sub-select counts as.
const SUBSELECT_LEVELS: u32 = 10;

/// Writes a condition that reads other tables.
pub(crate) type Nested = Box<dyn FnOnce(&mut Sql, &Scope<'_>) + Send + Sync>;

/// A condition on the rows of one table, or on groups of them.
pub(crate) enum Filter {
    /// `"column" op $n`.
    Compare {
        /// The column.
        column: Expr,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The value.
        value: Param,
        /// Whether `"column" op ANY($n)` is equivalent to several comparisons with `op`.
        joins: bool,
    },
    /// `"column" op ANY($n)`, or `"column" op ALL($n)`.
    CompareMany {
        /// The column.
        column: Expr,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The values.
        values: ParamArray,
        /// Whether the comparison has to hold for all values, not for any.
        all: bool,
    },
    /// `"column"` with a value inside an expression, like ` @? $n::text::jsonpath`.
    #[cfg(feature = "json")]
    Around {
        /// The column.
        column: Expr,
        /// The text before the value.
        before: &'static str,
        /// The value.
        value: Param,
        /// The text after the value.
        after: &'static str,
    },
    /// `"column" = ANY($n)`, or `"column" <> ALL($n)`.
    Among {
        /// The column.
        column: Expr,
        /// The values, as one array.
        values: Param,
        /// Whether there are no values. The condition then holds for no row, or, negated, for every row, NULLs included.
        is_empty: bool,
        /// Whether the column must equal none of the values.
        negated: bool,
    },
    /// `"column" IS NULL` and similar tests.
    Postfix {
        /// The column.
        column: &'static str,
        /// The test, like ` IS NULL`.
        test: &'static str,
    },
    /// `"left" op "right"`.
    Columns {
        /// One column.
        left: &'static str,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The other.
        right: &'static str,
    },
    /// A condition that reads another table.
    Nested {
        /// The function that writes it.
        write: Nested,
        /// The depth of its own nesting.
        levels: u32,
    },
    /// All members; true if there are none.
    And(FilterGroup),
    /// Any member; false if there are none.
    Or(FilterGroup),
    /// The negation of a condition.
    Not {
        /// The negated condition.
        inner: Box<Filter>,
        /// The depth of its nesting.
        levels: u32,
    },
    /// Stands for a condition that was nested too deeply. A statement with it is not sent.
    TooDeep,
}

/// The members of a group.
#[derive(Default)]
pub(crate) struct FilterGroup {
    /// The members in the order in which they are written.
    pub(crate) members: VecDeque<Filter>,
    levels: u32,
}

impl FilterGroup {
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
        Self::Compare { column: Expr::Column(column), operator: " = ", value, joins: false }
    }

    /// Returns a condition that holds if all of these hold.
    pub(crate) fn all(members: impl IntoIterator<Item = Self>) -> Self {
        members.into_iter().fold(Self::And(FilterGroup::default()), Self::and)
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
            (one, other) => Self::all([Self::And(FilterGroup::default()).and(one), other]),
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
            (one, other) => Self::any([Self::Or(FilterGroup::default()).or(one), other]),
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

    /// Returns a condition that reads another table, with `inner` as a condition on that table.
    pub(crate) fn nested(
        inner: Option<Self>,
        write: impl FnOnce(&mut Sql, &Scope<'_>, Option<Self>) + Send + Sync + 'static,
    ) -> Self {
        let levels = SUBSELECT_LEVELS + inner.as_ref().map_or(0, Self::levels);
        Self::Nested { write: Box::new(move |sql, scope| write(sql, scope, inner)), levels }.bounded()
    }

    /// Returns the depth of groups, negations and sub-selects in it.
    pub(crate) fn levels(&self) -> u32 {
        match self {
            Self::And(group) | Self::Or(group) => group.levels,
            Self::Not { levels, .. } | Self::Nested { levels, .. } => *levels,
            _ => 0,
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
