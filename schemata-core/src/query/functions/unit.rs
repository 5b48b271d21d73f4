//! Units of time: what `date_trunc` truncates to, and the fields that `extract` reads. They are types, so that a unit which a
//! function does not have is refused by the compiler, and are written into the statement as literals.

use crate::schema::{Never, Nullness, Perhaps};

/// A unit that [`date_trunc`](crate::query::functions::date_trunc) truncates to.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a unit that `date_trunc` truncates to",
    note = "they are Microseconds, Milliseconds, Second, Minute, Hour, Day, Week, Month, Quarter, Year, Decade, Century and Millennium"
)]
pub trait Unit: Field {}

/// A field that [`extract`](crate::query::functions::extract()) reads.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field of a time",
    note = "fields are the types of `schemata::query::functions::unit`"
)]
pub trait Field: Sealed {
    /// Whether the field of a time can be NULL: PostgreSQL returns NULL for the recurring fields of `infinity`.
    type Null: Nullness;
    /// Its name.
    #[doc(hidden)]
    const NAME: &'static str;
}

/// Not exported, which seals the traits of this file.
pub trait Sealed {}

macro_rules! fields {
    ($null:ident: $($(#[$docs:meta])* $name:ident $sql:literal $($unit:ident)?;)*) => {$(
        $(#[$docs])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name;
        impl Sealed for $name {}
        impl Field for $name {
            type Null = $null;
            const NAME: &'static str = $sql;
        }
        $(impl $unit for $name {})?
    )*};
}

fields! { Never:
    /// Seconds since 1970-01-01 00:00 UTC; of an interval, its length in seconds.
    Epoch "epoch";
    /// The Julian day, with the time of day as its fraction.
    Julian "julian";
    /// The year of the ISO week.
    IsoYear "isoyear";
    /// The year.
    Year "year" Unit;
    /// The year divided by ten.
    Decade "decade" Unit;
    /// The century.
    Century "century" Unit;
    /// The millennium.
    Millennium "millennium" Unit;
}

fields! { Perhaps:
    /// The seconds with their fraction, in microseconds.
    Microseconds "microseconds" Unit;
    /// The seconds with their fraction, in milliseconds.
    Milliseconds "milliseconds" Unit;
    /// The seconds with their fraction.
    Second "second" Unit;
    /// The minute.
    Minute "minute" Unit;
    /// The hour.
    Hour "hour" Unit;
    /// The day of the month; of an interval, its days.
    Day "day" Unit;
    /// The day of the week: Sunday is 0.
    DayOfWeek "dow";
    /// The day of the week: Monday is 1, Sunday 7.
    IsoDayOfWeek "isodow";
    /// The day of the year.
    DayOfYear "doy";
    /// The ISO week; weeks begin on Monday.
    Week "week" Unit;
    /// The month; of an interval, the months beyond its years.
    Month "month" Unit;
    /// The quarter.
    Quarter "quarter" Unit;
}
