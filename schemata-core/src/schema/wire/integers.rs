//! Integers of any width: Rust's unsigned and one-byte integers are stored in a wider type, and a value that does not fit on
//! either side is refused.

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, Type, WrongType};

use crate::param::{Unstorable, Wire};
use crate::schema::wire::numeric;

/// Returns whether `ty` holds integers.
pub(crate) fn accepts(ty: &Type) -> bool {
    [Type::INT2, Type::INT4, Type::INT8, Type::OID, Type::NUMERIC].contains(ty)
}

/// Decodes an integer; refuses one that `T` cannot hold, and a `numeric` with a fraction.
pub(crate) fn decode<T: TryFrom<i128>>(ty: &Type, raw: &[u8], rust: &'static str) -> Wire<T> {
    let value = match *ty {
        Type::INT2 => i16::from_sql(ty, raw)?.into(),
        Type::INT4 => i32::from_sql(ty, raw)?.into(),
        Type::INT8 => i64::from_sql(ty, raw)?.into(),
        Type::OID => u32::from_sql(ty, raw)?.into(),
        Type::NUMERIC => numeric::decode_integer(raw, rust)?,
        _ => return Err(Box::new(WrongType::new::<T>(ty.clone()))),
    };
    T::try_from(value).map_err(|_| format!("an integer out of the range of {rust}").into())
}

/// Encodes an integer in the width of `ty`.
pub(crate) fn encode(value: i128, ty: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    match *ty {
        Type::INT2 => out.put_i16(fit(value)?),
        Type::INT4 => out.put_i32(fit(value)?),
        Type::INT8 => out.put_i64(fit(value)?),
        Type::OID => out.put_u32(fit(value)?),
        Type::NUMERIC => numeric::encode_integer(value, out),
        _ => return Err(Box::new(WrongType::new::<i128>(ty.clone()))),
    }
    Ok(IsNull::No)
}

fn fit<T: TryFrom<i128>>(value: i128) -> Wire<T> {
    T::try_from(value).map_err(|_| Unstorable::boxed("range", "is out of the range of the column's integer type"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_width_holds_its_own_range_and_refuses_the_next_integer() {
        for (ty, least, greatest) in [
            (Type::INT2, i128::from(i16::MIN), i128::from(i16::MAX)),
            (Type::INT4, i128::from(i32::MIN), i128::from(i32::MAX)),
            (Type::INT8, i128::from(i64::MIN), i128::from(i64::MAX)),
            (Type::OID, 0, i128::from(u32::MAX)),
        ] {
            for value in [least, greatest, 0] {
                let mut out = BytesMut::new();
                encode(value, &ty, &mut out).expect("fits");
                assert_eq!(decode::<i128>(&ty, &out, "i128").expect("decodes"), value, "{ty}");
            }
            for value in [least - 1, greatest + 1] {
                assert!(encode(value, &ty, &mut BytesMut::new()).is_err(), "{value} as {ty}");
            }
        }
    }

    #[test]
    fn a_numeric_keeps_every_integer() {
        let powers = (0..38).map(|power| 10_i128.pow(power));
        for value in
            powers.flat_map(|power| [power, -power, power - 1, power + 1, power * 7]).chain([i128::from(u64::MAX)])
        {
            let mut out = BytesMut::new();
            encode(value, &Type::NUMERIC, &mut out).expect("encodes");
            assert_eq!(decode::<i128>(&Type::NUMERIC, &out, "i128").expect("decodes"), value);
        }
    }
}
