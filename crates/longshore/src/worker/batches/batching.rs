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
use tracing::Instrument;

use super::open::{Added, Answer, Entry, Open};
use crate::config::{BatchConfig, QueueConfig};
use crate::handler::{
    AnyBatchHandler, BatchHandler, Context, Handler, NotReady, SharedCall, Verdict,
};
use crate::label::LabelSet;
use crate::outcome::Ending;
use crate::queue::Message;
use crate::telemetry::QueueMetrics;
use crate::trace::BatchSpan;
use crate::worker::disposition::Outcome;

/// A handler of single messages in front of a batch handler.
pub(in crate::worker) struct Batching(Arc<Shared>);

struct Shared {
    handler: AnyBatchHandler,
    /// How long a call may take.
    limit: Duration,
    window: Duration,
    open: Open,
    metrics: Arc<QueueMetrics>,
}

impl Batching {
    pub(in crate::worker) fn new(
        handler: AnyBatchHandler,
        config: &QueueConfig,
        metrics: Arc<QueueMetrics>,
    ) -> Self {
        let BatchConfig { max, window } = config.batch().unwrap_or_default();
        let open = Open::new(max, config.address().is_fifo());
        Self(Arc::new(Shared { handler, limit: config.handler_timeout(), window, open, metrics }))
    }
}

impl Handler for Batching {
    async fn handle(&self, message: Message, context: Context) -> Verdict {
        let shared = &self.0;
        let (answer, verdict) = oneshot::channel();
        let batch = context.batch().cloned().expect("the worker says that it is for a batch");
        let closing = batch.closing().clone();
        match shared.open.add(Entry { message, context, batch, answer }) {
            Added::First { number } => {
                tokio::spawn(shared.clone().send_after_window(number, closing));
            }
            Added::Waiting => {}
            Added::Full(entries) => {
                tokio::spawn(shared.clone().send(entries));
            }
        }
        match verdict.await {
            Ok(Answer::Verdict(verdict)) => verdict,
            // The worker does not count a call that has not begun.
            Ok(Answer::NotCalled) => Verdict::retry("an earlier message of its group failed"),
            Ok(Answer::Panicked) => resume_unwind(Box::new("the batch handler panicked")),
            // Only a runtime that shuts down drops a batch.
            Err(_dropped) => Verdict::retry("the batch was dropped"),
        }
    }

    async fn check(&self) -> Result<(), NotReady> {
        self.0.handler.check().await
    }

    async fn close(&self) {
        self.0.handler.close().await;
    }

    fn can_end(&self, ending: Ending) -> bool {
        self.0.handler.can_end(ending)
    }
}

impl Shared {
    /// The context of a call that begins now, which `stopping` interrupts, and its span. `None` for an
    /// empty batch.
    fn begin(
        &self,
        entries: &[Entry],
        stopping: CancellationToken,
    ) -> Option<(Context, BatchSpan, SharedCall)> {
        let first = entries.first()?;
        let traces = entries.iter().map(|entry| (&*entry.message.id, entry.batch.trace()));
        let (span, trace) = first.batch.traces().process_batch(self.metrics.queue(), traces);
        let call = SharedCall::begin(span.place().clone());
        entries.iter().for_each(|entry| entry.batch.join(&call));
        let (deadline, arn) = (call.began() + self.limit, self.metrics.figures().queue_arn());
        let context = first.context.for_batch(deadline, stopping, arn);
        Some((context.with_trace(trace), span, call))
    }

    /// Sends the batch at the end of its window, or when the worker stops.
    async fn send_after_window(self: Arc<Self>, number: u64, closing: CancellationToken) {
        tokio::select! {
            biased;
            () = sleep(self.window) => {}
            () = closing.cancelled() => {}
        }
        let entries = self.open.window_over(number);
        self.send(entries).await;
    }

    /// Calls the handler with these messages, then with those that have waited for this call.
    async fn send(self: Arc<Self>, mut entries: Vec<Entry>) {
        while !entries.is_empty() {
            entries = self.call(entries).await;
        }
    }

    /// Calls the handler, unless no message waits for its verdict any more. Returns the messages that
    /// have waited for the end of this call.
    async fn call(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let all = self.open.groups(entries.iter().map(|entry| &entry.message), None);
        let entries = self.open.without_gone(entries);
        let stopping = CancellationToken::new();
        let begun = self.begin(&entries, stopping.clone());
        let Some((context, span, shared)) = begun else { return self.open.ended(&all) };
        self.metrics.batch_handled(entries.len());
        let (messages, rest): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .map(|Entry { message, context, answer, .. }| (message, (context, answer)))
            .unzip();
        let (contexts, mut answers): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
        let call = self.handler.handle_batch(&messages, context).instrument(span.span().clone());
        let call = AssertUnwindSafe(call).catch_unwind();
        let mut call = std::pin::pin!(call);
        let verdicts = tokio::select! {
            biased;
            verdicts = &mut call => verdicts,
            () = first_stop(&contexts) => {
                stopping.cancel();
                tokio::select! {
                    biased;
                    verdicts = call => verdicts,
                    () = all_gone(&mut answers) => {
                        end(span, &shared, 0, Some(&[Verdict::retry("")]));
                        return self.open.ended(&all);
                    }
                }
            }
        };
        let verdicts = verdicts.ok();
        end(span, &shared, messages.len(), verdicts.as_deref());
        let groups = self.open.groups(&messages, verdicts.as_deref());
        // Before the verdicts, because a message can be in the next call as soon as it has its own.
        let waited = self.open.ended(&groups);
        answer(answers, verdicts);
        waited
    }
}

/// Ends the span of a call with this number of messages. `None` after a panic.
fn end(span: BatchSpan, call: &SharedCall, messages: usize, verdicts: Option<&[Verdict]>) {
    let Some(verdicts) = verdicts else {
        return span
            .ended(0, Some((Outcome::Panicked.ending().as_str(), Outcome::Panicked.reason())));
    };
    let done = verdicts.iter().take(messages).filter(|verdict| **verdict == Verdict::Done).count();
    let failed = verdicts.iter().find(|verdict| **verdict != Verdict::Done);
    let failed = failed.map(|verdict| match call.was_cut() {
        Some(cut) => Outcome::from(cut),
        None => Outcome::from(verdict.clone()),
    });
    span.ended(done, failed.as_ref().map(|failed| (failed.ending().as_str(), failed.reason())));
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
