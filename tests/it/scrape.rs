//! The scrape is the catalogue, both ways.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore::telemetry::catalog::{self, Kind};
use longshore::{Context, Message};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig};

/// The metrics that exist before SQS has answered.
fn early() -> impl Iterator<Item = &'static catalog::Metric> {
    let is_late =
        |metric: &&catalog::Metric| catalog::LATE.iter().any(|late| late.name == metric.name);
    catalog::ALL.iter().copied().filter(move |metric| !is_late(metric))
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
async fn the_scrape_has_every_combination_of_labels_after_the_first_answers() {
    let queue = FakeQueue::default();
    let rig = Rig::start(&queue, |_: Message, _: Context| async {});
    queue.until("the attributes are known", |queue| queue.counts().attributes == 1).await;
    sleep(Duration::from_secs(21)).await;
    let scrape = rig.scrape();
    for metric in catalog::ALL {
        let expected: usize =
            metric.labels.iter().filter_map(|l| l.values).map(<[_]>::len).product();
        let counted = match metric.kind {
            Kind::Histogram(_) => format!("{}_count", metric.name),
            Kind::Counter | Kind::Gauge => metric.name.to_owned(),
        };
        let series: Vec<_> = scrape.samples().filter(|(name, ..)| *name == counted).collect();
        assert_eq!(series.len(), expected, "{}", metric.name);
        let labels: BTreeSet<_> = metric.labels.iter().map(|label| label.name).collect();
        for (_, have, _) in series {
            assert_eq!(have.keys().copied().collect::<BTreeSet<_>>(), labels, "{}", metric.name);
        }
    }
    rig.stop().await;
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
