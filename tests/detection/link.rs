//! A worker's link to the queue, and what is wrong with it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use longshore::queue::{
    DeadLetter, FailureKind, Message, OutgoingMessage, Progress, Queue, QueueAttributes,
    QueueError, Receipt, Receive, Refused, Visibility,
};
use longshore::testing::FakeQueue;
use tokio::time::sleep;

const ROUND_TRIP: Duration = Duration::from_millis(10);

/// What fails.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trouble {
    /// Added to the round trip of every request.
    pub(crate) distance: Duration,
    /// The process is gone: its requests do not arrive, and no answer comes.
    pub(crate) severed: bool,
    /// This share of receives fails.
    pub(crate) receives: Option<(FailureKind, f64)>,
    pub(crate) deletes: Option<FailureKind>,
    pub(crate) extensions: Option<FailureKind>,
    pub(crate) attributes: Option<FailureKind>,
    pub(crate) sends: Option<FailureKind>,
}

#[derive(Clone)]
pub(crate) struct Link {
    queue: FakeQueue,
    trouble: Arc<Mutex<Trouble>>,
}

impl Link {
    pub(crate) fn new(queue: &FakeQueue) -> Self {
        Self { queue: queue.clone(), trouble: Arc::default() }
    }

    pub(crate) fn has(&self, change: impl FnOnce(&mut Trouble)) {
        change(&mut self.trouble.lock().expect("not poisoned"));
    }

    fn trouble(&self) -> Trouble {
        *self.trouble.lock().expect("not poisoned")
    }

    /// Sends a request, unless it fails.
    fn send<'a, T: Send + 'a>(
        &'a self,
        failure: impl FnOnce(Trouble) -> Option<FailureKind> + Send + 'a,
        request: impl FnOnce() -> BoxFuture<'a, Result<T, QueueError>> + Send + 'a,
    ) -> BoxFuture<'a, Result<T, QueueError>> {
        async {
            let trouble = self.trouble();
            if trouble.severed {
                std::future::pending::<()>().await;
            }
            sleep(ROUND_TRIP + trouble.distance).await;
            if let Some(kind) = failure(trouble) {
                return Err(refusal(kind));
            }
            let answer = request().await;
            if self.trouble().severed {
                std::future::pending::<()>().await;
            }
            answer
        }
        .boxed()
    }
}

/// The error that SQS answers with.
fn refusal(kind: FailureKind) -> QueueError {
    let code = match kind {
        FailureKind::Throttled => "RequestThrottled",
        FailureKind::Denied => "AccessDenied",
        FailureKind::Missing => "QueueDoesNotExist",
        FailureKind::Kms => "KmsDisabled",
        FailureKind::Invalid => "InvalidParameterValue",
        _ => {
            return QueueError::new("request", kind).with_source("connection refused");
        }
    };
    QueueError::new("request", kind).with_progress(Progress::Answered).with_source(code)
}

impl Queue for Link {
    fn receive(&self, receive: Receive) -> BoxFuture<'_, Result<Vec<Message>, QueueError>> {
        let fails = |trouble: Trouble| {
            let (kind, share) = trouble.receives?;
            (fastrand::f64() < share).then_some(kind)
        };
        self.send(fails, move || self.queue.receive(receive))
    }

    fn delete<'a>(
        &'a self,
        receipts: &'a [Receipt],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.send(|trouble| trouble.deletes, move || self.queue.delete(receipts))
    }

    fn change_visibility<'a>(
        &'a self,
        changes: &'a [Visibility],
    ) -> BoxFuture<'a, Result<Vec<Refused>, QueueError>> {
        self.send(|trouble| trouble.extensions, move || self.queue.change_visibility(changes))
    }

    fn attributes(&self) -> BoxFuture<'_, Result<QueueAttributes, QueueError>> {
        self.send(|trouble| trouble.attributes, move || self.queue.attributes())
    }

    fn dead_letter_queue<'a>(
        &'a self,
        arn: &'a str,
    ) -> BoxFuture<'a, Result<Option<QueueAttributes>, QueueError>> {
        self.send(|trouble| trouble.attributes, move || self.queue.dead_letter_queue(arn))
    }

    fn send_dead_letter<'a>(
        &'a self,
        arn: &'a str,
        letter: &'a DeadLetter,
    ) -> BoxFuture<'a, Result<bool, QueueError>> {
        self.send(|trouble| trouble.sends, move || self.queue.send_dead_letter(arn, letter))
    }

    fn send_message<'a>(
        &'a self,
        message: &'a OutgoingMessage,
    ) -> BoxFuture<'a, Result<(), QueueError>> {
        self.send(|trouble| trouble.sends, move || self.queue.send_message(message))
    }
}
