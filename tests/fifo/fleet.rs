//! Three workers, of which one is replaced again and again.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use longshore::config::{BatchConfig, RetryConfig};
use longshore::telemetry::Metrics;
use longshore::{BatchHandler, Context, Message, QueueConfig, Report, Stop, Verdict, Worker};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::journal::Journal;
use crate::source::Source;

/// The message of a planned panic.
pub(crate) const PANIC: &str = "a planned panic";
const WORKERS: usize = 3;
/// A new worker replaces the oldest after this time.
const REPLACED_AFTER: Duration = Duration::from_secs(2);
/// For an event that must happen, and must not keep the test if it does not.
const LIMIT: Duration = Duration::from_secs(3600);

pub(crate) struct Fleet<'a> {
    source: &'a Source,
    journal: Journal,
    workers: Vec<Running>,
    metrics: Vec<Metrics>,
}

struct Running {
    stop: Stop,
    task: JoinHandle<Report>,
}

/// What the workers counted.
pub(crate) struct Counted {
    pub(crate) leases_lost: usize,
    replaced: usize,
    released: usize,
    aborted: usize,
}

impl<'a> Fleet<'a> {
    pub(crate) fn start(source: &'a Source, journal: Journal) -> Self {
        let mut fleet = Self { source, journal, workers: Vec::new(), metrics: Vec::new() };
        (0..WORKERS).for_each(|_| fleet.add());
        source.add_faults();
        fleet
    }

    /// Replaces workers until every message is processed, then stops all.
    pub(crate) async fn run(mut self) -> Counted {
        let journal = self.journal.clone();
        let all_done = timeout(LIMIT, journal.all_done());
        let mut all_done = std::pin::pin!(all_done);
        let (mut replaced, mut aborted) = (0, 0);
        loop {
            tokio::select! {
                ended = &mut all_done => {
                    if ended.is_err() {
                        println!("not every message was processed within {LIMIT:?}");
                    }
                    break;
                }
                () = sleep(REPLACED_AFTER) => {
                    self.add();
                    aborted += end(self.workers.remove(0)).await;
                    replaced += 1;
                }
            }
        }
        for worker in std::mem::take(&mut self.workers) {
            aborted += end(worker).await;
        }
        let count = |series: &str| {
            let of = |metrics: &Metrics| sum(&metrics.render(), series);
            self.metrics.iter().map(of).sum::<f64>() as usize
        };
        Counted {
            leases_lost: count(
                "longshore_messages_total{queue=\"orders.fifo\",result=\"lease_lost\"}",
            ),
            released: count(
                "longshore_messages_released_behind_failure_total{queue=\"orders.fifo\"}",
            ),
            replaced,
            aborted,
        }
    }

    fn add(&mut self) {
        let config = QueueConfig::builder(self.source.url.as_str())
            .concurrency(50)
            .wait(Duration::from_secs(2))
            .visibility(Duration::from_secs(10))
            .gather(Duration::ZERO)
            .handler_timeout(Duration::from_secs(5));
        let retry = RetryConfig::new(Duration::from_secs(1), Duration::from_secs(1));
        let config = config.retry(retry);
        let journal = self.journal.clone();
        let connection = self.source.connection();
        let has_batches = self.metrics.len() % 3 == 2;
        let worker = if has_batches {
            let config = config.batch(Some(BatchConfig::new(20, Duration::from_millis(20))));
            let config = config.build().expect("a valid configuration");
            Worker::builder().add_sqs_batch(&connection, config, OneByOne(journal))
        } else {
            let config = config.build().expect("a valid configuration");
            let handler = move |message: Message, _: Context| handle(journal.clone(), message);
            Worker::builder().add_sqs(&connection, config, handler)
        };
        let worker = worker.build().expect("a worker with one queue");
        self.metrics.push(worker.metrics().clone());
        let stop = Stop::new();
        let task = tokio::spawn(worker.run(stop.clone()));
        self.workers.push(Running { stop, task });
    }
}

/// Returns the number of aborted and abandoned messages.
async fn end(worker: Running) -> usize {
    worker.stop.begin();
    let report = worker.task.await.expect("a worker does not panic");
    (report.ledger.aborted + report.ledger.abandoned) as usize
}

/// Handles the messages of a batch in their order. From the first failure of a group on, the rest of
/// the group fails.
struct OneByOne(Journal);

impl BatchHandler for OneByOne {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        let (mut verdicts, mut failed) = (Vec::new(), HashSet::new());
        for message in messages {
            let group = message.group_id.clone();
            let verdict = match failed.contains(&group) || is_planned(message, 29, 1) {
                true => Verdict::retry("a planned failure, or behind one"),
                false => handle(self.0.clone(), message.clone()).await,
            };
            if verdict != Verdict::Done {
                failed.insert(group);
            }
            verdicts.push(verdict);
        }
        verdicts
    }
}

fn number(message: &Message) -> usize {
    message.body.parse().expect("a body is a number")
}

/// Whether this is one of the messages of a kind, and its receive is at most the last with a fault.
fn is_planned(message: &Message, kind: usize, last: u32) -> bool {
    number(message) % 97 == kind && message.receive_count <= last
}

/// Most messages are processed at once. Of a hundred, two fail, one panics and two are slow at first.
async fn handle(journal: Journal, message: Message) -> Verdict {
    let number = number(&message);
    let call = journal.begin(number);
    match (number % 97, message.receive_count) {
        (13 | 57, 1 | 2) => return Verdict::retry("a planned failure"),
        (29, 1) => std::panic::panic_any(PANIC),
        (41 | 83, _) => sleep(Duration::from_millis(300)).await,
        _ => sleep(Duration::from_millis(1)).await,
    }
    call.done();
    Verdict::Done
}

/// The value of a series in the text format; 0 if it does not exist.
fn sum(text: &str, series: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map_or(0.0, |value| value.trim().parse().expect("a value is a number"))
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { leases_lost, replaced, released, aborted } = self;
        write!(
            f,
            "{replaced} workers replaced, {released} messages released behind a failure, {aborted} aborted \
             or abandoned, {leases_lost} leases lost"
        )
    }
}
