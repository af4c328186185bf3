//! How far the clock of this machine is from that of SQS. SQS refuses a signature that is more than
//! a few minutes away from its own time. The SDK then signs with the time of SQS by itself, but does
//! not say so.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>

use std::time::{Duration, SystemTime};

/// Differences below this one are no reason for a refusal.
const TOLERATED: Duration = Duration::from_secs(60);

/// The difference of the clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skew {
    /// Whether this machine is behind.
    pub(super) is_behind: bool,
    pub(super) by: Duration,
}

impl Skew {
    /// The difference to the `Date` of an answer, if it can be the reason for a refusal.
    pub(super) fn to(date: &str) -> Option<Self> {
        let (server, here) = (httpdate::parse_http_date(date).ok()?, SystemTime::now());
        let (is_behind, by) = match server.duration_since(here) {
            Ok(by) => (true, by),
            Err(error) => (false, error.duration()),
        };
        (by >= TOLERATED).then_some(Self { is_behind, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_to_a_date_has_a_direction() {
        let server = SystemTime::now() + Duration::from_secs(900);
        let skew = Skew::to(&httpdate::fmt_http_date(server)).unwrap();
        assert!(skew.is_behind && skew.by.as_secs().abs_diff(900) <= 1, "{skew:?}");
    }

    #[test]
    fn a_small_difference_is_no_reason() {
        assert_eq!(Skew::to(&httpdate::fmt_http_date(SystemTime::now())), None);
        assert_eq!(Skew::to("yesterday"), None);
    }
}
