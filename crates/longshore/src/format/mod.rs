//! Texts of numbers and errors.

mod printable;
mod secrets;

use std::error::Error;

pub use printable::printable;
pub use secrets::masked;

/// A number with thousands separators: `259,200,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Dollars to the cent; less than a cent with four decimal places.
pub fn dollars(amount: f64) -> String {
    if amount > 0.0 && amount < 0.01 { format!("${amount:.4}") } else { format!("${amount:.2}") }
}

/// Dollars for a sentence: to the cent below 10, otherwise whole.
pub fn about_dollars(amount: f64) -> String {
    if amount < 10.0 { dollars(amount) } else { format!("${}", thousands(amount.round() as u64)) }
}

/// A share in percent. A value between 0 and 1 is never rounded to 0 % or 100 %.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let whole = percent == 0.0 || percent == 100.0;
    let percent =
        if (0.0..=100.0).contains(&percent) && !whole { percent.clamp(0.1, 99.9) } else { percent };
    let text = format!("{percent:.1}");
    format!("{} %", text.strip_suffix(".0").filter(|_| whole).unwrap_or(&text))
}

/// A configured share, with all its digits: `99.95 %`.
pub fn exact_percent(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A duration in the unit that fits it: `25 ms`, `2.5 s`, `20 min`, `1 h`.
pub fn time(seconds: f64) -> String {
    let (number, unit) = match seconds {
        ..0.9995 => (seconds * 1e3, "ms"),
        ..119.5 => (seconds, "s"),
        ..3_599.5 => (seconds / 60.0, "min"),
        _ => (seconds / 3_600.0, "h"),
    };
    let text = if number < 10.0 { format!("{number:.1}") } else { format!("{number:.0}") };
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A duration after "the last": `15 s`, `hour`, `3 h`; at least a second.
pub fn span(seconds: f64) -> String {
    let text = time(seconds.max(1.0));
    text.strip_prefix("1 ").filter(|unit| *unit == "h").map_or(text.clone(), |_| "hour".to_owned())
}

/// A rate with three significant digits.
pub fn rate(per_second: f64) -> String {
    match per_second {
        0.0 => "0".to_owned(),
        ..0.0995 => format!("{per_second:.3}"),
        ..9.95 => format!("{per_second:.2}"),
        ..99.95 => format!("{per_second:.1}"),
        _ => thousands(per_second.round() as u64),
    }
}

/// A number with its noun: `1 message`, `1,000 messages`.
pub fn count(number: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(number), if number == 1 { "" } else { "s" })
}

/// Characters of a text that this process did not write, such as the error of a server or the
/// reason of a handler. Logs, health, reports and traces have no more of it.
const FOREIGN_TEXT: usize = 500;

/// A text that this process did not write: at most 500 characters, then an ellipsis. It is one line
/// without control characters, because operators read it in terminals. Secrets in it are [`masked`].
pub fn bounded(text: String) -> String {
    // A secret that is cut in two could not be recognized.
    let text = printable(cut(&text, 4 * FOREIGN_TEXT));
    let mut text = masked(&text);
    if let Some((end, _)) = text.char_indices().nth(FOREIGN_TEXT) {
        text.truncate(end);
        text.push('…');
        text.shrink_to_fit();
    }
    text
}

/// The beginning of a text: this many characters.
fn cut(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).map_or(text, |(end, _)| &text[..end])
}

/// An error and its causes in one line. A cause that the text already contains is left out. It is
/// [`bounded`].
pub fn error_chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        let layer = error.to_string();
        if !text.contains(&layer) {
            text = format!("{text}: {layer}");
        }
        source = error.source();
    }
    bounded(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_have_separators() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(259_200_000), "259,200,000");
    }

    #[test]
    fn dollars_below_a_cent_are_shown() {
        assert_eq!(dollars(0.0), "$0.00");
        assert_eq!(dollars(0.0052), "$0.0052");
        assert_eq!(dollars(103.68), "$103.68");
    }
    #[test]
    fn nearly_all_is_not_rounded_to_all() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_7), "99.9 %");
        assert_eq!(percent(0.954_4), "95.4 %");
        assert_eq!(percent(0.000_01), "0.1 %");
        assert_eq!(percent(0.0), "0 %");
    }

    #[test]
    fn an_objective_keeps_its_digits() {
        assert_eq!(exact_percent(0.999), "99.9 %");
        assert_eq!(exact_percent(0.9995), "99.95 %");
        assert_eq!(exact_percent(0.95), "95 %");
    }

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        let seconds = [0.0, 0.005, 0.25, 1.0, 2.5, 15.0, 119.0, 120.0, 900.0, 3600.0, 259_200.0];
        let expected = [
            "0 ms", "5 ms", "250 ms", "1 s", "2.5 s", "15 s", "119 s", "2 min", "15 min", "1 h",
            "72 h",
        ];
        assert_eq!(seconds.map(time), expected);
    }

    #[test]
    fn an_hour_is_the_last_hour() {
        assert_eq!([0.0, 15.0, 3600.0, 10_800.0].map(span), ["1 s", "15 s", "hour", "3 h"]);
    }

    #[test]
    fn a_rate_has_the_digits_that_matter() {
        let rates = [0.0, 0.05, 0.333_3, 4.0, 92.31, 2_777.8];
        assert_eq!(rates.map(rate), ["0", "0.050", "0.33", "4.00", "92.3", "2,778"]);
    }

    #[test]
    fn a_foreign_text_is_cut_between_two_characters() {
        let short = "é".repeat(FOREIGN_TEXT);
        assert_eq!(bounded(short.clone()), short);
        let long = bounded("é".repeat(2_000_000));
        assert_eq!(long, format!("{short}…"));
        assert!(long.capacity() < 2_000);
        let error = std::io::Error::other("word ".repeat(400_000));
        assert_eq!(error_chain(&error).chars().count(), FOREIGN_TEXT + 1);
    }

    #[test]
    fn cents_are_for_small_sums() {
        assert_eq!([0.98, 85.12, 2_879.0].map(about_dollars), ["$0.98", "$85", "$2,879"]);
    }
}
