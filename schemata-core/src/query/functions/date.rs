//! Functions on dates and times (PostgreSQL manual 9.9). Their operators are in `query/date_arithmetic.rs`.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use crate::query::argument::{Argument, ExprNull, InnerType, OrNull2};
use crate::query::expr::{Expr, IntoExpr};
use crate::query::functions::unit::{Field, Unit};
use crate::schema::{ColumnType, Interval};
use crate::sql::tree::{Expr as Tree, Node};

/// Returns the time at which the transaction began, the same throughout the transaction.
pub fn now() -> Expr<(), DateTime<Utc>> {
    Expr::new(Tree::Text("now()".into()))
}

/// Returns the present time, which changes during a statement.
pub fn clock_timestamp() -> Expr<(), DateTime<Utc>> {
    Expr::new(Tree::Text("clock_timestamp()".into()))
}

/// Returns the date at which the transaction began, in the time zone of the session.
pub fn current_date() -> Expr<(), NaiveDate> {
    Expr::new(Tree::Text("current_date".into()))
}

/// A time with a date: `DateTime<Utc>`, which is `timestamptz`, and `NaiveDateTime`, which is `timestamp`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timestamp",
    note = "a date becomes one by `.cast::<NaiveDateTime>()`"
)]
pub trait Truncates: ColumnType {}

impl Truncates for DateTime<Utc> {}
impl Truncates for NaiveDateTime {}

/// Returns the time at which the unit began: `date_trunc(unit::Month, Order::placed_at)`. The unit is a literal in the statement,
/// so that the expression can be listed and grouped by.
///
/// A `timestamptz` is truncated in the time zone of the session; see [`date_trunc_in`].
///
/// ```
/// # use schemata::{prelude::*, query::{count, functions::{date_trunc_in, unit}}};
/// # use chrono::{DateTime, Utc};
/// # #[derive(TableModel)]
/// # pub struct Order { #[column(primary_key)] pub id: i64, pub placed_at: DateTime<Utc> }
/// let month = date_trunc_in(unit::Month, Order::placed_at, "Europe/Vienna");
/// let by_month = Order::select().group_by(month.clone()).aggregate(count()).order_by(month.asc());
/// # drop(by_month);
/// ```
pub fn date_trunc<U: Unit, A: IntoExpr>(_: U, time: A) -> Expr<A::Reads, A::Type>
where
    InnerType<A>: Truncates,
{
    Expr::new(Tree::call(format!("date_trunc('{}', ", U::NAME), vec![time.__expr().tree]))
}

/// As [`date_trunc`], in a time zone, by its name: `Europe/Vienna`. An unknown zone is a database error (22023).
pub fn date_trunc_in<U: Unit, A: Argument<DateTime<Utc>>, Z: Argument<String>>(
    _: U,
    time: A,
    zone: Z,
) -> Expr<Z::With<A::Reads>, OrNull2<A::Null, Z::Null, DateTime<Utc>>> {
    let arguments = vec![time.__argument().0, zone.__argument().0];
    Expr::new(Tree::call(format!("date_trunc('{}', ", U::NAME), arguments))
}

/// What [`extract`] reads a field of: timestamps, dates, times and intervals.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no fields of time",
    label = "expected a time, a date or an interval"
)]
pub trait OfTime: ColumnType {}

impl OfTime for DateTime<Utc> {}
impl OfTime for NaiveDateTime {}
impl OfTime for NaiveDate {}
impl OfTime for NaiveTime {}
impl OfTime for Interval {}

/// Returns a field of a time: `extract(unit::Year, Order::placed_at)`. The seconds between two times are `extract(unit::Epoch,
/// Order::shipped_at - Order::placed_at)`.
///
/// The result is an `f64`, although PostgreSQL returns `numeric` since version 14: a field with its fraction has at most 16
/// digits. It is an `Option` for a recurring field such as `Month`, which `infinity` does not have. A field that the type lacks, such as
/// the hour of a date, is a database error (0A000 or 22023). The fields of a `timestamptz` are those in the time zone of the
/// session; see [`at_time_zone`].
pub fn extract<F: Field, A: IntoExpr>(_: F, time: A) -> Expr<A::Reads, OrNull2<ExprNull<A>, F::Null, f64>>
where
    InnerType<A>: OfTime,
{
    let field = Tree::call(format!("extract({} FROM ", F::NAME), vec![time.__expr().tree]);
    Expr::new(Tree::tree(Node::Cast(field, &f64::SQL_TYPE)))
}

/// Returns `time - since` in years, months, days and time. Two times with time zone are counted in that of the session.
pub fn age<A: IntoExpr, B: Argument<InnerType<A>>>(
    time: A,
    since: B,
) -> Expr<B::With<A::Reads>, OrNull2<ExprNull<A>, B::Null, Interval>>
where
    InnerType<A>: Truncates,
{
    Expr::new(Tree::pieces(&["age(", ", ", ")"], [time.__expr().tree, since.__argument().0]))
}

/// Timestamps, with the type that [`at_time_zone`] makes of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a timestamp",
    note = "a date becomes one by `.cast::<NaiveDateTime>()`"
)]
pub trait Zoned: ColumnType {
    /// A `timestamp` for a `timestamptz`, and the reverse.
    type Other: ColumnType<Inner = Self::Other>;
}

impl Zoned for DateTime<Utc> {
    type Other = NaiveDateTime;
}

impl Zoned for NaiveDateTime {
    type Other = DateTime<Utc>;
}

/// The other one of the two types of timestamps.
type OtherOf<A> = <InnerType<A> as Zoned>::Other;

/// Converts between a time and what clocks of a zone show: a `timestamptz` becomes the local `timestamp`, and a `timestamp`, taken
/// as local, the `timestamptz`. An unknown zone is a database error (22023).
pub fn at_time_zone<A: IntoExpr, Z: Argument<String>>(
    time: A,
    zone: Z,
) -> Expr<Z::With<A::Reads>, OrNull2<ExprNull<A>, Z::Null, OtherOf<A>>>
where
    InnerType<A>: Zoned,
{
    Expr::new(Tree::pieces(&["(", " AT TIME ZONE ", ")"], [time.__expr().tree, zone.__argument().0]))
}
