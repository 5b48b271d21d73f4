//! Vectors of the extension `vector` (pgvector).

use bytes::BufMut;
use tokio_postgres::types::private::BytesMut;

use crate::param::Wire;
use crate::schema::pg::binary::{Binary, Bytes, binary_columns};
use crate::schema::sql_type::{LiteralKinds, SqlType};

/// `vector` of pgvector: `sql_type = "vector(1536)"` fixes the number of dimensions.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct Vector(pub Vec<f32>);

/// `halfvec` of pgvector (0.7 and later): numbers of 16 bits. A number that 16 bits cannot hold exactly is refused; round it
/// first with [`HalfVector::rounded`].
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub struct HalfVector(pub Vec<f32>);

impl HalfVector {
    /// Rounds each number to the nearest that 16 bits hold. Too large a number becomes infinite, which pgvector refuses.
    pub fn rounded(numbers: impl IntoIterator<Item = f32>) -> Self {
        Self(numbers.into_iter().map(|number| single(half(number))).collect())
    }
}

/// Returns the nearest number of 16 bits, the even one of two (IEEE 754).
fn half(number: f32) -> u16 {
    let bits = number.to_bits();
    let sign = u16::from(number.is_sign_negative()) << 15;
    let (exponent, mantissa) = ((bits >> 23 & 0xFF).cast_signed() - 127, bits & 0x7F_FFFF);
    if exponent == 128 {
        return sign | if mantissa == 0 { 0x7C00 } else { 0x7E00 };
    }
    if exponent > 15 {
        return sign | 0x7C00;
    }
    // The bits of the result, and the bits that are cut off behind them.
    let (value, cut) = if exponent >= -14 {
        ((exponent + 15).cast_unsigned() << 23 | mantissa, 13)
    } else if exponent >= -25 {
        (mantissa | 0x80_0000, (-1 - exponent).cast_unsigned())
    } else {
        return sign;
    };
    let (kept, rest, tie) = (value >> cut, value & ((1 << cut) - 1), 1 << (cut - 1));
    let kept = kept + u32::from(rest > tie || rest == tie && kept & 1 == 1);
    sign | u16::try_from(kept).unwrap_or(0x7C00)
}

/// Returns the number that 16 bits stand for.
fn single(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, mantissa) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF));
    match exponent {
        0 => sign * mantissa * 2_f32.powi(-24),
        31 if mantissa == 0.0 => sign * f32::INFINITY,
        31 => f32::NAN,
        _ => sign * (1.0 + mantissa / 1024.0) * 2_f32.powi(exponent - 15),
    }
}

/// Reads the number of dimensions, and two bytes that are not used.
fn dimensions(bytes: &mut Bytes<'_>) -> Wire<u16> {
    let dimensions = u16::from_be_bytes(bytes.take()?);
    bytes.take::<2>()?;
    Ok(dimensions)
}

impl Binary for Vector {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        (0..dimensions(bytes)?).map(|_| bytes.take().map(f32::from_be_bytes)).collect::<Wire<_>>().map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        out.put_u16(u16::try_from(self.0.len())?);
        out.put_u16(0);
        self.0.iter().for_each(|number| out.put_f32(*number));
        Ok(())
    }
}

impl Binary for HalfVector {
    fn read(bytes: &mut Bytes<'_>) -> Wire<Self> {
        (0..dimensions(bytes)?).map(|_| bytes.take().map(u16::from_be_bytes).map(single)).collect::<Wire<_>>().map(Self)
    }

    fn write(&self, out: &mut BytesMut) -> Wire<()> {
        out.put_u16(u16::try_from(self.0.len())?);
        out.put_u16(0);
        for number in &self.0 {
            let bits = half(*number);
            if single(bits).to_bits() != number.to_bits() {
                return Err("a number that halfvec cannot hold exactly; round it with `HalfVector::rounded`".into());
            }
            out.put_u16(bits);
        }
        Ok(())
    }
}

binary_columns! {
    Vector: SqlType::new("vector").also(&["public.vector"]).cast_values().literals(LiteralKinds::TEXT), if |ty| ty.name() == "vector";
    HalfVector: SqlType::new("halfvec").also(&["public.halfvec"]).cast_values().literals(LiteralKinds::TEXT),
        if |ty| ty.name() == "halfvec";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_16_bits_survives() {
        for bits in (0..=u16::MAX).filter(|bits| !single(*bits).is_nan()) {
            assert_eq!(half(single(bits)), bits, "{bits:04x}");
        }
    }

    #[test]
    fn numbers_are_rounded_to_even_or_refused() {
        let rounded = HalfVector::rounded([1.0, 0.1, 2049.0, 2051.0, 65519.0, 65520.0, 2e-8, 3e-8, -0.0]);
        let expected = [1.0, 0.099_975_586, 2048.0, 2052.0, 65504.0, f32::INFINITY, 0.0, 5.960_464_5e-8, -0.0];
        assert_eq!(rounded.0.iter().map(|n| n.to_bits()).collect::<Vec<_>>(), expected.map(f32::to_bits));
        assert!(HalfVector(vec![0.1]).write(&mut BytesMut::new()).is_err());
        let (mut out, value) = (BytesMut::new(), HalfVector(vec![0.5, -2.0]));
        value.write(&mut out).expect("exact");
        assert_eq!(&out[..], [0, 2, 0, 0, 0x38, 0, 0xC0, 0]);
        assert_eq!(HalfVector::read(&mut Bytes(&out)).expect("read"), value);
    }
}
