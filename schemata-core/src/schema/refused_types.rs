//! Types that cannot be columns although people try them: each refusal says what to write instead.

use std::rc::Rc;
use std::time::{Instant, SystemTime};

use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::Wire;
use crate::schema::column_type::ColumnType;
use crate::schema::sql_type::SqlType;

/// Implements [`ColumnType`] under a condition that never holds, so that the compiler reports the message of the condition. The
/// lifetime defers the condition to the use of the type. Each type has a call of its own, which the compiler shows.
macro_rules! refused {
    ($rust:ty, $because:ident: $message:literal, $note:literal) => {
        #[diagnostic::on_unimplemented(message = $message, label = "this type cannot be a column", note = $note)]
        #[doc(hidden)]
        pub trait $because {}

#[rustfmt::skip]
        impl ColumnType for $rust where for<'never> $rust: $because + Send + Sync {
            type Inner = Self;
            const SQL_TYPE: SqlType = SqlType::new("");

            fn decode(_: &Type, _: &[u8]) -> Wire<Self> {
                Err($message.into())
            }

            fn encode(&self, _: &Type, _: &mut BytesMut) -> Wire<IsNull> {
                Err($message.into())
            }
        }
    };
}

refused! { usize, UsizeIsNoColumn: "`usize` has no PostgreSQL type: its range depends on the machine",
"write `u32` (stored as bigint), `i64` (bigint) or `u64` (numeric), and convert with `try_from`" }
refused! { isize, IsizeIsNoColumn: "`isize` has no PostgreSQL type: its range depends on the machine",
"write `i64` (bigint) or `i32` (integer), and convert with `try_from`" }
refused! { i128, I128IsNoColumn: "`i128` has no PostgreSQL type: the widest integer, bigint, has 64 bits",
"write `i64` (bigint), or `Decimal` (numeric) for larger numbers" }
refused! { u128, U128IsNoColumn: "`u128` has no PostgreSQL type: the widest integer, bigint, has 64 bits",
"write `u64` (numeric), `Uuid` for an identifier, or `[u8; 16]` (bytea)" }
refused! { SystemTime, SystemTimeIsNoColumn: "`SystemTime` has no PostgreSQL type: it is finer than a microsecond",
"write `DateTime<Utc>` of chrono (timestamptz), and convert with `DateTime::from`" }
refused! { Instant, InstantIsNoColumn: "`Instant` has no PostgreSQL type: it is unrelated to any clock outside the process",
"write `DateTime<Utc>` of chrono (timestamptz), or `Duration` (interval) for a span of time" }
refused! { &'static str, StrIsNoColumn: "`&str` has no PostgreSQL type: a row owns its values",
"write `String`, `Box<str>`, `Arc<str>` or `Cow<'static, str>`" }
refused! { Rc<str>, RcIsNoColumn: "`Rc<str>` has no PostgreSQL type: a row can be sent to another thread",
"write `Arc<str>`" }
