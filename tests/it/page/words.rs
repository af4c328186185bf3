//! The verdict at the top of the page, and its advice.

use std::time::Duration;

use longshore::admin::Selection;
use longshore::config::QueueConfigBuilder;
use longshore::health::Health;
use longshore::queue::FailureKind;
use longshore::telemetry::Metrics;
use longshore::{Context, Message, Verdict, Worker};
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

/// The page after this time, with one observation per second.
async fn after(seconds: u64, rig: &Rig) -> Look {
    for _ in 0..seconds {
        sleep(Duration::from_secs(1)).await;
        rig.metrics.observe();
    }
    Look::at(rig)
}

/// A queue that is polled as SQS does by default, with this much of a round trip.
fn short_polled(name: &str, milliseconds: u64) -> (FakeQueue, QueueConfigBuilder) {
    let (queue, mut config) = (FakeQueue::default(), config(name));
    queue.delay_answers(Duration::from_millis(milliseconds));
    config.wait = Duration::ZERO;
    config.short_polling = true;
    (queue, config)
}

#[tokio::test(start_paused = true)]
async fn short_polling_has_its_cost_and_advice() {
    let (queue, config) = short_polled("orders", 10);
    let rig = Rig::with(&queue, config, done);
    let look = after(20, &rig).await;
    // A hundred receives a second for 30 days, at $0.40 a million, and what long polls would have
    // cost.
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
async fn waste_within_its_budget_is_reported_and_is_well() {
    let (queue, config) = short_polled("orders", 1000);
    let rig = Rig::with(&queue, config, done);
    let look = after(120, &rig).await;
    let heading = look.heading();
    assert!(
        heading.starts_with("orders: well – no message received yet; empty receives cost $0.98"),
        "{heading}"
    );
    assert!(heading.ends_with("within the budget of $50"), "{heading}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn nothing_is_judged_before_the_first_event() {
    let queue = FakeQueue::default();
    queue.never_answer_attributes();
    let rig = Rig::start(&queue, done);
    let look = after(2, &rig).await;
    assert_eq!(look.heading(), "orders: no judgement yet – the worker is starting");
    let look = after(10, &rig).await;
    assert_eq!(look.heading(), "orders: no judgement yet – no receive has ended");
    assert_eq!(look.text("[data-slo='/queues/0/slos/0/budget_left']"), "no event yet");
    assert_eq!(look.text("[data-slo='/queues/0/cost/per_message_usd']"), "no message yet");
    assert_eq!(look.text("[data-slo='/queues/0/work/waiting']"), "not reported yet");
    let latency = look.all("figure").pop().unwrap().text().collect::<String>();
    assert!(latency.contains("No handler ended in this time."), "{latency}");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_idle_queue_with_long_polling_is_well() {
    let rig = Rig::start(&FakeQueue::default(), done);
    let look = after(100, &rig).await;
    assert_eq!(look.heading(), "orders: well – no message received yet");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_few_failed_messages_are_too_few_to_judge() {
    for (bad, expected) in [
        (2, "orders: well – 2 of 12 messages were not processed, too few to judge"),
        (5, "orders: failing – 5 of 15 messages were not processed in the last 60 s"),
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
async fn failing_handlers_link_to_their_runbook() {
    let queue = FakeQueue::default();
    queue.send_many(10);
    let handler = |_: Message, _: Context| async { Verdict::retry("a bug") };
    let rig = Rig::start(&queue, handler);
    let look = after(20, &rig).await;
    assert!(look.heading().contains("handler calls failed"), "{}", look.heading());
    assert_eq!(look.report["queues"][0]["verdict"]["runbook"], "LongshoreHandlersFailing");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_failure_does_not_hide_waste() {
    let (queue, config) = short_polled("orders", 10);
    queue.redrive_after(1);
    queue.send_many(10);
    (0..5).for_each(|_| queue.send("bad"));
    let rig = Rig::with(&queue, config, good_or_bad);
    let look = after(20, &rig).await;
    let heading = look.heading();
    assert!(heading.contains("5 of 15 messages were not processed in the last 20 s"), "{heading}");
    assert!(heading.contains("; also wasting $10"), "{heading}");
    assert_eq!(look.report["fleet"]["verdict"]["level"], "failing");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_is_not_polled_is_failing_with_the_reason() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Missing; 50]);
    let rig = Rig::start(&queue, done);
    let look = after(30, &rig).await;
    assert!(look.heading().starts_with("orders: failing – not polled: "), "{}", look.heading());
    let advice = look.text(".advice");
    assert!(advice.contains("check the name, region and account"), "{advice}");
    assert_eq!(look.report["queues"][0]["work"]["state"], "stopped");
    assert_eq!(look.report["queues"][0]["verdict"]["runbook"], "LongshoreRequestsRefused");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_sqs_is_failing() {
    let queue = FakeQueue::default();
    queue.fail_receives(&[FailureKind::Unavailable; 500]);
    let rig = Rig::start(&queue, done);
    let look = after(60, &rig).await;
    assert!(look.heading().contains("failing – SQS is unreachable"), "{}", look.heading());
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_unreachable_handler_is_failing() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let handler = |_: Message, _: Context| async { Verdict::unavailable("connection refused") };
    let rig = Rig::start(&queue, handler);
    let look = after(60, &rig).await;
    let says = "failing – polling is paused by the circuit breaker: connection refused";
    assert!(look.heading().contains(says), "{}", look.heading());
    assert_eq!(look.report["queues"][0]["work"]["state"], "paused");
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_shows_messages_in_flight_and_the_grace() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(15));
    let rig = Rig::start(&queue, handler);
    after(3, &rig).await;
    rig.stop.begin();
    let look = after(2, &rig).await;
    assert_eq!(
        look.heading(),
        "Stopping: 3 messages of orders in flight; handlers may continue for 20 s"
    );
    assert_eq!(look.text(".until-then"), "orders: well – every objective is met");
    assert_eq!(look.report["queues"][0]["work"]["state"], "draining");
    let (metrics, health) = (rig.metrics.clone(), rig.health.clone());
    rig.end().await;
    let page = longshore::admin::status_page(&metrics, &health, &Selection::default());
    assert!(
        page.contains("Stopped: 3 messages completed, 0 released, 0 aborted or abandoned"),
        "{page}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_aborted_shutdown_says_what_to_do() {
    let queue = FakeQueue::default();
    queue.send_many(3);
    let handler = |_: Message, _: Context| sleep(Duration::from_secs(3000));
    let mut config = config("orders");
    config.handler_timeout = Duration::from_secs(3600);
    let rig = Rig::with(&queue, config, handler);
    after(3, &rig).await;
    let (metrics, health) = (rig.metrics.clone(), rig.health.clone());
    rig.stop().await;
    let look = Look::selected(&metrics, &health, "");
    let heading = "Stopped: 0 messages completed, 0 released, 3 aborted or abandoned";
    assert_eq!(look.heading(), heading);
    assert!(look.text(".advice").starts_with("To do: pause deploys, and raise shutdown.grace"));
    assert_eq!(look.all(".fleet.at-risk, .queue.at-risk").len(), 2);
    assert!(look.text(".failures li").contains("3 times (interrupted)"));
    let stopping = &look.report["fleet"]["stopping"];
    assert_eq!(
        (&stopping["cut_off"], &stopping["runbook"]),
        (&3.into(), &"LongshoreMessagesAborted".into())
    );
}

#[tokio::test(start_paused = true)]
async fn successive_workers_share_one_page() {
    let (metrics, health) = (Metrics::default(), Health::default());
    let mut looks = Vec::new();
    for name in ["short", "long"] {
        let (queue, config) = match name {
            "short" => short_polled(name, 10),
            _ => (FakeQueue::default(), config(name)),
        };
        let worker = Worker::builder().metrics(metrics.clone()).health(health.clone());
        let rig = Rig::run(worker.add(config.build().unwrap(), queue, done));
        looks.push(after(41, &rig).await);
        rig.stop().await;
    }
    let look = &looks[1];
    assert_eq!(look.heading(), "short: wasted $104 a month on empty receives (1 of 2 queues)");
    let ranking: Vec<_> = look.all(".group .text").iter().map(|rank| super::text(*rank)).collect();
    // The first has ended, and its hour with it: what it wasted is not thinned by the time since.
    assert_eq!(ranking[0], "short: wasted $104 a month on empty receives – set wait = \"20s\"");
    assert_eq!(ranking[1], "long: well – no message received yet");
    assert!(health.draining().is_some(), "the second drains too, in the end");
}
