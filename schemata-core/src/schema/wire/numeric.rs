//! The binary format of `numeric`: groups of four decimal digits, the first with the weight `10000^weight`
//! (`numeric_send` in PostgreSQL's source).

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;

/// A finite number.
pub(crate) struct WireNumeric {
    negative: bool,
    /// The power of ten of the last group's lowest digit.
    exponent: i32,
    /// The number of digits that PostgreSQL shows after the decimal point.
    #[cfg_attr(
        not(any(feature = "decimal", feature = "bigdecimal")),
        expect(dead_code, reason = "integers have none")
    )]
    scale: u16,
    /// The groups, without zero groups at either end; empty for zero.
    groups: Vec<u16>,
}

/// Why bytes are not a finite number.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NumericError {
    #[error("NaN")]
    Nan,
    #[error("an infinity")]
    Infinity,
    #[error("bytes that are not a numeric")]
    Malformed,
}

impl NumericError {
    /// Says why a type does not hold the number.
    pub(crate) fn in_words(&self, rust: &str) -> String {
        match self {
            Self::Malformed => self.to_string(),
            Self::Nan | Self::Infinity => format!("{self}, which {rust} cannot hold"),
        }
    }
}

impl WireNumeric {
    /// Decodes the binary format.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, NumericError> {
        let word = |at: usize| {
            let bytes = bytes.get(at * 2..).and_then(|rest| rest.first_chunk()).ok_or(NumericError::Malformed)?;
            Ok(u16::from_be_bytes(*bytes))
        };
        let (count, weight) = (usize::from(word(0)?), i32::from(word(1)?.cast_signed()));
        let negative = match word(2)? {
            0 => false,
            0x4000 => true,
            0xC000 => return Err(NumericError::Nan),
            0xD000 | 0xF000 => return Err(NumericError::Infinity),
            _ => return Err(NumericError::Malformed),
        };
        if bytes.len() != 8 + count * 2 {
            return Err(NumericError::Malformed);
        }
        let mut groups = (0..count).map(|nth| word(4 + nth)).collect::<Result<Vec<u16>, _>>()?;
        if groups.iter().any(|group| *group > 9999) {
            return Err(NumericError::Malformed);
        }
        let zeros = groups.iter().take_while(|group| **group == 0).count();
        groups.drain(..zeros);
        let weight = weight - i32::try_from(zeros).unwrap_or(i32::MAX);
        while groups.last() == Some(&0) {
            groups.pop();
        }
        let below = i32::try_from(groups.len()).unwrap_or(i32::MAX) - 1;
        Ok(Self { negative, exponent: (weight - below) * 4, scale: word(3)?, groups })
    }

    /// Returns whether the number is less than zero.
    #[cfg(feature = "bigdecimal")]
    pub(crate) fn is_negative(&self) -> bool {
        self.negative
    }

    /// Returns the groups of four digits, without zero groups at either end.
    #[cfg(feature = "bigdecimal")]
    pub(crate) fn groups(&self) -> &[u16] {
        &self.groups
    }

    /// Returns the power of ten of the last group's lowest digit.
    #[cfg(feature = "bigdecimal")]
    pub(crate) fn exponent(&self) -> i32 {
        self.exponent
    }

    /// Returns the number of digits that PostgreSQL shows after the decimal point.
    #[cfg(feature = "bigdecimal")]
    pub(crate) fn scale(&self) -> u16 {
        self.scale
    }

    /// Returns the powers of ten of the highest and of the lowest digit that is not zero; `None` for zero.
    pub(crate) fn extent(&self) -> Option<(i32, i32)> {
        let (first, last) = (self.groups.first()?, self.groups.last()?);
        let below = i32::try_from(self.groups.len()).unwrap_or(i32::MAX) - 1;
        let highest = self.exponent + below * 4 + i32::try_from(first.ilog10()).unwrap_or(0);
        let zeros = (0..4).take_while(|power| last.is_multiple_of(10_u16.pow(power + 1))).count();
        Some((highest, self.exponent + i32::try_from(zeros).unwrap_or(0)))
    }
}

/// Decodes an integer.
///
/// # Errors
/// If the number is a fraction, has more digits than an `i128`, or is not finite.
pub(crate) fn decode_integer(raw: &[u8], rust: &str) -> Wire<i128> {
    let number = WireNumeric::read(raw).map_err(|error| error.in_words(rust))?;
    let Some((highest, lowest)) = number.extent() else { return Ok(0) };
    if lowest < 0 {
        return Err(format!("a fraction, which {rust} cannot hold").into());
    }
    if highest > 37 {
        return Err(format!("an integer out of the range of {rust}").into());
    }
    // Groups are counted from the point, so the last one of an integer stands before it.
    let digits = number.groups.iter().fold(0_i128, |digits, group| digits * 10_000 + i128::from(*group));
    let value = digits * 10_i128.pow(number.exponent.unsigned_abs());
    Ok(if number.negative { -value } else { value })
}

/// Encodes an integer, with the scale zero.
pub(crate) fn encode_integer(value: i128, out: &mut BytesMut) {
    let (mut rest, mut groups) = (value.unsigned_abs(), Vec::new());
    while rest > 0 {
        groups.push(u16::try_from(rest % 10_000).unwrap_or_default());
        rest /= 10_000;
    }
    let weight = i16::try_from(groups.len()).unwrap_or_default() - 1;
    let zeros = groups.iter().take_while(|group| **group == 0).count();
    let kept = &groups[zeros..];
    out.put_u16(u16::try_from(kept.len()).unwrap_or_default());
    out.put_i16(weight.max(0));
    out.put_u16(if value < 0 { 0x4000 } else { 0 });
    out.put_u16(0);
    kept.iter().rev().for_each(|group| out.put_u16(*group));
}

#[cfg(feature = "decimal")]
mod decimal {
    use rust_decimal::Decimal;
    use tokio_postgres::types::{Type, WrongType};

    use super::WireNumeric;
    use crate::param::Wire;

    /// The most digits that a `Decimal` has after the decimal point.
    const MOST_DIGITS: i32 = Decimal::MAX_SCALE.cast_signed();

    /// Decodes a `Decimal` with PostgreSQL's scale, as far as it fits. Only zeros are removed.
    pub(crate) fn decode(ty: &Type, raw: &[u8]) -> Wire<Decimal> {
        if *ty != Type::NUMERIC {
            return Err(Box::new(WrongType::new::<Decimal>(ty.clone())));
        }
        let number = WireNumeric::read(raw).map_err(|error| error.in_words("Decimal"))?;
        let shown = i32::from(number.scale).min(MOST_DIGITS);
        let Some((highest, lowest)) = number.extent() else {
            return Ok(Decimal::new(0, shown.cast_unsigned()));
        };
        let least = (-lowest).max(0);
        if highest > MOST_DIGITS || least > MOST_DIGITS || highest - lowest > MOST_DIGITS {
            return Err("more digits than Decimal can hold".into());
        }
        // At most 29 digits, which span at most eight groups; u128 holds nine.
        let digits = number.groups.iter().fold(0_u128, |digits, group| digits * 10_000 + u128::from(*group));
        let mut mantissa = shifted(digits, number.exponent + least).ok_or("more digits than Decimal can hold")?;
        let mut scale = least;
        while scale < shown && mantissa.checked_mul(10).is_some_and(fits) {
            mantissa *= 10;
            scale += 1;
        }
        if !fits(mantissa) {
            return Err("more digits than Decimal can hold".into());
        }
        let mantissa = i128::try_from(mantissa)?;
        let mantissa = if number.negative { -mantissa } else { mantissa };
        Ok(Decimal::from_i128_with_scale(mantissa, scale.cast_unsigned()))
    }

    /// Returns whether the number fits into the 96 bits of a `Decimal`.
    fn fits(mantissa: u128) -> bool {
        mantissa >> 96 == 0
    }

    /// Returns `digits * 10^power`. A negative power only removes zeros.
    fn shifted(digits: u128, power: i32) -> Option<u128> {
        let factor = 10_u128.checked_pow(power.unsigned_abs())?;
        if power < 0 { Some(digits / factor) } else { digits.checked_mul(factor) }
    }
}

#[cfg(feature = "decimal")]
pub(crate) use decimal::decode;
