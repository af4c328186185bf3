//! How the page writes figures: times, counts, and amounts of money.

use std::borrow::Cow;

use crate::clock::Moment;

/// The days of a month in projections.
const MONTH_SECONDS: f64 = 30.0 * 86_400.0;

/// US dollars for a million requests in us-east-1, after the free requests of each month, up to
/// 100 billion requests. <https://aws.amazon.com/sqs/pricing/>
const STANDARD_USD_PER_MILLION: f64 = 0.40;
const FIFO_USD_PER_MILLION: f64 = 0.50;

/// The price of requests on AWS, in US dollars.
pub(super) fn usd(requests: u64, is_fifo: bool) -> f64 {
    let price = if is_fifo { FIFO_USD_PER_MILLION } else { STANDARD_USD_PER_MILLION };
    requests as f64 / 1e6 * price
}

/// A month of what happened within `seconds`.
pub(super) fn per_month(amount: f64, seconds: u64) -> f64 {
    amount / seconds as f64 * MONTH_SECONDS
}

/// An amount in US dollars. Less than a dollar has two significant digits.
pub(super) fn money(usd: f64) -> String {
    if usd >= 1.0 {
        let cents = (usd * 100.0).round() as u64;
        return format!("${}.{:02}", count(cents / 100), cents % 100);
    }
    if usd <= 0.0 {
        return "$0".to_owned();
    }
    let digits = (1.0 - usd.log10().floor()).max(2.0) as usize;
    format!("${usd:.digits$}")
}

/// A count with a comma for each thousand.
pub(super) fn count(number: u64) -> String {
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

/// A count and a noun, for example `1 message` or `2 messages`.
pub(super) fn counted(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(number as u64))
}

/// A duration with at most two units, for example `3 min 5 s`.
pub(super) fn span(millis: u64) -> String {
    const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)];
    let all = millis / 1000;
    if all == 0 {
        return "less than 1 s".to_owned();
    }
    let (mut seconds, mut parts) = (all, Vec::new());
    for (unit, length) in UNITS.into_iter().skip_while(|&(_, length)| length > all).take(2) {
        if seconds >= length {
            parts.push(format!("{} {unit}", seconds / length));
        }
        seconds %= length;
    }
    parts.join(" ")
}

/// A moment to the second, for example `2026-11-29 08:05:01 UTC`.
pub(super) fn time(moment: Moment) -> String {
    let text = humantime::format_rfc3339_seconds(moment.system_time()).to_string();
    format!("{} UTC", text.replace('T', " ").trim_end_matches('Z'))
}

/// The text with the code points of characters that change the order of others, or are invisible.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c| matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    if !text.contains(is_hidden) {
        return text.into();
    }
    let shown = |c| if is_hidden(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// The first `max` bytes of a text, up to the end of a character, and whether that is less than the
/// whole.
pub(super) fn cut(text: &str, max: usize) -> (&str, bool) {
    (&text[..text.floor_char_boundary(max)], text.len() > max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_cents_or_two_significant_digits() {
        for (usd, text) in [
            (0.0, "$0"),
            (0.000_000_4, "$0.00000040"),
            (0.000_48, "$0.00048"),
            (0.5, "$0.50"),
            (0.0999, "$0.100"),
            (1.036_8, "$1.04"),
            (12_345.678, "$12,345.68"),
        ] {
            assert_eq!(money(usd), text);
        }
    }

    #[test]
    fn a_million_requests_cost_the_list_price() {
        assert_eq!(
            (money(usd(1_000_000, false)), money(usd(1_000_000, true))),
            ("$0.40".into(), "$0.50".into())
        );
        // 10 empty receives per second.
        assert_eq!(money(per_month(usd(600, false), 60)), "$10.37");
    }

    #[test]
    fn a_span_has_at_most_two_units() {
        for (millis, text) in [
            (999, "less than 1 s"),
            (1_000, "1 s"),
            (185_000, "3 min 5 s"),
            (180_000, "3 min"),
            (3_600_000 + 59_000, "1 h"),
            (4 * 86_400_000 + 2 * 3_600_000, "4 d 2 h"),
        ] {
            assert_eq!(span(millis), text);
        }
    }

    #[test]
    fn hidden_characters_are_shown() {
        assert_eq!(visible("größe 🚢"), "größe 🚢");
        assert_eq!(visible("a\u{202E}gnp.exe"), "a[U+202E]gnp.exe");
    }

    #[test]
    fn counts_have_commas() {
        assert_eq!((count(999), count(1_234_567)), ("999".into(), "1,234,567".into()));
        assert_eq!((counted(1, "poll"), counted(0, "poll")), ("1 poll".into(), "0 polls".into()));
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("aä", 2), ("a", true));
        assert_eq!(cut("aä", 3), ("aä", false));
    }

    #[test]
    fn a_time_is_utc() {
        assert_eq!(time(Moment::from_millis(1_700_000_000_999)), "2023-11-14 22:13:20 UTC");
    }
}
