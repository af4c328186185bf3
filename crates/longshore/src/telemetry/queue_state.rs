//! The state of a queue, as receives and attributes last showed it. What SQS has not reported is
//! `None`, never 0.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::ages::{Ages, Aging};
use super::growth::{BacklogGrowth, Growth};
use crate::queue::BacklogState;

/// The state of one queue.
#[derive(Debug, Clone, Default)]
pub struct QueueState {
    region: Option<String>,
    account: Option<String>,
    attributes: Attributes,
    waiting: Option<u64>,
    in_flight: Option<u64>,
    arn: Option<Arc<str>>,
    retention: Option<Duration>,
    has_dead_letter_queue: Option<bool>,
    dead_letters: Option<DeadLetters>,
    growth: Growth,
    ages: Ages,
}

/// Whether the attributes of a queue are known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Attributes {
    /// SQS has not answered yet.
    #[default]
    Unknown,
    /// SQS reported them.
    Known,
    /// The last request failed with this error.
    Failed(String),
}

/// The messages in a dead-letter queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeadLetters {
    /// Their number.
    pub messages: u64,
    /// How long SQS keeps each of them.
    pub retention: Duration,
    /// Since when this process has seen at least one; `None` if there is none.
    filled: Option<Instant>,
}

impl DeadLetters {
    /// The longest time until SQS deletes the oldest one; `None` if there is none.
    pub fn left(&self) -> Option<Duration> {
        self.filled.map(|filled| self.retention.saturating_sub(filled.elapsed()))
    }
}

impl QueueState {
    /// The ARN of the queue.
    pub(crate) fn arn(&self) -> Option<Arc<str>> {
        self.arn.clone()
    }

    /// The region of the queue.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// The AWS account of the queue.
    pub fn account(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// Whether the attributes are known.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// Messages that no consumer has received.
    pub fn waiting(&self) -> Option<u64> {
        self.waiting
    }

    /// Messages in flight, those of other consumers included.
    pub fn in_flight(&self) -> Option<u64> {
        self.in_flight
    }

    /// How long the queue keeps a message.
    pub fn retention(&self) -> Option<Duration> {
        self.retention
    }

    /// Whether the queue has a dead-letter queue.
    pub fn has_dead_letter_queue(&self) -> Option<bool> {
        self.has_dead_letter_queue
    }

    /// The messages in the dead-letter queue.
    pub fn dead_letters(&self) -> Option<DeadLetters> {
        self.dead_letters
    }

    /// How the number of waiting messages grew within the last minutes; `None` unless it did.
    pub fn backlog_growth(&self) -> Option<BacklogGrowth> {
        self.growth.result()
    }

    /// The age of the oldest message of the last receive, zero if no message waits; `None` if the
    /// last 5 minutes did not show it.
    pub fn oldest_received(&self) -> Option<Duration> {
        self.ages.last(Instant::now())
    }

    /// The least such age of the last 5 minutes.
    pub fn least_oldest_received(&self) -> Option<Duration> {
        self.ages.least(Instant::now())
    }

    /// How much longer messages wait than some minutes ago; `None` unless they wait longer and longer.
    /// While a batch that was sent at once is processed, its messages get older too, but their number
    /// shrinks.
    pub fn aging(&self) -> Option<Aging> {
        let now = Instant::now();
        self.ages.aging(now).filter(|_| !self.growth.shrinks(now))
    }

    /// The ARN of the queue: `arn:aws:sqs:REGION:ACCOUNT:NAME`.
    pub(super) fn set_arn(&mut self, arn: &str) {
        let mut parts = arn.split(':').skip(3);
        let mut part = || parts.next().filter(|part| !part.is_empty()).map(str::to_owned);
        (self.region, self.account) = (part(), part());
        self.arn = Some(arn).filter(|arn| !arn.is_empty()).map(Arc::from);
    }

    pub(super) fn set_attributes(&mut self, attributes: Attributes) {
        self.attributes = attributes;
    }

    pub(super) fn set_retention(&mut self, retention: Duration) {
        self.retention = Some(retention).filter(|retention| !retention.is_zero());
    }

    pub(super) fn set_has_dead_letter_queue(&mut self, has_one: bool) {
        self.has_dead_letter_queue = Some(has_one);
    }

    pub(super) fn set_backlog(&mut self, state: BacklogState, messages: u64) {
        match state {
            BacklogState::Visible => {
                self.waiting = Some(messages);
                self.growth.observe(Instant::now(), messages);
            }
            BacklogState::InFlight => self.in_flight = Some(messages),
            BacklogState::Delayed => {}
        }
    }

    pub(super) fn set_dead_letters(&mut self, messages: u64, retention: Duration) {
        let before = self.dead_letters.and_then(|before| before.filled);
        let filled = (messages > 0).then(|| before.unwrap_or_else(Instant::now));
        self.dead_letters = Some(DeadLetters { messages, retention, filled });
    }

    pub(super) fn clear_dead_letters(&mut self) {
        self.dead_letters = None;
    }

    pub(super) fn observe_age(&mut self, age: Duration) {
        self.ages.observe(Instant::now(), age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn the_arn_names_the_region_and_the_account() {
        let mut state = QueueState::default();
        state.set_arn("arn:aws:sqs:eu-west-1:123456789012:orders");
        assert_eq!((state.region(), state.account()), (Some("eu-west-1"), Some("123456789012")));
        state.set_arn("");
        assert_eq!((state.region(), state.account()), (None, None));
    }

    #[tokio::test(start_paused = true)]
    async fn the_oldest_dead_letter_expires_after_the_retention() {
        let mut state = QueueState::default();
        assert_eq!(state.dead_letters(), None);
        state.set_dead_letters(0, DAY);
        assert_eq!(state.dead_letters().unwrap().left(), None);
        state.set_dead_letters(1, DAY);
        tokio::time::advance(DAY / 4).await;
        state.set_dead_letters(3, DAY);
        assert_eq!(state.dead_letters().unwrap().left(), Some(DAY - DAY / 4));
        tokio::time::advance(DAY).await;
        assert_eq!(state.dead_letters().unwrap().left(), Some(Duration::ZERO));
        state.set_dead_letters(0, DAY);
        state.set_dead_letters(2, DAY);
        assert_eq!(state.dead_letters().unwrap().left(), Some(DAY));
    }
}
