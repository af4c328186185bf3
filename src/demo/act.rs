//! The acts of the demo.

use std::time::Duration;

/// What the demo shows, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// `WaitTimeSeconds` 0: every receive returns at once.
    ShortPolling,
    /// `WaitTimeSeconds` 20: a receive returns when there is a message.
    LongPolling,
    /// A new worker replaces one that stops at once.
    WithoutDrain,
    /// A new worker replaces one that drains.
    WithDrain,
}

impl Act {
    /// All acts, in their order.
    pub const ALL: [Self; 4] =
        [Self::ShortPolling, Self::LongPolling, Self::WithoutDrain, Self::WithDrain];

    /// Its number, from 1.
    pub fn number(self) -> usize {
        Self::ALL.iter().take_while(|act| **act != self).count() + 1
    }

    /// The name of the queue in the metrics and on the status page. For a deploy, that of the worker
    /// that is replaced.
    pub fn queue_name(self) -> &'static str {
        match self {
            Self::ShortPolling => "orders-short-polling",
            Self::LongPolling => "orders-long-polling",
            Self::WithoutDrain => "deploy-without-drain",
            Self::WithDrain => "deploy-with-drain",
        }
    }

    /// Whether it shows how a worker polls. Otherwise it shows a deploy.
    pub fn is_polling(self) -> bool {
        matches!(self, Self::ShortPolling | Self::LongPolling)
    }

    /// The wait time of each receive.
    pub fn wait(self) -> Duration {
        match self {
            Self::ShortPolling => Duration::ZERO,
            Self::LongPolling | Self::WithoutDrain | Self::WithDrain => Duration::from_secs(20),
        }
    }
}
