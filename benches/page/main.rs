//! The cost of the status page: rendering it for a request, and keeping its history without
//! requests. `cargo bench --bench page`.

#![allow(missing_docs, reason = "a bench has no callers")]

use std::time::Duration;

use longshore::QueueConfig;
use longshore::admin::{Selection, status_page};
use longshore::health::{Health, Readiness};
use longshore::outcome::{Ending, ReceiveOutcome, Settled};
use longshore::queue::{Action, Delivery};
use longshore::slo::{Judgement, Slo, judge};
use longshore::telemetry::{Metrics, QueueMetrics};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Builder;
use tokio::time::advance;

const HOUR: u64 = 3600;
const RUNS: u32 = 50;
/// A time that neither a reader nor the worker notices.
const GOAL: Duration = Duration::from_millis(20);

fn main() {
    let runtime = Builder::new_current_thread().enable_all().start_paused(true).build();
    runtime.expect("a runtime of one thread").block_on(measure());
}

async fn measure() {
    println!("queues  page ms  KiB  share of one CPU without requests");
    for queues in [1, 2, 10, 100] {
        let (metrics, health) = (Metrics::new(), Health::default());
        let handles: Vec<_> = (0..queues)
            .map(|number| {
                let name = format!("queue-{number}");
                health.add_queue(&name);
                health.set_readiness(&name, Readiness::Polling);
                let config = QueueConfig::builder(name).build();
                metrics.register(&config.expect("the defaults are valid"))
            })
            .collect();
        let mut noting = Duration::ZERO;
        for second in 0..HOUR {
            handles.iter().for_each(|queue| work(queue, second));
            advance(Duration::from_secs(1)).await;
            noting += took(|| metrics.observe());
        }
        let (mut length, selection) = (0, Selection::default());
        let page = took(|| {
            for _ in 0..RUNS {
                length = status_page(&metrics, &health, &selection).len();
            }
        }) / RUNS;
        let verdict = if page <= GOAL { "" } else { "  above the goal of 20 ms" };
        println!(
            "{queues:>6}  {:>7.2}  {:>3}  {:.5} %{verdict}",
            page.as_secs_f64() * 1e3,
            length / 1024,
            noting.as_secs_f64() / HOUR as f64 * 100.0,
        );
    }
}

/// A second of a queue with short polling and some messages.
fn work(queue: &QueueMetrics, second: u64) {
    for _ in 0..90 {
        queue.receive_ended(ReceiveOutcome::Empty, Duration::from_millis(10));
        queue.slo_event(Slo::Polling, judge::polling(0, Duration::from_millis(10)));
        queue.billed(Action::Receive, 1);
    }
    for message in 0..second % 7 {
        queue.message_received(Delivery::First);
        queue.handler_ended(
            0,
            Ending::Done,
            Duration::from_millis(3 << (message + second % 5)),
            None,
        );
        queue.slo_event(Slo::Delivery, Judgement::Good);
        queue.message_settled(Settled::Deleted);
    }
}

/// The CPU time of this thread, because the clock of the runtime is paused.
fn took(what: impl FnOnce()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
    };
    let before = now();
    what();
    now() - before
}
