//! Numbers as the demo writes them.

use std::time::Duration;

use longshore::format::percent;

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
    fn less_has_a_minus_and_more_a_plus() {
        assert_eq!(change(0.975), "-97.5 %");
        assert_eq!(change(1.0), "-100 %");
        assert_eq!(change(-2.5), "+250.0 %");
        assert_eq!(change(0.0), "0 %");
    }
}
