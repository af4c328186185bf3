//! Events are judged where they happen, by the queue's own objectives.

use std::time::Duration;

use longshore::queue::FailureKind;
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

/// What delivery said of messages that always end like this: good and bad.
async fn delivery_of(queue: &FakeQueue, handler: impl longshore::Handler) -> (f64, f64) {
    let rig = Rig::with(queue, config("orders"), handler);
    sleep(Duration::from_secs(3600)).await;
    rig.stop.hurry();
    let (_, scrape) = rig.end().await;
    (events(&scrape, "delivery", "good"), events(&scrape, "delivery", "bad"))
}

async fn retry(_: Message, _: Context) -> Verdict {
    Verdict::retry("no luck")
}

#[tokio::test(start_paused = true)]
async fn without_a_redrive_policy_a_failed_message_is_judged_once() {
    let queue = FakeQueue::default();
    queue.send_many(50);
    assert_eq!(delivery_of(&queue, retry).await, (0.0, 50.0));
    assert!(queue.most_receives() > 5);
}

#[tokio::test(start_paused = true)]
async fn failures_say_nothing_of_latency() {
    let queue = FakeQueue::default();
    queue.send_many(50);
    let rig = Rig::start(&queue, retry);
    sleep(Duration::from_secs(600)).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(events(&scrape, "latency", "good"), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_cannot_be_read_at_first_is_read_again() {
    for kinds in [vec![FailureKind::Throttled], vec![FailureKind::Denied; 3]] {
        let queue = FakeQueue::default();
        queue.redrive_after(3);
        queue.fail_attributes(&kinds);
        let rig = Rig::start(&queue, retry);
        sleep(Duration::from_secs(120)).await;
        queue.send("hopeless");
        sleep(Duration::from_secs(120)).await;
        assert_eq!(events(&rig.scrape(), "delivery", "bad"), 1.0);
        rig.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_is_never_read_leaves_the_configured_attempts() {
    let queue = FakeQueue::default();
    queue.fail_attributes(&[FailureKind::Denied; 1000]);
    queue.send_many(25);
    assert_eq!(delivery_of(&queue, retry).await, (0.0, 25.0));
}

#[tokio::test(start_paused = true)]
async fn a_backlog_interval_of_zero_does_not_switch_delivery_off() {
    let queue = FakeQueue::default();
    queue.redrive_after(2);
    queue.send("hopeless");
    let mut config = config("orders");
    config.backlog_interval = Duration::ZERO;
    let rig = Rig::with(&queue, config, retry);
    queue.until("the second receive", |queue| queue.most_receives() == 2).await;
    sleep(Duration::from_secs(1)).await;
    assert_eq!(events(&rig.scrape(), "delivery", "bad"), 1.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_single_allowed_receive_is_known_with_the_first_batch() {
    let queue = FakeQueue::default();
    queue.redrive_after(1);
    queue.send_many(6);
    let rig = Rig::start(&queue, retry);
    queue.until("received", |queue| queue.counts().received >= 6).await;
    sleep(Duration::from_millis(10)).await;
    assert_eq!(events(&rig.scrape(), "delivery", "bad"), 6.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn the_last_receive_counts_however_it_ended() {
    // Interrupted by a shutdown.
    let queue = FakeQueue::default();
    queue.redrive_after(1);
    queue.send("long");
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(19)));
    queue.until("received", |queue| queue.counts().received == 1).await;
    sleep(Duration::from_secs(1)).await;
    rig.stop.hurry();
    let (_, scrape) = rig.end().await;
    assert_eq!(events(&scrape, "delivery", "bad"), 1.0);

    // The lease is lost.
    let queue = FakeQueue::default();
    queue.redrive_after(1);
    queue.send("stolen");
    let rig = Rig::start(&queue, |_: Message, _: Context| sleep(Duration::from_secs(19)));
    queue.until("received", |queue| queue.counts().received == 1).await;
    queue.steal_in_flight();
    sleep(Duration::from_secs(25)).await;
    assert_eq!(events(&rig.scrape(), "delivery", "bad"), 1.0);
    rig.stop.hurry();
    rig.end().await;

    // The application never got it.
    let queue = FakeQueue::default();
    queue.redrive_after(1);
    queue.send("unavailable");
    let handler = |_: Message, _: Context| async { Verdict::unavailable("refused") };
    let rig = Rig::start(&queue, handler);
    queue.until("received", |queue| queue.counts().received == 1).await;
    sleep(Duration::from_secs(1)).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(events(&scrape, "delivery", "bad"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_delete_is_denied_is_judged_once() {
    let queue = FakeQueue::default();
    queue.redrive_after(5);
    queue.deny_deletes();
    queue.send_many(6);
    assert_eq!(delivery_of(&queue, done).await, (0.0, 6.0));
}

#[tokio::test(start_paused = true)]
async fn freshness_begins_when_the_application_got_the_message() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let up = tokio::time::Instant::now() + Duration::from_secs(60);
    let handler = move |_: Message, _: Context| async move {
        match tokio::time::Instant::now() < up {
            true => Verdict::unavailable("refused"),
            false => Verdict::Done,
        }
    };
    let mut config = config("orders");
    // The fake queue runs on the clock of tokio, and ages on the system's.
    config.objectives.freshness_threshold = Duration::from_secs(10);
    let rig = Rig::with(&queue, config, handler);
    sleep(Duration::from_secs(30)).await;
    let judged =
        |scrape: &Scrape| events(scrape, "freshness", "good") + events(scrape, "freshness", "bad");
    assert_eq!(judged(&rig.scrape()), 0.0);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    assert_eq!(judged(&rig.scrape()), 3.0);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_freshness_threshold_of_zero_judges_nothing() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let mut config = config("orders");
    config.objectives.freshness_threshold = Duration::ZERO;
    let rig = Rig::with(&queue, config, done);
    queue.until("all deleted", |queue| queue.is_empty()).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(events(&scrape, "freshness", "good") + events(&scrape, "freshness", "bad"), 0.0);
}
