//! Where the messages of a queue go that were received too often.

use std::time::Duration;

use super::setting::Setting;

/// Where messages go that were received too often.
#[derive(Debug, Clone, PartialEq)]
pub struct Redrive {
    /// The ARN of the dead-letter queue, or the address of its resource. `None` if a plan does not know it.
    pub target: Option<String>,
    /// `maxReceiveCount`. `None` if a plan does not know it.
    pub max_receives: Option<u32>,
    /// What the dead-letter queue is like, if it was read.
    pub queue: DeadLetterQueue,
}

/// The queue that a redrive policy names.
#[derive(Debug, Clone, PartialEq)]
pub enum DeadLetterQueue {
    /// It was not read.
    Unknown,
    /// It does not exist.
    Missing,
    /// It exists.
    Found {
        /// Whether it is a FIFO queue.
        fifo: bool,
        /// Its retention.
        retention: Setting<Duration>,
    },
}

/// A queue whose dead letters another queue gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Source {
    /// The name or, in a plan, the address.
    pub name: String,
    /// The ARN, if it is known.
    pub arn: Option<String>,
}

/// Which queues may use a queue as their dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RedriveAllow {
    /// Each queue of the account and region. The default.
    All,
    /// Only the listed queues, or none.
    Listed,
}
