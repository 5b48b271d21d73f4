//! JSON numbers: `serde_json`'s `Value` holds 64-bit integers and `f64`, while PostgreSQL's JSON holds any decimal number.

/// Returns whether `Value` holds this number exactly: as an integer, or as an `f64` that `serde_json` writes as this number.
pub(super) fn is_exact(number: &[u8]) -> bool {
    // An f64 distinguishes all numbers of 15 digits, and a text this short has no exponent beyond its range.
    if number.len() <= 15 && !number.iter().any(|byte| byte.eq_ignore_ascii_case(&b'e')) {
        return true;
    }
    let Ok(text) = std::str::from_utf8(number) else { return false };
    if text.parse::<u64>().is_ok() || text.parse::<i64>().is_ok() {
        return true;
    }
    let float = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
    float.is_some_and(|float| decimal(text) == decimal(&float.to_string()))
}

/// Normalises a number: returns whether it is negative, its digits without zeros at either end, and the power of ten of
/// the last digit. Returns `None` for text that is not a number, or whose exponent is too large.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    let zeros = i64::try_from(digits.len() - kept.len()).ok()?;
    let kept = kept.trim_start_matches('0');
    if kept.is_empty() {
        return Some((false, String::new(), 0));
    }
    let power = power.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?.checked_add(zeros)?;
    Some((negative, kept.to_owned(), power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_that_would_change_are_told_from_those_that_would_not() {
        for (number, exact) in [
            ("0", true),
            ("-0.1", true),
            ("0.1000000000000000000000", true),
            ("0.0000000000000000", true),
            ("18446744073709551615", true),
            ("-9223372036854775808", true),
            ("18446744073709551616", false),
            ("18446744073709552000", true),
            ("9007199254740993.0", false),
            ("12345678901234567890123", false),
            ("100000000000000000000000", true),
            ("0.1234567890123456789", false),
            ("0.30000000000000004", true),
            ("1e400", false),
            ("-1E-400", false),
            ("0e400", true),
            ("1.50e+3", true),
            ("1e99999999999999999999", false),
            // This f64 has two shortest forms, and the other one would be written back.
            ("667082108456853.2", true),
            ("667082108456853.3", false),
        ] {
            assert_eq!(is_exact(number.as_bytes()), exact, "{number}");
        }
    }

    #[test]
    fn every_float_is_exact_as_it_is_written() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let float = f64::from_bits(bits);
            if float.is_finite() {
                let text = serde_json::to_string(&float).expect("a number");
                assert!(is_exact(text.as_bytes()), "{text} is {float:e}");
            }
        }
    }
}
