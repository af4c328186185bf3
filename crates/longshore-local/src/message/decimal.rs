//! The decimal numbers that SQS accepts as values of message attributes
//! (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#message-attribute-data-types>).

const MAX_DIGITS: usize = 38;

/// The exponents of the first digit: numbers are between 10^-128 and 10^126, positive or negative.
const MIN_EXPONENT: i64 = -128;
const MAX_EXPONENT: i64 = 126;

/// Whether the text is a decimal number within the limits. It compares digits, because a float
/// rounds the limits and accepts `NaN` and `inf`.
pub(super) fn is_number(text: &str) -> bool {
    parts(text).is_some_and(|(digits, exponent)| is_in_range(&digits, exponent))
}

/// The digits without the point, and the exponent of the first one. `None` if the text is not a
/// decimal number.
fn parts(text: &str) -> Option<(String, i64)> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let whole = i64::try_from(whole.len()).ok()?;
    Some((digits, exponent.checked_add(whole - 1)?))
}

/// Zeros before the first and after the last other digit do not count.
fn is_in_range(digits: &str, exponent: i64) -> bool {
    let significant = digits.trim_start_matches('0');
    let leading_zeros = digits.len() - significant.len();
    let significant = significant.trim_end_matches('0');
    let Some(exponent) = i64::try_from(leading_zeros).ok().and_then(|n| exponent.checked_sub(n))
    else {
        return false;
    };
    match significant {
        "" => true,
        _ if significant.len() > MAX_DIGITS || exponent < MIN_EXPONENT => false,
        "1" => exponent <= MAX_EXPONENT,
        _ => exponent < MAX_EXPONENT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_numbers_are_numbers() {
        for number in ["0", "-0.0", "12.5", "+7", ".5", "5.", "-1.5e3", "1E-5", "007", "0e400"] {
            assert!(is_number(number), "{number} was refused");
        }
    }

    #[test]
    fn other_texts_are_not_numbers() {
        for text in [
            "",
            ".",
            "-",
            "e5",
            "1e",
            "1e+",
            "+-1",
            "1.2.3",
            " 1",
            "1 ",
            "1,5",
            "0x1F",
            "1_000",
            "١",
            "NaN",
            "nan",
            "inf",
            "Infinity",
            "-Infinity",
            "1e99999999999999999999",
        ] {
            assert!(!is_number(text), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_number_has_at_most_38_significant_digits() {
        let digits = "12345678901234567890123456789012345678";
        assert!(is_number(digits));
        assert!(is_number(&format!("-000{digits}000")), "outer zeros do not count");
        assert!(is_number(&format!("0.000{digits}")));
        assert!(!is_number(&format!("{digits}9")));
        assert!(!is_number(&format!("0.{digits}9")));
    }

    #[test]
    fn a_number_is_at_most_ten_to_the_126() {
        let limit = format!("1{}", "0".repeat(126));
        for number in ["1e126", "-1e126", "1000e123", "0.001e129", &limit, "9.99e125"] {
            assert!(is_number(number), "{number} was refused");
        }
        let beyond = format!("1{}1", "0".repeat(125));
        let longer = format!("1{}", "0".repeat(127));
        for number in ["1.1e126", "-2e126", "1e127", &beyond, &longer, "1e9223372036854775807"] {
            assert!(!is_number(number), "{number} was accepted");
        }
    }

    #[test]
    fn a_number_is_at_least_ten_to_the_minus_128() {
        let limit = format!("0.{}1", "0".repeat(127));
        for number in ["1e-128", "-1e-128", "0.1e-127", &limit] {
            assert!(is_number(number), "{number} was refused");
        }
        let below = format!("0.{}1", "0".repeat(128));
        for number in ["9.9e-129", "-1e-129", &below, "0.1e-9223372036854775808"] {
            assert!(!is_number(number), "{number} was accepted");
        }
    }
}
