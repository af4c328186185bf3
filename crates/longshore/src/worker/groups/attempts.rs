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
#[derive(Debug, Default)]
pub(in crate::worker) struct Attempts {
    unanswered: Mutex<Vec<Attempt>>,
}

/// A receive, and its repetitions.
#[derive(Debug, Clone, Copy)]
pub(in crate::worker) struct Attempt {
    pub(in crate::worker) id: AttemptId,
    /// When it was sent for the first time.
    since: Instant,
}

impl Attempts {
    /// The id of the next receive: that of one without an answer, or a new one.
    pub(in crate::worker) fn next(&self) -> Attempt {
        let mut unanswered = self.lock();
        unanswered.retain(|attempt| attempt.since.elapsed() < REPEATABLE);
        let new = || Attempt { id: AttemptId::random(), since: Instant::now() };
        unanswered.pop().unwrap_or_else(new)
    }

    /// A receive failed. SQS may have assigned messages to it.
    pub(in crate::worker) fn failed(&self, attempt: Attempt, error: &QueueError) {
        match error.kind {
            FailureKind::Unavailable | FailureKind::Timeout => self.lock().push(attempt),
            FailureKind::Throttled
            | FailureKind::Denied
            | FailureKind::Missing
            | FailureKind::Kms
            | FailureKind::Invalid => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Attempt>> {
        self.unanswered.lock().expect("no code panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(kind: FailureKind) -> QueueError {
        QueueError::new("ReceiveMessage", kind)
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_receive_without_an_answer_is_repeated() {
        let attempts = Attempts::default();
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
    async fn an_id_is_not_repeated_when_sqs_may_have_forgotten_it() {
        let attempts = Attempts::default();
        let first = attempts.next();
        tokio::time::advance(REPEATABLE / 2).await;
        attempts.failed(first, &failure(FailureKind::Unavailable));
        assert_eq!(attempts.next().id, first.id);
        attempts.failed(first, &failure(FailureKind::Unavailable));
        tokio::time::advance(REPEATABLE / 2).await;
        assert_ne!(attempts.next().id, first.id);
    }
}
