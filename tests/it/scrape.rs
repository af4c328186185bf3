//! The scrape is the catalogue, as far as it can occur.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore::config::{OnReject, PayloadsConfig};
use longshore::handler::{Condition, Routes};
use longshore::label::LabelSet;
use longshore::outcome::{Ending, Settled, TaskSender};
use longshore::queue::Action;
use longshore::slo::Slo;
use longshore::telemetry::catalog::{self, Kind};
use longshore::testing::FakePayloads;
use longshore::{BatchHandler, Context, Handler, Message, Verdict, Worker};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig, config};

/// The metrics of a standard queue that exist before SQS has answered.
fn early() -> impl Iterator<Item = &'static catalog::Metric> {
    let others =
        catalog::LATE.iter().chain(catalog::OF_FIFO_QUEUES).chain(catalog::OF_BATCH_HANDLERS);
    let others = others.chain(catalog::OF_MOVED_REJECTS).chain(catalog::OF_MAX_AGE);
    let others = others.chain(catalog::OF_PERIODIC_TASKS).chain(catalog::OF_PAYLOADS);
    let others: BTreeSet<_> = others.map(|metric| metric.name).collect();
    catalog::ALL.iter().copied().filter(move |metric| !others.contains(metric.name))
}

#[tokio::test(start_paused = true)]
async fn the_first_scrape_has_every_declared_metric_and_no_other() {
    let queue = FakeQueue::default();
    queue.never_answer_attributes();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    let scrape = rig.scrape();
    let declared: BTreeSet<_> = early().map(|metric| (metric.name, metric.kind.as_str())).collect();
    let ours = scrape.types().into_iter().filter(|(name, _)| name.starts_with("longshore_"));
    assert_eq!(ours.collect::<BTreeSet<_>>(), declared);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn every_series_has_the_labels_that_its_metric_declares() {
    let queue = FakeQueue::default();
    queue.report_dead_letters(0, Duration::from_secs(60));
    let mut payloads = PayloadsConfig::new(["payloads"]);
    payloads.delete = true;
    let config = config("orders.fifo").on_reject(OnReject::DeadLetter).payloads(payloads);
    let config = config.max_age(Some(Duration::from_secs(60))).build().unwrap();
    let any = Condition::attribute("any");
    let routes = Routes::with_default_batch(Done).batch_route("any", any, Done);
    let worker = Worker::builder().add_routes(config, queue.clone(), routes);
    let rig = Rig::run(worker.payload_store(FakePayloads::new()));
    queue.until("the attributes are known", |queue| queue.counts().attributes == 2).await;
    sleep(Duration::from_secs(21)).await;
    let of_queue = rig.metrics.queue("orders.fifo").unwrap();
    rig.metrics.periodic_task(&of_queue, "backup").sent_run_of(60);
    rig.metrics.periodic_task_sender(&of_queue, TaskSender::Leader, true);
    let scrape = rig.scrape();
    for metric in catalog::ALL {
        let counted = match metric.kind {
            Kind::Histogram(_) => format!("{}_count", metric.name),
            Kind::Counter | Kind::Gauge => metric.name.to_owned(),
        };
        let series: Vec<_> = scrape.samples().filter(|(name, ..)| *name == counted).collect();
        assert!(!series.is_empty(), "{}", metric.name);
        let labels: BTreeSet<_> = metric.labels.iter().map(|label| label.name).collect();
        for (_, have, _) in series {
            assert_eq!(have.keys().copied().collect::<BTreeSet<_>>(), labels, "{}", metric.name);
        }
    }
    rig.stop().await;
}

/// A batch handler.
struct Done;

impl BatchHandler for Done {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        messages.iter().map(|_| Verdict::Done).collect()
    }
}

/// A handler that ends in one way only.
struct AlwaysDone;

impl Handler for AlwaysDone {
    async fn handle(&self, _: Message, _: Context) -> Verdict {
        Verdict::Done
    }

    fn can_end(&self, ending: Ending) -> bool {
        ending == Ending::Done
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_occur_has_no_series() {
    let mut config = config("https://sqs.us-east-1.amazonaws.com/000000000000/orders");
    config.gather = Some(Duration::ZERO);
    config.objectives.freshness_threshold = Duration::ZERO;
    let rig = Rig::with(&FakeQueue::default(), config, AlwaysDone);
    let scrape = rig.scrape();
    let values = |metric: &str, label: &str| -> BTreeSet<String> {
        let series = scrape.samples().filter(|(name, ..)| *name == metric);
        series.map(|(_, labels, _)| labels[label].to_owned()).collect()
    };
    let set = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
    let of_all = |all: &[&str], without: &[&str]| {
        set(&all.iter().copied().filter(|value| !without.contains(value)).collect::<Vec<_>>())
    };
    let none: BTreeSet<String> = BTreeSet::new();
    assert_eq!(values("longshore_processing_duration_seconds_count", "outcome"), set(&["done"]));
    assert_eq!(values("longshore_handler_errors_total", "kind"), none);
    assert_eq!(
        values("longshore_messages_total", "result"),
        of_all(Settled::VALUES, &["rejected"])
    );
    for metric in ["longshore_api_requests_total", "longshore_billed_requests_total"] {
        assert_eq!(
            values(metric, "action"),
            of_all(Action::VALUES, &["get_url", "send"]),
            "{metric}"
        );
    }
    assert_eq!(values("longshore_gather_duration_seconds_count", "awaited"), none);
    for metric in ["events_total", "objective_ratio", "min_bad_events"] {
        let metric = format!("longshore_slo_{metric}");
        assert_eq!(values(&metric, "slo"), of_all(Slo::VALUES, &["freshness"]), "{metric}");
    }
    rig.stop().await;
}

/// A handler that does not end as it said.
struct Surprising;

impl Handler for Surprising {
    async fn handle(&self, _: Message, _: Context) -> Verdict {
        Verdict::reject("a surprise")
    }

    fn can_end(&self, ending: Ending) -> bool {
        ending == Ending::Done
    }
}

#[tokio::test(start_paused = true)]
async fn what_occurs_nevertheless_is_counted() {
    let queue = FakeQueue::default();
    queue.send("once");
    let rig = Rig::start(&queue, Surprising);
    sleep(Duration::from_secs(1)).await;
    let (_, scrape) = rig.stop().await;
    let rejected = [("kind", "reject")];
    assert_eq!(scrape.sum("longshore_handler_errors_total", &rejected), 1.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "rejected")]), 1.0);
}

#[tokio::test(start_paused = true)]
async fn counters_start_at_zero() {
    let rig = Rig::start(&FakeQueue::default(), |_: Message, _: Context| async {});
    let scrape = rig.scrape();
    for metric in catalog::ALL.iter().filter(|metric| metric.kind == Kind::Counter) {
        assert_eq!(scrape.sum(metric.name, &[]), 0.0, "{}", metric.name);
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn process_metrics_exist() {
    let rig = Rig::start(&FakeQueue::default(), |_: Message, _: Context| async {});
    assert!(rig.scrape().sum("process_resident_memory_bytes", &[]) > 0.0);
    rig.stop().await;
}
