//! Types of columns as the database declares them, and the casts that round a value as its column would.

use std::fmt::Write;

use tokio_postgres::types::{Kind, Type};

use crate::ident::write_quoted;

/// A type with its modifier, like the `0` of `timestamptz(0)`.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredType {
    /// The type; of a domain, its base type.
    pub(crate) ty: Type,
    /// The modifier as in `pg_attribute.atttypmod`; -1 if there is none.
    pub(crate) modifier: i32,
}

impl DeclaredType {
    /// Returns the type without its modifier, so that values keep their digits.
    pub(crate) fn unmodified(&self) -> Self {
        Self { ty: self.ty.clone(), modifier: -1 }
    }

    /// Returns the type to cast a value to, so that it becomes the stored value; `None` if the column stores it unchanged.
    ///
    /// Only types that round: a cast to `varchar(20)` would cut off a text that the column refuses.
    pub(crate) fn rounding(&self) -> Option<String> {
        let (element, brackets) = match self.ty.kind() {
            Kind::Array(element) => (element, "[]"),
            _ => (&self.ty, ""),
        };
        let modifier = self.modifier;
        let arguments = match *element {
            Type::TIMESTAMPTZ | Type::TIMESTAMP | Type::TIME | Type::TIMETZ if modifier >= 0 => modifier.to_string(),
            // `numeric_typmod_precision` and `numeric_typmod_scale` in PostgreSQL's numeric.c.
            Type::NUMERIC if modifier >= 4 => {
                let packed = modifier - 4;
                let scale = ((packed & 0x7FF) ^ 1024) - 1024;
                format!("{}, {scale}", packed >> 16 & 0xFFFF)
            }
            _ => return None,
        };
        Some(format!("{}({arguments}){brackets}", type_name(element)))
    }
}

/// Returns `type`, quoted and with its schema, without modifiers.
pub(crate) fn type_name(ty: &Type) -> String {
    let mut name = String::new();
    let quoted = write_quoted(&mut name, ty.schema()).and_then(|()| name.write_char('.'));
    quoted.and_then(|()| write_quoted(&mut name, ty.name())).expect("writing to a String cannot fail");
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_types_that_round_are_cast() {
        let rounding = |ty: Type, modifier| DeclaredType { ty, modifier }.rounding();
        assert_eq!(rounding(Type::TIMESTAMPTZ, 0).as_deref(), Some(r#""pg_catalog"."timestamptz"(0)"#));
        assert_eq!(rounding(Type::TIME_ARRAY, 3).as_deref(), Some(r#""pg_catalog"."time"(3)[]"#));
        assert_eq!(rounding(Type::NUMERIC, (12 << 16 | 2) + 4).as_deref(), Some(r#""pg_catalog"."numeric"(12, 2)"#));
        assert_eq!(rounding(Type::NUMERIC, (3 << 16 | 0x7FE) + 4).as_deref(), Some(r#""pg_catalog"."numeric"(3, -2)"#));
        assert_eq!(rounding(Type::TIMESTAMPTZ, -1), None);
        assert_eq!(rounding(Type::VARCHAR, 24), None);
    }
}
