//! Numbers as the demo writes them.

use std::time::Duration;

/// A share in percent. What is not all, and not nothing, is never rounded to it.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let whole = percent == 0.0 || percent == 100.0;
    let percent =
        if (0.0..=100.0).contains(&percent) && !whole { percent.clamp(0.1, 99.9) } else { percent };
    let text = format!("{percent:.1}");
    format!("{} %", text.strip_suffix(".0").filter(|_| whole).unwrap_or(&text))
}

/// How much less, as a change: `-97.5 %`.
pub(super) fn change(less: f64) -> String {
    match less {
        0.0 => "0 %".to_owned(),
        less if less > 0.0 => format!("-{}", percent(less)),
        less => format!("+{}", percent(-less)),
    }
}

/// Seconds to a tenth.
pub(super) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn almost_all_is_not_all() {
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(percent(0.999_7), "99.9 %");
        assert_eq!(percent(0.954_4), "95.4 %");
        assert_eq!(percent(0.000_01), "0.1 %");
        assert_eq!(percent(0.0), "0 %");
    }

    #[test]
    fn less_has_a_minus_and_more_a_plus() {
        assert_eq!(change(0.975), "-97.5 %");
        assert_eq!(change(1.0), "-100 %");
        assert_eq!(change(-2.5), "+250.0 %");
        assert_eq!(change(0.0), "0 %");
    }
}
