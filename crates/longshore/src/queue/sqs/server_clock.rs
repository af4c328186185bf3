//! The clock of SQS, as its answers show it. SQS refuses a signature that is more than 5 minutes
//! (for some requests 15 minutes) away from its own time.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html>

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::TimeSource;

/// Differences below this one are no reason for a refusal.
const TOLERATED: Duration = Duration::from_secs(60);

/// The clock that signs requests: that of this machine, corrected after SQS refused a signature for
/// its time. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerClock {
    /// Milliseconds that SQS is ahead of this machine.
    ahead_ms: Arc<AtomicI64>,
}

/// How far the clock of this machine is from that of SQS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Skew {
    pub(super) is_behind: bool,
    pub(super) by: Duration,
}

impl ServerClock {
    /// SQS refused a signature and sent this `Date`. Returns the difference, if it can be the
    /// reason, and corrects it from now on.
    pub(super) fn refused(&self, date: &str) -> Option<Skew> {
        let (server, here) = (httpdate::parse_http_date(date).ok()?, SystemTime::now());
        let (is_behind, by) = match server.duration_since(here) {
            Ok(by) => (true, by),
            Err(error) => (false, error.duration()),
        };
        if by < TOLERATED {
            return None;
        }
        let by_ms = i64::try_from(by.as_millis()).ok()?;
        self.ahead_ms.store(if is_behind { by_ms } else { -by_ms }, Relaxed);
        Some(Skew { is_behind, by })
    }
}

impl TimeSource for ServerClock {
    fn now(&self) -> SystemTime {
        let ahead = self.ahead_ms.load(Relaxed);
        let by = Duration::from_millis(ahead.unsigned_abs());
        let here = SystemTime::now();
        let corrected = if ahead >= 0 { here.checked_add(by) } else { here.checked_sub(by) };
        corrected.unwrap_or(here)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_follows_the_server_after_a_refusal() {
        let clock = ServerClock::default();
        let server = SystemTime::now() + Duration::from_secs(900);
        let skew = clock.refused(&httpdate::fmt_http_date(server)).unwrap();
        assert!(skew.is_behind && skew.by.as_secs().abs_diff(900) <= 1, "{skew:?}");
        assert!(clock.now().duration_since(server).unwrap_or_default() < Duration::from_secs(5));
    }

    #[test]
    fn a_small_difference_is_no_reason() {
        let clock = ServerClock::default();
        assert_eq!(clock.refused(&httpdate::fmt_http_date(SystemTime::now())), None);
        assert_eq!(clock.refused("yesterday"), None);
    }
}
