//! The crate `bigdecimal`: every finite `numeric`, with PostgreSQL's scale.

use bigdecimal::BigDecimal;
use bigdecimal::num_bigint::{BigInt, Sign};
use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, Type};

use crate::param::{Unstorable, Wire};
use crate::schema::sql_type::{LiteralKinds, SqlType};
use crate::schema::stored_as::column_types;
use crate::schema::wire::numeric::WireNumeric;

column_types! {
    BigDecimal as SqlType::new("numeric").also(&["decimal"]).literals(LiteralKinds::NUMBER), decode: decode, encode: encode;
}

/// The most digits after the decimal point, and before it (manual 8.1.2).
const MOST_AFTER: usize = 16_383;
const MOST_BEFORE: usize = 131_072;

fn decode(_: &Type, raw: &[u8]) -> Wire<BigDecimal> {
    let number = WireNumeric::read(raw).map_err(|error| error.in_words("BigDecimal"))?;
    let scale = i64::from(number.scale());
    let mut digits: Vec<u8> = Vec::with_capacity(number.groups().len() * 4);
    for group in number.groups() {
        digits
            .extend([group / 1000, group / 100 % 10, group / 10 % 10, group % 10].map(|digit| digit.to_le_bytes()[0]));
    }
    // The lowest group may hold zeros below the scale, or end above it.
    let missing = scale + i64::from(number.exponent());
    if missing < 0 {
        digits.truncate(digits.len().saturating_sub(usize::try_from(-missing)?));
    } else if !digits.is_empty() {
        digits.resize(digits.len() + usize::try_from(missing)?, 0);
    }
    let sign = if number.is_negative() { Sign::Minus } else { Sign::Plus };
    let value = BigInt::from_radix_be(sign, &digits, 10).unwrap_or_default();
    Ok(BigDecimal::new(value, scale))
}

fn encode(number: &BigDecimal, _: &Type, out: &mut BytesMut) -> Wire<IsNull> {
    let (value, scale) = number.as_bigint_and_scale();
    let (sign, mut digits) = value.to_radix_be(10);
    let (mut scale, sign) = (scale, if sign == Sign::Minus { 0x4000 } else { 0 });
    // Zeros at the end count for neither limit, as long as the number stays the same.
    while usize::try_from(scale).is_ok_and(|scale| scale > MOST_AFTER) && digits.last() == Some(&0) {
        digits.pop();
        scale -= 1;
    }
    if digits.is_empty() {
        digits.push(0);
        scale = scale.clamp(0, 0);
    }
    let (shown, zeros) = (usize::try_from(scale).unwrap_or(0), usize::try_from(-scale).unwrap_or(0));
    if shown > MOST_AFTER {
        return Err(Unstorable::boxed("scale", "has more than 16383 digits after the decimal point"));
    }
    if zeros.saturating_add(digits.len()) > MOST_BEFORE + shown {
        return Err(Unstorable::boxed("precision", "has more than 131072 digits before the decimal point"));
    }
    digits.resize(digits.len() + zeros, 0);
    // The decimal point stands between two groups of four digits.
    digits.resize(digits.len() + shown.next_multiple_of(4) - shown, 0);
    let padding = digits.len().next_multiple_of(4) - digits.len();
    digits.splice(0..0, std::iter::repeat_n(0, padding));
    let groups = digits.chunks_exact(4).map(|four| four.iter().fold(0, |group, digit| group * 10 + u16::from(*digit)));
    let before = i32::try_from(digits.len() / 4)? - i32::try_from(shown.div_ceil(4))?;
    out.put_u16(u16::try_from(digits.len() / 4)?);
    out.put_i16(i16::try_from(before - 1)?);
    out.put_u16(sign);
    out.put_u16(u16::try_from(shown)?);
    groups.for_each(|group| out.put_u16(group));
    Ok(IsNull::No)
}
