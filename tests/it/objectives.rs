//! Events are judged where they happen, by the queue's own objectives.

use std::time::Duration;

use longshore::{Context, Message, Verdict};
use tokio::time::sleep;

use crate::support::{FakeQueue, Rig, Scrape, config};

async fn done(_: Message, _: Context) {}

fn events(scrape: &Scrape, slo: &str, result: &str) -> f64 {
    scrape.sum("longshore_slo_events_total", &[("slo", slo), ("result", result)])
}

#[tokio::test(start_paused = true)]
async fn long_polls_of_an_idle_queue_are_good() {
    let rig = Rig::start(&FakeQueue::default(), done);
    sleep(Duration::from_secs(300)).await;
    let (_, scrape) = rig.stop().await;
    assert!(events(&scrape, "polling", "good") >= 14.0);
    assert_eq!(events(&scrape, "polling", "bad"), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_shorter_wait_is_judged_by_the_longest_wait() {
    let mut config = config("orders");
    config.wait = Duration::from_secs(2);
    let rig = Rig::with(&FakeQueue::default(), config, done);
    sleep(Duration::from_secs(61)).await;
    let (_, scrape) = rig.stop().await;
    assert!(events(&scrape, "polling", "bad") >= 30.0);
    assert_eq!(events(&scrape, "polling", "good"), 0.0);
}

#[tokio::test(start_paused = true)]
async fn handlers_are_judged_by_the_latency_threshold() {
    let queue = FakeQueue::default();
    (0..4).for_each(|seconds| queue.send(&seconds.to_string()));
    let mut config = config("orders");
    config.objectives.latency_threshold = Duration::from_secs(2);
    let handler = |message: Message, _: Context| async move {
        sleep(Duration::from_secs(message.body.parse().unwrap())).await;
    };
    let rig = Rig::with(&queue, config, handler);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(events(&scrape, "latency", "good"), 3.0);
    assert_eq!(events(&scrape, "latency", "bad"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn only_the_last_failed_receive_is_a_failed_delivery() {
    let queue = FakeQueue::default();
    queue.redrive_after(3);
    queue.send("hopeless");
    queue.send("fine");
    let handler = |message: Message, _: Context| async move {
        match message.body.as_str() {
            "fine" => Verdict::Done,
            _ => Verdict::retry_after(Duration::from_secs(1), "no luck"),
        }
    };
    let rig = Rig::start(&queue, handler);
    let failed = |scrape: &Scrape| events(scrape, "delivery", "bad");
    while rig.scrape().sum("longshore_messages_total", &[("result", "retried")]) < 2.0 {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(failed(&rig.scrape()), 0.0);
    while rig.scrape().sum("longshore_messages_total", &[("result", "retried")]) < 3.0 {
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(failed(&rig.scrape()), 1.0);
    assert_eq!(events(&rig.scrape(), "delivery", "good"), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_redelivery_does_not_count_for_freshness() {
    let queue = FakeQueue::default();
    queue.send("twice");
    let handler = |message: Message, _: Context| async move {
        match message.receive_count {
            1 => Verdict::retry_after(Duration::from_secs(600), "later"),
            _ => Verdict::Done,
        }
    };
    let rig = Rig::start(&queue, handler);
    queue.until("deleted", |queue| queue.is_empty()).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(events(&scrape, "freshness", "good"), 1.0);
    assert_eq!(events(&scrape, "freshness", "bad"), 0.0);
}

#[tokio::test(start_paused = true)]
async fn objectives_and_budgets_are_metrics() {
    let mut config = config("orders");
    config.objectives.delivery = 0.95;
    config.objectives.waste_budget_per_month_usd = 7.0;
    let rig = Rig::with(&FakeQueue::default(), config, done);
    let scrape = rig.scrape();
    assert_eq!(scrape.sum("longshore_slo_objective_ratio", &[("slo", "delivery")]), 0.95);
    assert_eq!(scrape.sum("longshore_slo_min_bad_events", &[("slo", "polling")]), 5.0);
    assert_eq!(scrape.sum("longshore_waste_budget_usd", &[]), 7.0);
    assert_eq!(scrape.sum("longshore_long_poll_reference_seconds", &[]), 20.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_report_shows_the_burn_and_the_waste_of_short_waits() {
    let mut config = config("orders");
    config.wait = Duration::from_secs(1);
    let rig = Rig::with(&FakeQueue::default(), config, done);
    for _ in 0..720 {
        sleep(Duration::from_secs(10)).await;
        rig.metrics.refresh();
    }
    let report = longshore::report::Report::new(&rig.metrics, &rig.health);
    let report = serde_json::to_value(&report).unwrap();
    let polling = &report["queues"][0]["slos"][3];
    assert_eq!(polling["slo"], "polling");
    assert_eq!(polling["burn"][0]["window"], "30m");
    assert_eq!(polling["burn"][0]["covered_seconds"], 1800.0);
    assert_eq!(polling["burn"][0]["rate"], 20.0);
    assert_eq!(polling["budget_left"], -19.0);
    // One receive a second, of which one in twenty would have been needed: 2,462,400 wasted per
    // month.
    let waste = report["queues"][0]["cost"]["projected_waste_per_month_usd"].as_f64().unwrap();
    assert!((waste - 0.98).abs() < 0.02, "{waste}");
    assert_eq!(report["queues"][0]["cost"]["per_message_usd"], serde_json::Value::Null);
    rig.stop().await;
}
