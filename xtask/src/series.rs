//! How much a scrape costs: the series, the samples and the bytes of `/metrics`, as
//! `docs/metrics.md` states them. The figures come from the text that a worker would export.

use std::fmt::Write as _;
use std::time::Duration;

use longshore::QueueConfig;
use longshore::label::LabelSet;
use longshore::outcome::{Ending, ReceiveOutcome, Settled, Settling};
use longshore::queue::{Action, ApiResult, BacklogState, Delivery};
use longshore::slo::{Judgement, Slo};
use longshore::telemetry::{Awaited, Heartbeat, Metrics, QueueMetrics, catalog};

const SECOND: Duration = Duration::from_secs(1);

/// What happens on a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Every receive is empty.
    Idle,
    /// Full, partial and empty receives. Messages that are processed, and messages that are retried,
    /// redelivered and then processed.
    Busy,
}

/// The cost of one scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Series of the project.
    pub series: usize,
    /// Bytes of their lines, and of the lines that declare them.
    pub bytes: usize,
}

impl Work {
    /// The metrics of a worker with this number of queues.
    pub fn metrics(self, queues: u32) -> Metrics {
        let metrics = Metrics::new();
        for number in 1..=queues {
            let queue = metrics.register(&config(number));
            idle(&queue, number);
            if self == Self::Busy {
                busy(&queue);
            }
        }
        metrics
    }

    /// The cost of a scrape of a worker with this number of queues.
    pub fn cost(self, queues: u32) -> Cost {
        let text = self.metrics(queues).render();
        let is_ours = |line: &&str| !line.is_empty() && !line.contains("process_");
        let lines = text.lines().filter(is_ours);
        let series = lines.clone().filter(|line| !line.starts_with('#')).count();
        Cost { series, bytes: lines.map(|line| line.len() + 1).sum() }
    }
}

/// The table for `docs/metrics.md`.
pub fn markdown() -> String {
    let mut text = String::from(
        "| each queue is | queues | series | samples per minute at 15 s | at 60 s | kB per scrape |\n\
         | --- | --- | --- | --- | --- | --- |\n",
    );
    for (name, work) in [("idle", Work::Idle), ("busy", Work::Busy)] {
        for queues in [1, 10, 100] {
            let Cost { series, bytes } = work.cost(queues);
            let (samples, kilobytes) = (4 * series, bytes.div_ceil(1000));
            writeln!(text, "| {name} | {queues} | {series} | {samples} | {series} | {kilobytes} |")
                .expect("a String takes all that is written to it");
        }
    }
    text
}

fn config(number: u32) -> QueueConfig {
    let url = format!("https://sqs.eu-central-1.amazonaws.com/123456789012/{}", name(number));
    QueueConfig::builder(url.as_str()).build().expect("the defaults are valid")
}

fn name(number: u32) -> String {
    format!("orders-{number:03}")
}

fn idle(queue: &QueueMetrics, number: u32) {
    for action in [Action::Receive, Action::GetAttributes] {
        queue.api_request(action, ApiResult::Ok);
        queue.billed(action, 1);
    }
    queue.queue_named(&format!("arn:aws:sqs:eu-central-1:123456789012:{}", name(number)));
    queue.queue_attributes([0.0; catalog::QUEUE_ATTRIBUTES.len()]);
    for state in BacklogState::ALL {
        queue.backlog(*state, 0);
    }
    queue.poller_started();
    receive(queue, ReceiveOutcome::Empty, 0);
}

fn receive(queue: &QueueMetrics, outcome: ReceiveOutcome, messages: usize) {
    queue.receive_ended(outcome, SECOND);
    queue.receive_returned(messages);
    queue.oldest_received(SECOND);
    queue.slo_event(Slo::Polling, Judgement::Good);
}

fn busy(queue: &QueueMetrics) {
    receive(queue, ReceiveOutcome::Full, 10);
    receive(queue, ReceiveOutcome::Partial, 2);
    for awaited in Awaited::ALL {
        queue.gathered(*awaited, SECOND);
    }
    message(queue, Delivery::First, Ending::Retry, Settled::Retried);
    message(queue, Delivery::Redelivery, Ending::Done, Settled::Deleted);
    queue.redelivered_after(SECOND);
    queue.heartbeats(Heartbeat::Extended, 1);
    for (settling, action) in
        [(Settling::Delete, Action::Delete), (Settling::ChangeVisibility, Action::ChangeVisibility)]
    {
        queue.settle_sent(settling, 1);
        queue.api_request(action, ApiResult::Ok);
        queue.billed(action, 1);
    }
}

fn message(queue: &QueueMetrics, delivery: Delivery, ending: Ending, settled: Settled) {
    queue.message_received(delivery);
    queue.message_unbuffered();
    queue.handler_started(delivery, Some(SECOND));
    queue.handler_ended(0, ending, SECOND, None);
    queue.message_settled(settled);
}
