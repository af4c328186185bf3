//! How many series a scrape has, and which exist before their first event.

use std::collections::BTreeSet;
use std::time::Duration;

use longshore::config::{OnReject, PayloadsConfig};
use longshore::telemetry::catalog;
use longshore::testing::FakePayloads;
use longshore::{Context, Message, Verdict, Worker};
use tokio::time::sleep;
use xtask::series::Work;

use crate::rules::known::{Sort, all_groups, parts, series as known_series};
use crate::rules::promql::{Selector, read};
use crate::support::{FakeQueue, Rig, Scrape, config};

/// The limit for one queue of one process.
const MOST: usize = 200;

const URL: &str = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders-001";

/// Name and labels of each series, without the metrics of the operating system and without the
/// account of the queue.
fn series(scrape: &Scrape) -> BTreeSet<String> {
    let ours = scrape.samples().filter(|(name, ..)| name.starts_with("longshore_"));
    ours.map(|(name, labels, _)| {
        let is_account = |label: &str| ["name", "region", "account"].contains(&label);
        let labels = labels.into_iter().filter(|(label, _)| !is_account(label));
        format!("{name}{:?}", labels.collect::<Vec<_>>())
    })
    .collect()
}

fn documented(work: Work) -> BTreeSet<String> {
    series(&Scrape::of(&work.metrics(1)))
}

#[tokio::test(start_paused = true)]
async fn an_idle_queue_has_the_series_that_the_document_counts() {
    let rig = Rig::with(&FakeQueue::default(), config(URL), retry_once);
    sleep(Duration::from_secs(30)).await;
    assert_eq!(series(&rig.scrape()), documented(Work::Idle));
    rig.stop().await;
}

/// A message is retried once. Its body is the time in milliseconds that it takes.
async fn retry_once(message: Message, _: Context) -> Verdict {
    sleep(Duration::from_millis(message.body.parse().unwrap())).await;
    if message.is_first_delivery() { Verdict::retry("again") } else { Verdict::Done }
}

#[tokio::test(start_paused = true)]
async fn a_busy_queue_has_the_series_that_the_document_counts() {
    let queue = FakeQueue::default();
    let rig = Rig::with(&queue, config(URL), retry_once);
    for _ in 0..20 {
        for message in 0..55 {
            queue.send(&format!("{}", message * 20));
        }
        sleep(Duration::from_secs(30)).await;
    }
    let (_, scrape) = rig.stop().await;
    assert!(scrape.sum("longshore_messages_total", &[("result", "deleted")]) > 1000.0);
    let series = series(&scrape);
    let documented = documented(Work::Busy);
    let more: Vec<_> = series.difference(&documented).collect();
    let fewer: Vec<_> = documented.difference(&series).collect();
    assert!(more.is_empty() && fewer.is_empty(), "more: {more:#?}, fewer: {fewer:#?}");
}

#[test]
fn a_queue_has_fewer_than_200_series() {
    for work in [Work::Idle, Work::Busy] {
        let [one, two] = [1, 2].map(|queues| work.cost(queues).series);
        assert!(two - one < MOST && one < MOST, "{work:?}: {one} for one queue, {two} for two");
    }
}

/// A label value of a counter that the rules read only as a part of all requests.
fn is_of_a_denominator(name: &str, labels: &[(&str, &str)]) -> bool {
    let of = |label: &str, value: &str| labels.contains(&(label, value));
    name == "longshore_api_requests_total"
        && (of("result", "unavailable")
            || of("result", "timeout")
            || of("result", "kms") && !of("action", "receive"))
}

/// Each combination of label values that the selector reads.
fn combinations(selector: &Selector) -> Vec<Vec<(String, String)>> {
    let name = ["_count", "_sum"].iter().find_map(|end| selector.name.strip_suffix(end));
    let name = name.unwrap_or(&selector.name);
    let metric = catalog::ALL.iter().find(|metric| metric.name == name).unwrap();
    let mut all = vec![vec![]];
    for label in metric.labels {
        let Some(values) = label.values else { continue };
        let matcher = selector.matchers.iter().find(|(name, _)| name == label.name);
        let matches = |value: &&&str| {
            matcher.is_none_or(|(_, wanted)| wanted.split('|').any(|wanted| wanted == **value))
        };
        let values: Vec<_> = values.iter().filter(matches).collect();
        all = all
            .into_iter()
            .flat_map(|labels: Vec<_>| {
                values.iter().map(move |value| {
                    let more = (label.name.to_owned(), (**value).to_owned());
                    labels.iter().cloned().chain([more]).collect()
                })
            })
            .collect();
    }
    all
}

#[tokio::test(start_paused = true)]
async fn every_counter_that_a_rule_reads_exists_at_zero() {
    let mut payloads = PayloadsConfig::new(["bucket"]);
    payloads.delete = true;
    let config = config("orders").on_reject(OnReject::DeadLetter).payloads(payloads);
    let (config, queue) = (config.build().unwrap(), FakeQueue::default());
    let worker = Worker::builder().add(config, queue, |_: Message, _: Context| async {});
    let rig = Rig::run(worker.payload_store(FakePayloads::new()));
    let _task = rig.metrics.periodic_task(&rig.metrics.queue("orders").unwrap(), "backup");
    let scrape = rig.scrape();
    let known = known_series();
    let mut checked = 0;
    for rule in all_groups().iter().flat_map(|group| &group.rules) {
        let (rule, expr) = parts(rule);
        let reads = read(expr).selectors.into_iter();
        let is_counter = |selector: &Selector| {
            known.get(&selector.name).is_some_and(|known| known.sort == Sort::Counter)
        };
        for selector in reads.filter(is_counter) {
            for labels in combinations(&selector) {
                let labels: Vec<_> = labels.iter().map(|(k, v)| (&**k, &**v)).collect();
                let mut samples = scrape.samples().filter(|(name, have, _)| {
                    *name == selector.name && labels.iter().all(|(k, v)| have.get(k) == Some(v))
                });
                let exists = samples.next().is_some();
                assert!(
                    exists || is_of_a_denominator(&selector.name, &labels),
                    "{rule} reads {} {labels:?}, which does not exist before its first event",
                    selector.name
                );
                checked += 1;
            }
        }
    }
    assert!(checked > 100, "only {checked} series were checked");
    rig.stop().await;
}
