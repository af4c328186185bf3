//! Figures in sentences and tables.

use std::time::Duration;

use longshore::format::thousands;

/// A number with three significant digits: 7.2 billion, 3.05 million, 12,300.
pub(crate) fn count(number: f64) -> String {
    match number {
        n if n >= 1e9 => format!("{} billion", short(n / 1e9)),
        n if n >= 1e6 => format!("{} million", short(n / 1e6)),
        n => thousands(n.round() as u64),
    }
}

fn short(number: f64) -> String {
    let digits = if number < 10.0 { 2 } else { usize::from(number < 100.0) };
    let text = format!("{number:.digits$}");
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// US dollars with cents and separators: `$2,880.00`.
pub fn dollars(usd: f64) -> String {
    if usd > 0.0 && usd < 0.01 {
        return "less than $0.01".to_owned();
    }
    let cents = (usd * 100.0).round() as u64;
    format!("${}.{:02}", thousands(cents / 100), cents % 100)
}

/// A duration in its largest unit that leaves no more than one digit after the point.
pub(crate) fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let (value, unit) = match seconds {
        s if s >= 2.0 * 86_400.0 => (s / 86_400.0, "days"),
        s if s >= 2.0 * 3_600.0 => (s / 3_600.0, "hours"),
        s if s >= 2.0 * 60.0 => (s / 60.0, "minutes"),
        s => (s, "s"),
    };
    format!("{} {unit}", short(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(count(7.2e9), "7.2 billion");
        assert_eq!(count(3_050_000.0), "3.05 million");
        assert_eq!(count(1_234.4), "1,234");
        assert_eq!(dollars(2880.0), "$2,880.00");
        assert_eq!(dollars(0.999), "$1.00");
        assert_eq!(dollars(1.444), "$1.44");
        assert_eq!(dollars(0.0001), "less than $0.01");
        assert_eq!(dollars(0.0), "$0.00");
        assert_eq!(time(Duration::from_secs(345_600)), "4 days");
        assert_eq!(time(Duration::from_secs(90)), "90 s");
    }
}
