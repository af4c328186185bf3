//! The sentence that is read first, and what it tells to do.

use std::time::Duration;

use longshore::health::Health;
use longshore::queue::FailureKind;
use longshore::telemetry::Metrics;
use longshore::{AnyHandler, Context, Message, QueueConfig, Verdict, Worker};
use tokio::time::sleep;

use super::Look;
use crate::support::{FakeQueue, Rig, config};

async fn done(_: Message, _: Context) {}

/// The queue's redrive policy is known once the first messages have come.
async fn good_or_bad(message: Message, _: Context) -> Verdict {
    match message.body.as_str() {
        "bad" => Verdict::retry_after(Duration::from_secs(3600), "no luck"),
        _ => Verdict::Done,
    }
}

/// Looked at every second for so many.
async fn after(seconds: u64, rig: &Rig) -> Look {
    for _ in 0..seconds {
        sleep(Duration::from_secs(1)).await;
        rig.metrics.observe();
    }
    Look::at(rig)
}

/// A queue that is polled as SQS does by default, with this much of a round trip.
fn short_polled(name: &str, milliseconds: u64) -> (FakeQueue, QueueConfig) {
    let (queue, mut config) = (FakeQueue::default(), config(name));
    queue.answers_take(Duration::from_millis(milliseconds));
    config.wait = Duration::ZERO;
    config.short_polling = true;
    (queue, config)
}

#[tokio::test(start_paused = true)]
async fn short_polling_is_told_in_dollars_and_what_to_do() {
    let (queue, config) = short_polled("orders", 10);
    let rig = Rig::with(&queue, config, done);
    let look = after(20, &rig).await;
    // A hundred receives a second for 30 days, at $0.40 a million, and what long polls would have cost.
    assert_eq!(look.heading(), "orders: wasting $104 a month on empty receives");
    assert!(
        look.text(".advice").starts_with("To do: set wait = \"20s\""),
        "{}",
        look.text(".advice")
    );
    assert_eq!(look.report["fleet"]["verdict"]["level"], "wasting");
    let empties = &look.report["queues"][0]["cost"];
    assert!((empties["empty_receives_per_second"].as_f64().unwrap() - 100.0).abs() < 5.0);
    assert!((empties["long_poll_floor_per_second"].as_f64().unwrap() - 0.05).abs() < 0.003);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn waste_within_its_budget_is_said_and_is_well() {
    let (queue, config) = short_polled("orders", 1000);
    let rig = Rig::with(&queue, config, done);
    let look = after(120, &rig).await;
    let heading = look.heading();
    assert!(
        heading.starts_with("orders: well – though no message has come yet; $0.98"),
        "{heading}"
    );
    assert!(heading.ends_with("within the budget of $50"), "{heading}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn before_anything_has_happened_nothing_is_judged() {
    let rig = Rig::start(&FakeQueue::default(), done);
    let look = after(2, &rig).await;
    assert_eq!(look.heading(), "orders: no judgement yet – it is starting");
    let look = after(10, &rig).await;
    assert_eq!(look.heading(), "orders: no judgement yet – no receive has been answered");
    assert_eq!(look.text("[data-slo='/queues/0/slos/0/budget_left']"), "no event yet");
    assert_eq!(look.text("[data-slo='/queues/0/cost/per_message_usd']"), "no message yet");
    assert_eq!(look.text("[data-slo='/queues/0/work/waiting']"), "not asked yet");
    let latency = look.all("figure").pop().unwrap().text().collect::<String>();
    assert!(latency.contains("No handler has ended in this time."), "{latency}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_queue_polled_long_is_well() {
    let rig = Rig::start(&FakeQueue::default(), done);
    let look = after(100, &rig).await;
    assert_eq!(look.heading(), "orders: well – though no message has come yet");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn messages_that_fail_for_good_are_failing_but_one_or_two_are_not() {
    for (bad, expected) in [
        (2, "orders: well – though 2 of 12 messages failed for good, too few to judge by"),
        (5, "orders: failing – 5 of 15 messages failed for good in the last 60 s"),
    ] {
        let queue = FakeQueue::default();
        queue.redrive_after(1);
        queue.send_many(10);
        (0..bad).for_each(|_| queue.send("bad"));
        let rig = Rig::start(&queue, good_or_bad);
        assert_eq!(after(60, &rig).await.heading(), expected);
        rig.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_does_not_hide_what_is_wasted() {
    let (queue, config) = short_polled("orders", 10);
    queue.redrive_after(1);
    queue.send_many(10);
    (0..5).for_each(|_| queue.send("bad"));
    let rig = Rig::with(&queue, config, good_or_bad);
    let look = after(20, &rig).await;
    let heading = look.heading();
    assert!(heading.contains("5 of 15 messages failed for good in the last 20 s"), "{heading}");
    assert!(heading.contains("; also wasting $10"), "{heading}");
    assert_eq!(look.report["fleet"]["verdict"]["level"], "failing");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_cannot_be_polled_is_failing_and_says_why() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Missing; 50]);
    let rig = Rig::start(&queue, done);
    let look = after(30, &rig).await;
    assert!(look.heading().starts_with("orders: failing – not polled, "), "{}", look.heading());
    let advice = look.text(".advice");
    assert!(advice.contains("check the queue's name"), "{advice}");
    assert_eq!(look.report["queues"][0]["work"]["state"], "stopped");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn sqs_that_is_not_reached_is_failing_though_the_worker_is_ready() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Unavailable; 500]);
    let rig = Rig::start(&queue, done);
    let look = after(60, &rig).await;
    assert!(look.heading().contains("failing – SQS cannot be reached"), "{}", look.heading());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_application_that_is_away_is_failing() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let handler = |_: Message, _: Context| async { Verdict::unavailable("connection refused") };
    let rig = Rig::start(&queue, handler);
    let look = after(60, &rig).await;
    assert!(look.heading().contains("nobody is there to handle messages"), "{}", look.heading());
    assert_eq!(look.report["queues"][0]["work"]["state"], "paused");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_says_who_is_still_in_flight_and_for_how_long() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(15));
    let rig = Rig::start(&queue, handler);
    after(3, &rig).await;
    rig.stop.begin();
    let look = after(2, &rig).await;
    assert_eq!(
        look.heading(),
        "Stopping: 3 messages of orders still in flight; handlers may run on for 20 s"
    );
    assert_eq!(look.text(".until-then"), "orders: well – every objective is met");
    assert_eq!(look.report["queues"][0]["work"]["state"], "draining");
    let (metrics, health) = (rig.metrics.clone(), rig.health.clone());
    rig.end().await;
    let page = longshore::admin::status_page(&metrics, &health);
    assert!(page.contains("Stopped: 3 messages finished, 0 given back, 0 cut off"), "{page}");
}

#[tokio::test(start_paused = true)]
async fn workers_one_after_the_other_are_compared_on_one_page() {
    let (metrics, health) = (Metrics::default(), Health::default());
    let mut looks = Vec::new();
    for name in ["short", "long"] {
        let mut worker = Worker::following(metrics.clone(), health.clone());
        let (queue, config) = match name {
            "short" => short_polled(name, 10),
            _ => (FakeQueue::default(), config(name)),
        };
        worker.add(config, AnyHandler::new(done), |_| std::sync::Arc::new(queue));
        let rig = Rig::run(worker);
        looks.push(after(41, &rig).await);
        rig.stop().await;
    }
    let look = &looks[1];
    // The fake queue bills nothing.
    assert_eq!(look.heading(), "1 of 2 queues wastes money: $104 of $0.00 a month");
    let ranking: Vec<_> =
        look.all(".ranking .text").iter().map(|rank| super::text(*rank)).collect();
    // The first has ended, and its hour with it: what it wasted is not thinned by the time since.
    assert_eq!(ranking[0], "short: wasted $104 a month on empty receives – set wait = \"20s\"");
    assert_eq!(ranking[1], "long: well – though no message has come yet");
    assert!(health.draining().is_some(), "the second drains too, in the end");
}
