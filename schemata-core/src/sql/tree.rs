//! SQL as a tree: expressions, conditions and queries, which contain one another.
//!
//! The tree is untyped; `query` has the types. Values are shared, so a clone of a tree binds the same parameters. Each kind of
//! node has a file that builds it and one that writes it: `expr`, `filter`, `select`.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::VecDeque;

use crate::param::{Param, ParamArray};
use crate::schema::{SqlType, Table};

/// An expression.
#[derive(Clone)]
pub(crate) enum Expr {
    /// A column.
    Column(ColumnRef),
    /// A bound value, with the type to cast it to where PostgreSQL would have to guess one.
    Value(Param, Option<&'static SqlType>),
    /// Text that the library wrote, like `count(*)`.
    Text(Cow<'static, str>),
    /// An expression with others inside, and the depth of its nesting.
    Tree(Box<Node>, u32),
    /// Stands for an expression that was nested too deeply. A statement with it is not sent.
    TooDeep,
}

/// A column, and where to look for its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ColumnRef {
    pub(crate) table: TableRef,
    pub(crate) name: &'static str,
}

/// The table of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableRef {
    /// The first table of the query.
    First,
    /// The table of this model or alias: of the query, otherwise of a query around it.
    Model(TypeId),
    /// The table of this model or alias in a query around this one.
    Outer(TypeId),
}

/// An expression with others inside.
#[derive(Clone)]
pub(crate) enum Node {
    /// Texts with an expression between each two of them: one text more than expressions.
    Pieces(Cow<'static, [&'static str]>, Vec<Expr>),
    /// The same, of text that the user wrote. It may hold sub-selects, so that every column is qualified.
    Fragment(&'static [&'static str], Vec<Expr>),
    /// Expressions separated by commas, between two texts.
    List(Cow<'static, str>, Vec<Expr>, &'static str),
    /// `CAST(… AS type)`.
    Cast(Expr, &'static SqlType),
    /// A condition.
    Holds(Filter),
    /// `CASE WHEN … THEN … ELSE … END`.
    Case(Vec<(Filter, Expr)>, Option<Expr>),
    /// A query between two texts.
    Query(&'static str, Box<Query>, &'static str),
    /// An aggregate, or a function of a window.
    Aggregate(Aggregate),
}

/// A call of an aggregate or of a window function.
#[derive(Clone)]
pub(crate) struct Aggregate {
    /// The name of the function.
    pub(crate) function: Cow<'static, str>,
    pub(crate) distinct: bool,
    /// The arguments. None are written as `*` by `count`.
    pub(crate) arguments: Vec<Expr>,
    pub(crate) order: Vec<SortKey>,
    /// `WITHIN GROUP (ORDER BY …)`.
    pub(crate) within_group: Option<Box<SortKey>>,
    pub(crate) filter: Option<Filter>,
    pub(crate) window: Option<Box<Window>>,
}

/// The window of a function: `OVER (…)`.
#[derive(Clone, Default)]
pub(crate) struct Window {
    pub(crate) partition: Vec<Expr>,
    pub(crate) order: Vec<SortKey>,
    /// The frame; `None` for PostgreSQL's default.
    pub(crate) frame: Option<Frame>,
    /// The rows that are left out of the frame, like ` EXCLUDE CURRENT ROW`; empty for none.
    pub(crate) exclusion: &'static str,
}

/// The rows of a partition that a window function sees: `ROWS BETWEEN … AND …`.
#[derive(Clone)]
pub(crate) struct Frame {
    /// The unit, like `ROWS BETWEEN `.
    pub(crate) unit: &'static str,
    pub(crate) start: FrameBound,
    pub(crate) end: FrameBound,
}

/// An end of a frame: `CURRENT ROW`, or an offset and ` PRECEDING`.
#[derive(Clone)]
pub(crate) struct FrameBound {
    pub(crate) offset: Option<Expr>,
    pub(crate) word: &'static str,
}

/// A key of ORDER BY.
#[derive(Clone)]
pub(crate) struct SortKey {
    /// The expression to sort by.
    pub(crate) expr: Expr,
    /// Whether the largest value comes first.
    pub(crate) descending: bool,
    /// Whether NULLs come first.
    pub(crate) nulls_first: bool,
}

/// A condition on rows, or on groups of them.
#[derive(Clone)]
pub(crate) enum Filter {
    /// `column op $n`.
    Compare {
        /// The column or expression.
        column: Expr,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The value.
        value: Param,
        /// Whether `column op ANY($n)` is equivalent to several comparisons with `op`.
        joins: bool,
    },
    /// `column op ANY($n)`, or `column op ALL($n)`.
    CompareMany {
        /// The column or expression.
        column: Expr,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The values.
        values: ParamArray,
        /// Whether the comparison has to hold for all values, not for any.
        all: bool,
    },
    /// `column = ANY($n)`, or `column <> ALL($n)`.
    Among {
        /// The column or expression.
        column: Expr,
        /// The values, as one array.
        values: Param,
        /// Whether there are no values. The condition then holds for no row, or, negated, for every row, NULLs included.
        is_empty: bool,
        /// Whether the column must equal none of the values.
        negated: bool,
    },
    /// `column IS NULL` and similar tests.
    Postfix {
        /// The column or expression.
        column: Expr,
        /// The test, like ` IS NULL`.
        test: &'static str,
    },
    /// `left op right`.
    Operands {
        /// One side.
        left: Expr,
        /// The operator, with its spaces.
        operator: &'static str,
        /// The other side.
        right: Expr,
    },
    /// An expression of type `boolean`.
    Holds(Expr),
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
#[derive(Clone, Default)]
pub(crate) struct FilterGroup {
    /// The members in the order in which they are written.
    pub(crate) members: VecDeque<Filter>,
    pub(crate) levels: u32,
}

/// A SELECT.
#[derive(Clone)]
pub(crate) struct Query {
    /// The queries and statements before it that it reads by name.
    pub(crate) with: Vec<Cte>,
    /// If it consists of the rows of other queries, these. Only its order, limit and offset count then.
    pub(crate) combined: Option<Box<Combined>>,
    pub(crate) list: List,
    pub(crate) from: FromItem,
    pub(crate) joins: Vec<Join>,
    pub(crate) filter: Option<Filter>,
    pub(crate) removed: Removed,
    pub(crate) distinct: Distinct,
    /// Whether a row stands for a group of rows, or for all.
    pub(crate) is_grouped: bool,
    pub(crate) group: Vec<Expr>,
    pub(crate) having: Option<Filter>,
    pub(crate) order: Vec<SortKey>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
    pub(crate) lock: Option<Lock>,
    /// Whether the program changes the rows as it reads them, so that they have other columns than they seem to.
    pub(crate) is_mapped: bool,
}

/// Queries whose rows become those of one: `(…) UNION (…)`.
#[derive(Clone)]
pub(crate) struct Combined {
    /// Like ` UNION ALL `.
    pub(crate) operator: &'static str,
    /// Two queries or more. PostgreSQL combines them from left to right.
    pub(crate) queries: Vec<Query>,
}

/// A common table expression: a query or a statement with a name, before the query that reads it.
#[derive(Clone)]
pub(crate) struct Cte {
    /// The source that reads it.
    pub(crate) source: TypeId,
    /// The name and the names of the columns.
    pub(crate) table: &'static Table,
    /// ` MATERIALIZED`, ` NOT MATERIALIZED`, or empty for PostgreSQL's own choice.
    pub(crate) materialized: &'static str,
    pub(crate) body: CteBody,
}

/// What a common table expression runs.
#[derive(Clone)]
pub(crate) enum CteBody {
    /// A query.
    Query(Box<Query>),
    /// A query, and another one for the rows that follow from those found last, until there are none.
    Recursive {
        first: Box<Query>,
        /// ` UNION ` or ` UNION ALL `.
        operator: &'static str,
        next: Box<Query>,
    },
    /// A write, such as `UPDATE … RETURNING …`. Its text is made when the statement has an executor; its values are then bound.
    Write(Vec<WrittenStatement>),
}

/// A write as text. Its placeholders are those of the statement that it becomes a part of.
#[derive(Clone)]
pub(crate) struct WrittenStatement {
    /// The name by which the next write reads its rows. The last one has the name of its common table expression.
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The expressions that a query lists.
#[derive(Clone)]
pub(crate) enum List {
    /// All columns of the first table.
    Whole,
    /// These.
    Of(Vec<Expr>),
}

/// What a query reads: a table, or what stands for one.
#[derive(Clone)]
pub(crate) struct FromItem {
    /// The model or alias that stands for it; `None` in a query that the library makes by itself.
    pub(crate) model: Option<TypeId>,
    /// The name to call it by where a query has several tables.
    pub(crate) name: &'static str,
    /// The columns. If the relation is not a table, the primary key is empty, and nothing is soft-deleted.
    pub(crate) table: &'static Table,
    pub(crate) relation: Relation,
}

/// The origin of the rows of a [`FromItem`].
#[derive(Clone)]
pub(crate) enum Relation {
    /// The table itself.
    Table,
    /// The common table expression that this source reads.
    Cte(TypeId),
    /// A query.
    Query {
        query: Box<Query>,
        /// Whether it reads the tables before it.
        is_lateral: bool,
    },
    /// A call of a function that returns rows.
    Function {
        call: Expr,
        /// Whether the last column numbers the rows.
        is_numbered: bool,
    },
}

/// A joined table.
#[derive(Clone)]
pub(crate) struct Join {
    pub(crate) kind: JoinKind,
    pub(crate) item: FromItem,
    /// The condition; `None` for CROSS JOIN.
    pub(crate) on: Option<Filter>,
}

/// The rows without a partner that a join keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JoinKind {
    /// None.
    Inner,
    /// Those of the tables before it.
    Left,
    /// Those of the joined table.
    Right,
    /// Those of both sides.
    Full,
}

/// The rows that remain of equal ones.
#[derive(Clone, Default)]
pub(crate) enum Distinct {
    /// All rows.
    #[default]
    No,
    /// One of the rows that are equal in everything that is listed.
    Rows,
    /// The first of the rows that are equal in these expressions.
    On(Vec<Expr>),
}

/// How rows are locked.
#[derive(Clone)]
pub(crate) struct Lock {
    /// Like ` FOR UPDATE`.
    pub(crate) strength: &'static str,
    /// Like ` SKIP LOCKED`; empty to wait.
    pub(crate) waiting: &'static str,
    /// The tables whose rows are locked; none for all.
    pub(crate) of: Vec<TypeId>,
}

/// The rows of a soft-delete table that a statement sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Removed {
    /// Live rows.
    #[default]
    Hidden,
    /// All rows.
    Shown,
    /// Removed rows.
    Only,
}
