//! The result of one run, after its warm-up.

use std::time::Duration;

use longshore::testing::CallCounts;

/// Requests and waits.
pub struct Measured {
    pub counts: CallCounts,
    /// Of each message that arrived, in the order of arrival. Empty with a permanent backlog,
    /// because waits have no meaning there.
    pub waits: Vec<Wait>,
    /// Messages that were not received at the end.
    pub left: usize,
}

/// One message's wait for its handler.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// From the start of the run.
    pub arrived: Duration,
    /// How much longer than it had to. `None`: it still waited at the end.
    pub added: Option<Duration>,
}

impl Measured {
    /// The added wait that this share of the messages did not exceed.
    pub fn added_wait(&self, share: f64) -> Option<Duration> {
        let added: Vec<Duration> = self.waits.iter().filter_map(|wait| wait.added).collect();
        percentile(added, share)
    }
}

/// The value that this share of all does not exceed.
pub fn percentile<T: Ord>(mut values: Vec<T>, share: f64) -> Option<T> {
    values.sort_unstable();
    let rank = (values.len() as f64 * share).ceil() as usize;
    values.into_iter().nth(rank.saturating_sub(1))
}
