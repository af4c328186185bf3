//! When polling pauses because the application fails.

use std::time::Duration;

/// The circuit breaker of one queue. It opens when the handler is unreachable, when this machine
/// lacks a resource, or when nearly all calls fail for reasons that are not the message's: 5xx
/// responses, exit code 75, timeouts. Polling then pauses, and a message that is already in flight
/// is tried again, so that an outage does not use up the receives of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BreakerConfig {
    /// Whether failed calls open the breaker. An unreachable handler and a lack of resources always
    /// do. Default: true.
    pub enabled: bool,
    /// The number of recent calls that are compared: the breaker opens when nine of ten of them
    /// failed, or when the last three failed and none succeeded for 5 s. 5 or more. Default: 10.
    pub calls: u32,
    /// The longest time between two tries while the breaker is open: 1 s or more. It begins with
    /// 1 s and doubles. Default: 30 s.
    pub max_interval: Duration,
    /// How long messages are held while the breaker is open. After that they are returned to
    /// the queue, except one. Default: 5 min.
    pub hold: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            calls: 10,
            max_interval: Duration::from_secs(30),
            hold: Duration::from_secs(300),
        }
    }
}
