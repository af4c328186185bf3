//! Figures: one source, three places.

use std::time::Duration;

use longshore::queue::Action;
use longshore::{Context, Message, Verdict};
use tokio::time::sleep;

use super::{Look, text};
use crate::support::{FakeQueue, Rig, Scrape, config};

/// Takes as many seconds as the message says, and fails the first time if it says so.
async fn handle(message: Message, _: Context) -> Verdict {
    let (seconds, again) = message.body.split_once(' ').unwrap_or((&message.body, ""));
    sleep(Duration::from_millis(seconds.parse().unwrap())).await;
    if again == "twice" && message.receive_count == 1 {
        return Verdict::retry_after(Duration::from_secs(1), "once more");
    }
    Verdict::Done
}

/// A worker that has handled five messages within a minute, one of them twice.
async fn worked() -> Rig {
    let queue = FakeQueue::default();
    ["3", "20", "20", "700", "6000 twice"].iter().for_each(|body| queue.send(body));
    let mut config = config("orders");
    config.wait = Duration::from_secs(10);
    let rig = Rig::with(&queue, config, handle);
    // In addition to the 11 requests of the worker.
    rig.metrics.queues()[0].billed(Action::Receive, 1_000);
    for _ in 0..60 {
        sleep(Duration::from_secs(1)).await;
        rig.metrics.observe();
    }
    rig
}

#[tokio::test(start_paused = true)]
async fn every_figure_equals_the_figure_of_slo() {
    let rig = worked().await;
    let look = Look::at(&rig);
    let figures = look.all("[data-slo]");
    assert!(figures.len() >= 30, "{}", figures.len());
    for figure in figures {
        let pointer = figure.attr("data-slo").unwrap();
        let value = look.report.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in /slo"));
        let shown = figure.attr("value").unwrap();
        assert_eq!(shown.parse().ok(), value.as_f64(), "{pointer}");
        assert!(!text(figure).is_empty(), "{pointer}");
    }
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn counts_of_messages_are_shown() {
    let rig = worked().await;
    let look = Look::at(&rig);
    let shown = |pointer: &str| look.text(&format!(".queue [data-slo='/queues/0/{pointer}']"));
    assert_eq!(shown("work/deleted"), "5");
    assert_eq!(shown("work/handler_errors"), "1");
    assert_eq!(shown("work/in_flight"), "0");
    assert_eq!(shown("work/pollers"), "1");
    // The sixth failed after 6 s, and was processed in 6 s: above the 5 s of the objective.
    assert_eq!((shown("slos/1/good"), shown("slos/1/bad")), ("4".to_owned(), "1".to_owned()));
    assert_eq!(shown("slos/0/objective"), "99.9 %");
    // 1,011 requests a minute for 30 days, at $0.40 a million.
    assert_eq!(shown("cost/projected_spend_per_month_usd"), "$17.47");
    assert_eq!(shown("cost/projected_waste_per_month_usd"), "$0.04");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn counts_equal_the_metrics() {
    let rig = worked().await;
    let (look, scrape) = (Look::at(&rig), rig.scrape());
    let queue = &look.report["queues"][0];
    for slo in queue["slos"].as_array().unwrap() {
        for result in ["good", "bad"] {
            let labels = [("slo", slo["slo"].as_str().unwrap()), ("result", result)];
            let counted = scrape.sum("longshore_slo_events_total", &labels);
            assert_eq!(slo[result].as_f64(), Some(counted), "{labels:?}");
        }
    }
    for (key, metric) in [
        ("in_flight", "longshore_messages_in_flight"),
        ("held", "longshore_messages_held"),
        ("pollers", "longshore_pollers"),
        ("handler_errors", "longshore_handler_errors_total"),
        ("received", "longshore_messages_received_total"),
    ] {
        assert_eq!(queue["work"][key].as_f64(), Some(scrape.sum(metric, &[])), "{key}");
    }
    assert_same_distribution(queue, &scrape);
    rig.stop().await;
}

fn assert_same_distribution(queue: &serde_json::Value, scrape: &Scrape) {
    let (mut below, mut compared) = (0.0, 0);
    for bucket in queue["latency"]["buckets"].as_array().unwrap() {
        below += bucket["count"].as_f64().unwrap();
        let bound = match bucket["at_most_seconds"].as_f64() {
            Some(bound) => bound.to_string(),
            None => "+Inf".to_owned(),
        };
        let metric = "longshore_processing_duration_seconds_bucket";
        let le = ("le", bound.as_str());
        if scrape.samples().any(|(name, have, _)| name == metric && have.get(le.0) == Some(&le.1)) {
            assert_eq!(below, scrape.sum(metric, &[le]), "{bound}");
            compared += 1;
        }
    }
    assert_eq!(compared, 9, "the metric has 8 bounds");
    assert_eq!(below, 6.0);
    assert_eq!(queue["latency"]["half_within_seconds"], 0.025);
}

#[tokio::test(start_paused = true)]
async fn messages_with_a_running_handler_are_in_flight() {
    let queue = FakeQueue::default();
    ["90000", "90000", "90000"].iter().for_each(|body| queue.send(body));
    let mut config = config("orders");
    config.concurrency = 3;
    let rig = Rig::with(&queue, config, handle);
    sleep(Duration::from_secs(30)).await;
    let look = Look::at(&rig);
    assert_eq!(look.text("[data-slo='/queues/0/work/in_flight']"), "3");
    assert_eq!(look.text("[data-slo='/fleet/in_flight']"), "3");
    rig.stop().await;
}
