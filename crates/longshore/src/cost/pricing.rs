//! The cost of requests: how AWS counts a request, and what polling an idle queue for a month costs.
//! The prices are configuration. <https://aws.amazon.com/sqs/pricing/>

use std::time::Duration;

/// "Each 64 KB chunk of a payload is billed as 1 request."
const CHUNK: u64 = 64 * 1024;

/// The month of all forecasts: 30 days.
pub const MONTH: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The free requests of an account per month, for all its queues and regions together.
pub const FREE_REQUESTS: u64 = 1_000_000;

/// As how many requests a request with this payload is billed: at least one, because an empty receive
/// costs as much as a full one.
pub fn billed_chunks(payload_bytes: u64) -> u64 {
    payload_bytes.div_ceil(CHUNK).max(1)
}

/// The receives of one poll loop on an idle queue in a [`MONTH`], if each takes `each`: the wait of a
/// long poll, or the round trip of a short poll. Less than a microsecond counts as one.
pub fn receives_per_month(each: Duration) -> u64 {
    let receives = MONTH.as_micros() / each.as_micros().max(1);
    u64::try_from(receives).unwrap_or(u64::MAX)
}

/// Dollars for this many requests.
pub fn usd(requests: u64, price_per_million: f64) -> f64 {
    requests as f64 / 1e6 * price_per_million
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_billed_for_each_started_64_kib_and_never_for_nothing() {
        assert_eq!(billed_chunks(0), 1);
        assert_eq!(billed_chunks(1), 1);
        assert_eq!(billed_chunks(64 * 1024), 1);
        assert_eq!(billed_chunks(64 * 1024 + 1), 2);
        assert_eq!(billed_chunks(256 * 1024), 4);
        assert_eq!(billed_chunks(1024 * 1024), 16);
    }

    #[test]
    fn an_idle_long_poll_of_20_seconds_asks_three_times_a_minute() {
        assert_eq!(receives_per_month(Duration::from_secs(20)), 3 * 60 * 24 * 30);
    }

    #[test]
    fn no_wait_at_all_is_many_receives_and_no_panic() {
        assert_eq!(receives_per_month(Duration::ZERO), 2_592_000_000_000);
        assert_eq!(receives_per_month(Duration::MAX), 0);
    }

    #[test]
    fn seven_billion_empty_receives_cost_what_they_cost() {
        let dollars = usd(7_200_000_000, 0.40);
        assert!((dollars - 2_880.0).abs() < 1e-6, "{dollars}");
    }
}
