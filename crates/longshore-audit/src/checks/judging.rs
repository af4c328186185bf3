//! What all checks go by.

use crate::finding::Verdict;
use crate::queue::{Queue, Usage};

/// What the user asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policies {
    /// Each queue must be encrypted with a key of the customer.
    pub customer_key: bool,
    /// The tags that each queue must have.
    pub tags: Vec<String>,
}

/// Judges by metrics that only CloudWatch has.
pub(super) fn by_cloudwatch(queue: &Queue, judge: impl FnOnce(&Usage) -> Verdict) -> Verdict {
    by_usage(queue, |usage| match usage.worker {
        Some(_) => Verdict::Unknown("the metrics of CloudWatch: workers do not count it"),
        None => judge(usage),
    })
}

/// Judges by the metrics of a queue, or says that they are missing.
pub(super) fn by_usage(queue: &Queue, judge: impl FnOnce(&Usage) -> Verdict) -> Verdict {
    match &queue.usage {
        Some(usage) => judge(usage),
        // A queue of a plan has no metrics yet.
        None if queue.url().is_none() => Verdict::Fine,
        None => Verdict::Unknown("the metrics of the queue"),
    }
}
