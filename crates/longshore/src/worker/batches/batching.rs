//! Collects the messages of a queue, and calls a batch handler with them. To the worker, it is a
//! handler of single messages: each has its own lease, deadline and verdict.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{join_all, select_all};
use tokio::sync::oneshot;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::open::{Added, Answer, Entry, Groups, Open};
use crate::config::BatchConfig;
use crate::handler::{AnyBatchHandler, BatchHandler, Context, Handler, NotReady, Signals, Verdict};
use crate::outcome::Ending;
use crate::queue::Message;
use crate::telemetry::QueueMetrics;

/// A handler of single messages in front of a batch handler.
pub(in crate::worker) struct Batching(Arc<Shared>);

struct Shared {
    handler: AnyBatchHandler,
    window: Duration,
    open: Open,
    metrics: Arc<QueueMetrics>,
}

impl Batching {
    pub(in crate::worker) fn new(
        handler: AnyBatchHandler,
        config: BatchConfig,
        is_fifo: bool,
        metrics: Arc<QueueMetrics>,
    ) -> Self {
        let BatchConfig { max, window } = config;
        Self(Arc::new(Shared { handler, window, open: Open::new(max, is_fifo), metrics }))
    }
}

impl Handler for Batching {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        let shared = &self.0;
        let (answer, verdict) = oneshot::channel();
        match shared.open.add(Entry { message, context, answer }) {
            Added::First { number } => {
                tokio::spawn(shared.clone().send_after_window(number));
            }
            Added::Waiting => {}
            Added::Full(entries) => {
                tokio::spawn(shared.clone().send(entries));
            }
        }
        match verdict.await {
            Ok(Answer::Verdict(verdict)) => verdict,
            Ok(Answer::Panicked) => resume_unwind(Box::new("the batch handler panicked")),
            // Only a runtime that shuts down drops a batch.
            Err(_dropped) => Verdict::retry("the batch was dropped"),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        self.0.handler.check().await
    }

    fn can_end(&self, ending: Ending) -> bool {
        self.0.handler.can_end(ending)
    }
}

impl Shared {
    /// The context of a batch: it has the deadline of its first message, and stops when one of its
    /// messages must. `None` for an empty batch.
    fn context(&self, entries: &[Entry]) -> Option<(Context, CancellationToken)> {
        let first = entries.iter().min_by_key(|entry| entry.context.deadline())?;
        let stopping = CancellationToken::new();
        let arn = self.metrics.figures().queue_arn();
        Some((first.context.for_batch(stopping.clone(), arn), stopping))
    }

    async fn send_after_window(self: Arc<Self>, number: u64) {
        sleep(self.window).await;
        let entries = self.open.window_over(number);
        self.send(entries).await;
    }

    /// Calls the handler with these messages, then with those that have waited for this call.
    async fn send(self: Arc<Self>, mut entries: Vec<Entry>) {
        while !entries.is_empty() {
            let groups = self.call(entries).await;
            entries = self.open.ended(&groups);
        }
    }

    /// Calls the handler, unless no message waits for its verdict any more.
    async fn call(&self, entries: Vec<Entry>) -> Groups {
        let all = self.open.groups(entries.iter().map(|entry| &entry.message), None);
        let entries = self.open.without_gone(entries);
        let Some(context) = self.context(&entries) else { return all };
        self.metrics.batch_handled(entries.len());
        let signals = Signals::default();
        entries.iter().for_each(|entry| entry.context.join(&signals));
        let (messages, rest): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .map(|Entry { message, context, answer }| (message, (context, answer)))
            .unzip();
        let (contexts, mut answers): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
        let (context, stopping) = context;
        let call = AssertUnwindSafe(self.handler.handle_batch(&messages, context)).catch_unwind();
        let mut call = std::pin::pin!(call);
        let verdicts = tokio::select! {
            biased;
            verdicts = &mut call => verdicts,
            () = first_stop(&contexts) => {
                stopping.cancel();
                tokio::select! {
                    biased;
                    verdicts = call => verdicts,
                    () = all_gone(&mut answers) => return all,
                }
            }
        };
        let verdicts = verdicts.ok();
        let groups = self.open.groups(&messages, verdicts.as_deref());
        answer(answers, verdicts);
        groups
    }
}

async fn first_stop(contexts: &[Context]) {
    select_all(contexts.iter().map(|context| context.stopping().boxed())).await;
}

/// Waits until the worker has dropped the calls of all messages.
async fn all_gone(answers: &mut [oneshot::Sender<Answer>]) {
    join_all(answers.iter_mut().map(oneshot::Sender::closed)).await;
}

/// Gives each message its verdict. `None` after a panic.
fn answer(answers: Vec<oneshot::Sender<Answer>>, verdicts: Option<Vec<Verdict>>) {
    let mut verdicts = verdicts.map(Vec::into_iter);
    for answer in answers {
        let verdict = match &mut verdicts {
            None => Answer::Panicked,
            Some(verdicts) => Answer::Verdict(verdicts.next().unwrap_or_else(|| {
                Verdict::retry("the batch handler returned no verdict for this message")
            })),
        };
        // The worker may have dropped this call meanwhile.
        drop(answer.send(verdict));
    }
}
