//! `Datum`: a value that a write gives a column. Values of common types are kept in place: a batch has one per column and row,
//! and would spend more on boxes than on everything else.

use std::any::Any;
use std::fmt;

use bytes::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{Param, Recode, Value, Wire};

macro_rules! data {
    ($($(#[$when:meta])* $name:ident $optional:ident $rust:ty;)*) => {
        /// A value of a column, of any type that can be one.
        #[derive(Clone)]
        #[doc(hidden)]
        pub enum Datum {
            $($(#[$when])* $name($rust), $(#[$when])* $optional(Option<$rust>),)*
            /// A value of another type.
            Other(Param),
        }

        impl Datum {
            /// Keeps `value`.
            #[inline]
            pub(crate) fn new<T: Value>(value: T) -> Self {
                // The comparisons of types are decided when this is compiled for `T`.
                let mut value = Some(value);
                let any: &mut dyn Any = &mut value;
                $(
                    $(#[$when])*
                    if let Some(value) = any.downcast_mut::<Option<$rust>>().and_then(Option::take) {
                        return Self::$name(value);
                    }
                    $(#[$when])*
                    if let Some(value) = any.downcast_mut::<Option<Option<$rust>>>().and_then(Option::take) {
                        return Self::$optional(value);
                    }
                )*
                Self::Other(Param::new(value.expect("nothing has taken it")))
            }

            /// Returns the value as a parameter, which statements share.
            pub(crate) fn into_param(self) -> Param {
                match self {
                    $($(#[$when])* Self::$name(value) => Param::new(value), $(#[$when])* Self::$optional(value) => Param::new(value),)*
                    Self::Other(value) => value,
                }
            }

            /// Returns the value as a `T` if it is one.
            pub(crate) fn as_type<T: 'static>(&self) -> Option<&T> {
                let value: &dyn Any = match self {
                    $($(#[$when])* Self::$name(value) => value, $(#[$when])* Self::$optional(value) => value,)*
                    Self::Other(value) => return value.as_type(),
                };
                value.downcast_ref()
            }

            /// Writes the value in the binary format of `ty`.
            pub(crate) fn bind(&self, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
                match self {
                    $($(#[$when])* Self::$name(value) => value.bind(ty, out), $(#[$when])* Self::$optional(value) => value.bind(ty, out),)*
                    Self::Other(value) => value.bind(ty, out),
                }
            }

            /// Returns how values of its type change from one binary format to another.
            pub(crate) fn recode(&self) -> Recode {
                match self {
                    $($(#[$when])* Self::$name(value) => value.recode(), $(#[$when])* Self::$optional(value) => value.recode(),)*
                    Self::Other(value) => value.recode(),
                }
            }
        }
    };
}

data! {
    Bool OptionalBool bool;
    I16 OptionalI16 i16;
    I32 OptionalI32 i32;
    I64 OptionalI64 i64;
    F32 OptionalF32 f32;
    F64 OptionalF64 f64;
    Text OptionalText String;
    Bytes OptionalBytes Vec<u8>;
    #[cfg(feature = "uuid")] Uuid OptionalUuid uuid::Uuid;
    #[cfg(feature = "decimal")] Decimal OptionalDecimal rust_decimal::Decimal;
    #[cfg(feature = "chrono")] Instant OptionalInstant chrono::DateTime<chrono::Utc>;
    #[cfg(feature = "chrono")] Date OptionalDate chrono::NaiveDate;
    #[cfg(feature = "chrono")] Time OptionalTime chrono::NaiveTime;
    #[cfg(feature = "chrono")] Timestamp OptionalTimestamp chrono::NaiveDateTime;
}

impl Datum {
    /// Returns the value as a parameter, which this one shares from now on.
    pub(crate) fn shared(&mut self) -> Param {
        let param = std::mem::replace(self, Self::Bool(false)).into_param();
        *self = Self::Other(param.clone());
        param
    }

    /// Returns the text, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::OptionalText(Some(text)) => Some(text),
            Self::Other(value) => value.as_type::<String>().map(String::as_str),
            _ => None,
        }
    }

    /// Returns whether `other` is known to be an equal value; see [`Param::equals`].
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bool(one), Self::Bool(other)) => one == other,
            (Self::I16(one), Self::I16(other)) => one == other,
            (Self::I32(one), Self::I32(other)) => one == other,
            (Self::I64(one), Self::I64(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Other(one), Self::Other(other)) => one.equals(other),
            _ => false,
        }
    }
}

impl From<Param> for Datum {
    fn from(value: Param) -> Self {
        Self::Other(value)
    }
}

/// Hides the value.
impl fmt::Debug for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_its_own_type_and_no_other() {
        let (plain, optional, rare) = (Datum::new(7_i32), Datum::new(None::<i32>), Datum::new(vec![7_i32]));
        assert_eq!((plain.as_type::<i32>(), plain.as_type::<i64>()), (Some(&7), None));
        assert_eq!((optional.as_type::<Option<i32>>(), optional.as_type::<i32>()), (Some(&None), None));
        assert_eq!(rare.as_type::<Vec<i32>>(), Some(&vec![7]));
        assert_eq!(Datum::new("a".to_owned()).into_param().as_type::<String>().map(String::as_str), Some("a"));
    }

    #[test]
    fn values_change_from_one_format_to_another() {
        let recode = |value: Datum, from: Type, to: Type| {
            let (mut one, mut other) = (BytesMut::new(), BytesMut::new());
            value.bind(&from, &mut one).expect("fits");
            value.recode()(&from, &one, &to, &mut other).map(|_| other)
        };
        assert_eq!(&recode(Datum::new(7_u32), Type::INT8, Type::INT4).expect("fits")[..], [0, 0, 0, 7]);
        assert_eq!(&recode(Datum::new("a".to_owned()), Type::TEXT, Type::VARCHAR).expect("fits")[..], b"a");
        assert!(recode(Datum::new(7_i32), Type::INT4, Type::TEXT).is_err());
    }
}
