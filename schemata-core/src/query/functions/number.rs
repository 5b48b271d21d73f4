//! Functions on numbers (PostgreSQL manual 9.3). Operators are in `query/arithmetic.rs`.

use crate::query::argument::{ExprNull, InnerType, OrNull, OrNull2};
use crate::query::expr::{Expr, IntoExpr};
use crate::schema::ColumnType;
use crate::sql::tree::Expr as Tree;

/// Numbers, and the type in which PostgreSQL rounds them and extracts roots.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    note = "`.cast::<…>()` changes the type of an expression"
)]
pub trait Math: ColumnType {
    /// `Decimal` for `Decimal`; `f64` for every other number, as PostgreSQL chooses its functions of `double precision`.
    type Fraction: ColumnType<Inner = Self::Fraction>;
}

macro_rules! math {
    ($($ty:ty => $fraction:ty;)*) => {$(
        impl Math for $ty {
            type Fraction = $fraction;
        }
    )*};
}

math! { i16 => f64; i32 => f64; i64 => f64; f32 => f64; f64 => f64; }
#[cfg(feature = "decimal")]
math! { rust_decimal::Decimal => rust_decimal::Decimal; }

/// The type of a fraction made of a number.
type FractionOf<A> = OrNull<ExprNull<A>, <InnerType<A> as Math>::Fraction>;

/// Returns the absolute value. That of the least integer is a database error (22003).
pub fn abs<A: IntoExpr>(number: A) -> Expr<A::Reads, A::Type>
where
    InnerType<A>: Math,
{
    Expr::new(Tree::pieces(&["abs(", ")"], [number.__expr().tree]))
}

macro_rules! fractions {
    ($($(#[$docs:meta])* $name:ident $open:literal;)*) => {$(
        $(#[$docs])*
        pub fn $name<A: IntoExpr>(number: A) -> Expr<A::Reads, FractionOf<A>>
        where
            InnerType<A>: Math,
        {
            Expr::new(Tree::pieces(&[$open, ")"], [number.__expr().tree]))
        }
    )*};
}

fractions! {
    /// Rounds to a whole number: ties away from zero for `Decimal`, to even for `f64`.
    round "round(";
    /// Rounds up to a whole number.
    ceil "ceil(";
    /// Rounds down to a whole number.
    floor "floor(";
    /// Returns -1, 0 or 1.
    sign "sign(";
    /// Returns the square root. That of a negative number is a database error (2201F).
    sqrt "sqrt(";
}

/// Rounds to `digits` after the decimal point, ties away from zero; negative digits round to tens, hundreds and so on.
/// PostgreSQL rounds only `numeric` in this way.
#[cfg(feature = "decimal")]
pub fn round_to<A, D>(number: A, digits: D) -> Expr<D::With<A::Reads>, OrNull2<A::Null, D::Null, rust_decimal::Decimal>>
where
    A: crate::query::argument::Argument<rust_decimal::Decimal>,
    D: crate::query::argument::Argument<i32>,
{
    Expr::new(Tree::pieces(&["round(", ", ", ")"], [number.__argument().0, digits.__argument().0]))
}

/// The type of a power.
type PowerOf<A, B> = OrNull2<ExprNull<A>, ExprNull<B>, <InnerType<A> as Math>::Fraction>;

/// Returns `number` raised to the power of `exponent`, both of one type: `Decimal`, or any other number as `f64`. A result that
/// is not real is a database error (2201F), and so is one that is out of range (22003).
pub fn power<A: IntoExpr, B: IntoExpr>(number: A, exponent: B) -> Expr<B::With<A::Reads>, PowerOf<A, B>>
where
    InnerType<A>: Math,
    InnerType<B>: Math<Fraction = <InnerType<A> as Math>::Fraction>,
{
    Expr::new(Tree::pieces(&["power(", ", ", ")"], [number.__expr().tree, exponent.__expr().tree]))
}

/// Returns a random number from 0 up to, but not including, 1; another one for each row. `order_by(random().asc())` shuffles rows.
pub fn random() -> Expr<(), f64> {
    Expr::new(Tree::Text("random()".into()))
}
