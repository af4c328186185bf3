//! The ids of receives. SQS hides the messages of an answer that was lost until their visibility
//! timeout, and their groups with them. A receive with the same id returns them at once.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;

use crate::queue::{AttemptId, FailureKind, QueueError};

/// SQS knows an id for 5 minutes. A receive can be open for some seconds before SQS reads the id.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
const REPEATABLE: Duration = Duration::from_secs(300 - 30);

/// The ids of receives without an answer.
#[derive(Debug)]
pub(in crate::worker) struct Attempts {
    visibility: Duration,
    unanswered: Mutex<Vec<Attempt>>,
}

/// A receive, and its repetitions.
#[derive(Debug, Clone, Copy)]
pub(in crate::worker) struct Attempt {
    pub(in crate::worker) id: AttemptId,
    /// When it was sent for the first time.
    since: Instant,
    /// When it was sent for the last time.
    sent: Instant,
}

impl Attempts {
    pub(in crate::worker) fn new(visibility: Duration) -> Self {
        Self { visibility, unanswered: Mutex::default() }
    }

    /// The id of the next receive: that of one without an answer, or a new one.
    pub(in crate::worker) fn next(&self) -> Attempt {
        let now = Instant::now();
        let new = || Attempt { id: AttemptId::random(), since: now, sent: now };
        self.unanswered().unwrap_or_else(new)
    }

    /// The id of a receive without an answer whose messages are still hidden. It is sent now.
    pub(in crate::worker) fn unanswered(&self) -> Option<Attempt> {
        let mut unanswered = self.lock();
        let is_known = |attempt: &mut Attempt| attempt.since.elapsed() < REPEATABLE;
        // After the visibility timeout its messages can be with another worker.
        let is_hidden = |attempt: &mut Attempt| attempt.sent.elapsed() < self.visibility;
        unanswered.retain_mut(|attempt| is_known(attempt) && is_hidden(attempt));
        unanswered.pop().map(|attempt| Attempt { sent: Instant::now(), ..attempt })
    }

    /// A receive failed. SQS may have assigned messages to it, or to one that it repeats.
    pub(in crate::worker) fn failed(&self, attempt: Attempt, error: &QueueError) {
        let is_repetition = attempt.since != attempt.sent;
        let is_repeated = match error.kind {
            FailureKind::Unavailable | FailureKind::Timeout => true,
            // SQS did not look at the id.
            FailureKind::Throttled | FailureKind::Denied | FailureKind::Kms => is_repetition,
            FailureKind::Missing | FailureKind::Invalid => false,
        };
        if is_repeated {
            self.lock().push(attempt);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.unanswered.lock().expect("no code panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const LONG: Duration = Duration::from_secs(3600);

    fn failure(kind: FailureKind) -> QueueError {
        QueueError::new("ReceiveMessage", kind)
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_receive_without_an_answer_is_repeated() {
        let attempts = Attempts::new(LONG);
        let first = attempts.next();
        attempts.failed(first, &failure(FailureKind::Throttled));
        let second = attempts.next();
        assert_ne!(first.id, second.id);
        attempts.failed(second, &failure(FailureKind::Timeout));
        let (again, third) = (attempts.next(), attempts.next());
        assert_eq!(again.id, second.id);
        assert_ne!(third.id, second.id, "two receives must not have the same id");
    }

    #[tokio::test(start_paused = true)]
    async fn a_repetition_that_sqs_did_not_look_at_is_repeated_too() {
        for kind in [FailureKind::Throttled, FailureKind::Denied, FailureKind::Kms] {
            let attempts = Attempts::new(LONG);
            let first = attempts.next();
            attempts.failed(first, &failure(FailureKind::Timeout));
            tokio::time::advance(SECOND).await;
            attempts.failed(attempts.next(), &failure(kind));
            assert_eq!(attempts.next().id, first.id, "{kind:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_is_not_repeated_when_sqs_may_have_forgotten_it() {
        let attempts = Attempts::new(LONG);
        let first = attempts.next();
        tokio::time::advance(REPEATABLE / 2).await;
        attempts.failed(first, &failure(FailureKind::Unavailable));
        let again = attempts.next();
        assert_eq!(again.id, first.id);
        attempts.failed(again, &failure(FailureKind::Unavailable));
        tokio::time::advance(REPEATABLE / 2).await;
        assert_ne!(attempts.next().id, first.id);
    }

    #[tokio::test(start_paused = true)]
    async fn an_id_is_not_repeated_when_its_messages_can_be_with_another_worker() {
        let attempts = Attempts::new(30 * SECOND);
        let first = attempts.next();
        tokio::time::advance(29 * SECOND).await;
        attempts.failed(first, &failure(FailureKind::Unavailable));
        // SQS may have hidden the messages again for this one.
        let again = attempts.next();
        assert_eq!(again.id, first.id);
        tokio::time::advance(29 * SECOND).await;
        attempts.failed(again, &failure(FailureKind::Unavailable));
        tokio::time::advance(2 * SECOND).await;
        assert_ne!(attempts.next().id, first.id);
    }
}
