//! How long to wait before a retry. Always with jitter, so that simultaneous failures do not retry
//! simultaneously.
//! <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>

use std::time::Duration;

use crate::config::RetryConfig;
use crate::queue::FailureKind;

/// For a message: a random time up to the doubled base ("full jitter").
pub(super) fn retry(config: &RetryConfig, receive_count: u32) -> Duration {
    doubled(config.base, receive_count.saturating_sub(1), config.max).mul_f64(fastrand::f64())
}

/// For a poll loop after its n-th consecutive failure, from 1: a random time between half of the
/// doubled base and all of it, so that a loop never retries at once. A failure that needs an
/// operator has a longer back-off.
pub(super) fn poll(kind: FailureKind, failures: u32) -> Duration {
    let (base, max) = if kind.is_fatal() {
        (Duration::from_secs(10), Duration::from_secs(300))
    } else {
        (Duration::from_millis(500), Duration::from_secs(20))
    };
    half_jitter(doubled(base, failures.saturating_sub(1), max))
}

/// For a request that settles, after its n-th consecutive failure, from 1. Short, because the lease
/// runs.
pub(super) fn settle(failures: u32) -> Duration {
    let (base, max) = (Duration::from_millis(200), Duration::from_secs(5));
    half_jitter(doubled(base, failures.saturating_sub(1), max))
}

/// For a heartbeat, after its n-th consecutive failure, from 1. Of the half of the visibility timeout
/// that is left, each try costs at most a fifteenth.
pub(super) fn heartbeat(failures: u32, visibility: Duration) -> Duration {
    half_jitter(doubled(visibility / 120, failures.saturating_sub(1), visibility / 30))
}

/// For the read of a payload, after its n-th consecutive failure, from 1. Short, because a slot
/// waits.
pub(super) fn payload(failures: u32) -> Duration {
    let (base, max) = (Duration::from_millis(200), Duration::from_secs(2));
    half_jitter(doubled(base, failures.saturating_sub(1), max))
}

/// For a delete, after its n-th consecutive failure, from 1. It can go on for hours.
pub(super) fn delete(failures: u32) -> Duration {
    let (base, max) = (Duration::from_millis(200), Duration::from_secs(30));
    half_jitter(doubled(base, failures.saturating_sub(1), max))
}

/// For a request that settles after a stop began. It does not grow, because little time is left.
pub(super) fn stopping(longest: Duration) -> Duration {
    half_jitter(longest)
}

/// For a receive that returned nothing before its wait was over, after the n-th in a row, from 1.
pub(super) fn early_empty(times: u32, wait: Duration) -> Duration {
    half_jitter(doubled(Duration::from_millis(100), times.saturating_sub(1), wait))
}

/// For the tries of an open circuit breaker, after the n-th consecutive failure, from 1.
pub(super) fn unavailable(failures: u32, max: Duration) -> Duration {
    half_jitter(doubled(Duration::from_secs(1), failures.saturating_sub(1), max))
}

/// For the attributes of a queue, after the n-th consecutive failure, from 1. The first is soon,
/// because a throttled request at the start must not hide the redrive policy.
pub(super) fn attributes(failures: u32) -> Duration {
    let (base, max) = (Duration::from_secs(5), Duration::from_secs(300));
    half_jitter(doubled(base, failures.saturating_sub(1), max))
}

/// For the dead-letter queue. A failure that needs an operator is asked about every hour.
pub(super) fn dead_letters(kind: FailureKind, failures: u32) -> Duration {
    if kind.is_fatal() { half_jitter(Duration::from_secs(7200)) } else { attributes(failures) }
}

/// For a message that an open circuit breaker returns.
pub(super) fn returned() -> Duration {
    half_jitter(Duration::from_secs(30))
}

fn doubled(base: Duration, times: u32, max: Duration) -> Duration {
    base.saturating_mul(2u32.saturating_pow(times.min(31))).min(max)
}

fn half_jitter(bound: Duration) -> Duration {
    bound.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retry_never_exceeds_its_bound() {
        let config = RetryConfig { base: Duration::from_secs(2), max: Duration::from_secs(60) };
        for receives in [1, 2, 5, 40, u32::MAX] {
            let bound = doubled(config.base, receives - 1, config.max);
            assert!(retry(&config, receives) <= bound && bound <= config.max);
        }
    }

    #[test]
    fn a_missing_queue_gets_less_than_ten_receives_in_a_minute() {
        let mut waited = Duration::ZERO;
        let mut asked = 1;
        while waited < Duration::from_secs(60) {
            waited += poll(FailureKind::Missing, asked);
            asked += 1;
        }
        assert!(asked < 10, "{asked}");
    }
}
