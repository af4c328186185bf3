//! Which receives long polling would have avoided.

use crate::config::objectives::LONG_POLL_REFERENCE;

/// Receives that would have been enough for this time of waiting, if each empty one had waited as
/// long as SQS allows.
pub fn long_polls(waited_seconds: f64) -> f64 {
    waited_seconds / LONG_POLL_REFERENCE.as_secs_f64()
}

/// Requests above [`long_polls`]; never less than 0. An empty receive that waited the whole 20 s
/// adds nothing.
pub fn excess_requests(requests: u64, waited_seconds: f64) -> f64 {
    (requests as f64 - long_polls(waited_seconds)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_idle_long_poll_wastes_nothing_and_a_short_poll_nearly_everything() {
        assert!(excess_requests(180, 3600.0).abs() < 1e-9);
        assert!((excess_requests(1000, 10.0) - 999.5).abs() < 1e-9);
        assert!(excess_requests(1, 20.4).abs() < 1e-9, "rounding of clocks is not negative waste");
    }
}
