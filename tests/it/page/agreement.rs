//! A verdict has the level of the alert that would fire: failing for a critical one.

use std::sync::Arc;
use std::time::Duration;

use longshore::config::{PayloadsConfig, QueueConfigBuilder};
use longshore::health::{Health, Readiness};
use longshore::outcome::{Ending, ReceiveOutcome, Settled};
use longshore::queue::{Action, ApiResult, BacklogState, Delivery};
use longshore::report::{Level, Report};
use longshore::slo::{Judgement, Slo};
use longshore::telemetry::{Metrics, QueueMetrics};
use tokio::time::advance;

use crate::support::config;

/// Five minutes of a queue with these events each second.
struct Second {
    /// Handler calls, and how many of them fail.
    calls: (u64, u64),
    deletes: bool,
    /// Requests, and how many of them end like this.
    requests: (u64, u64, ApiResult),
    failed_receives: u64,
    /// The age of the messages.
    age: Duration,
}

const HEALTHY: Second = Second {
    calls: (10, 0),
    deletes: true,
    requests: (10, 0, ApiResult::Ok),
    failed_receives: 0,
    age: Duration::from_secs(1),
};

const DAY: Duration = Duration::from_secs(86_400);

/// The level of the page and the alert that it names.
async fn judged(second: &Second, dead_letters: u64) -> (Level, Option<&'static str>, String) {
    let (metrics, health) = (Metrics::new(), Health::default());
    let queue = metrics.register(&config("orders").build().unwrap());
    health.set_readiness("orders", Readiness::Polling);
    queue.queue_attributes([20.0, 30.0, DAY.as_secs_f64(), 0.0, 3.0]);
    queue.attributes_known();
    queue.dead_letters(dead_letters, DAY);
    for _ in 0..300 {
        advance(Duration::from_secs(1)).await;
        queue.receive_ended(ReceiveOutcome::Partial, Duration::from_millis(20));
        (0..second.failed_receives)
            .for_each(|_| queue.receive_ended(ReceiveOutcome::Error, Duration::from_millis(20)));
        queue.oldest_received(second.age);
        let (calls, failed) = second.calls;
        for call in 0..calls {
            queue.message_received(Delivery::First);
            let ending = if call < failed { Ending::Retry } else { Ending::Done };
            queue.handler_ended(0, ending, Duration::from_millis(3), None);
            let is_deleted = ending == Ending::Done && second.deletes;
            queue.message_settled(if is_deleted { Settled::Deleted } else { Settled::Retried });
        }
        let (requests, others, result) = second.requests;
        for request in 0..requests {
            let result = if request < others { result } else { ApiResult::Ok };
            queue.api_request(Action::Receive, result);
        }
        metrics.observe();
    }
    let verdict = Report::new(&metrics, &health).queues[0].verdict.clone();
    (verdict.level, verdict.runbook, verdict.says)
}

#[tokio::test(start_paused = true)]
async fn the_level_is_that_of_the_alert() {
    let calls = |failed| Second { calls: (10, failed), ..HEALTHY };
    let requests = |others, result| Second { requests: (10, others, result), ..HEALTHY };
    let throttled =
        |others| Second { failed_receives: 9, ..requests(others, ApiResult::Throttled) };
    let (failing, at_risk) = (Level::Failing, Level::AtRisk);
    for (name, second, level, runbook) in [
        ("healthy", HEALTHY, Level::Well, None),
        ("9 of 10 calls fail", calls(9), failing, Some("LongshoreHandlersFailing")),
        ("6 of 10 calls fail", calls(6), at_risk, Some("LongshoreHandlersFailing")),
        ("2 of 10 calls fail", calls(2), at_risk, Some("LongshoreHandlersFailing")),
        ("9 of 10 throttled", throttled(9), failing, Some("LongshoreRequestsThrottled")),
        (
            "2 of 10 throttled",
            requests(2, ApiResult::Throttled),
            at_risk,
            Some("LongshoreRequestsThrottled"),
        ),
        (
            "no processed message is deleted",
            Second { deletes: false, ..HEALTHY },
            failing,
            Some("LongshoreMessagesNotDeleted"),
        ),
        (
            "3 of 10 denied",
            requests(3, ApiResult::Denied),
            at_risk,
            Some("LongshoreRequestsRefused"),
        ),
        (
            "3 of 10 invalid",
            requests(3, ApiResult::Invalid),
            at_risk,
            Some("LongshoreRequestsRefused"),
        ),
        (
            "messages expire",
            Second { age: DAY * 6 / 10, ..HEALTHY },
            failing,
            Some("LongshoreBacklogGrowing"),
        ),
    ] {
        let (found, alert, says) = judged(&second, 0).await;
        assert_eq!((found, alert), (level, runbook), "{name}: {says}");
    }
    assert_eq!(judged(&HEALTHY, 4).await.0, at_risk);
}

#[tokio::test(start_paused = true)]
async fn dead_letters_that_expire_soon_are_failing() {
    let (metrics, health) = (Metrics::new(), Health::default());
    let queue = metrics.register(&config("orders").build().unwrap());
    health.set_readiness("orders", Readiness::Polling);
    queue.receive_ended(ReceiveOutcome::Empty, Duration::from_secs(20));
    let level = || {
        let verdict = Report::new(&metrics, &health).queues[0].verdict.clone();
        (verdict.level, verdict.runbook)
    };
    queue.dead_letters(3, DAY);
    advance(DAY / 2).await;
    queue.dead_letters(4, DAY);
    assert_eq!(level(), (Level::AtRisk, Some("LongshoreDeadLetters")));
    advance(DAY * 3 / 10).await;
    assert_eq!(level(), (Level::Failing, Some("LongshoreDeadLettersExpire")));
    queue.dead_letters(0, DAY);
    queue.dead_letters(1, DAY);
    assert_eq!(level(), (Level::AtRisk, Some("LongshoreDeadLetters")));
}

#[tokio::test(start_paused = true)]
async fn many_messages_in_flight_are_at_risk() {
    let (metrics, health, queue) = polled();
    queue.backlog(BacklogState::InFlight, 96_001);
    let (level, runbook, says) = verdict(&metrics, &health);
    assert_eq!((level, runbook), (Level::AtRisk, Some("LongshoreInFlightLimitNear")));
    assert_eq!(says, "at risk – 96,001 messages of the queue in flight; SQS allows 120,000");
}

fn polled() -> (Metrics, Health, Arc<QueueMetrics>) {
    polled_with(config("orders"))
}

/// A queue that has been polled once.
fn polled_with(config: QueueConfigBuilder) -> (Metrics, Health, Arc<QueueMetrics>) {
    let (metrics, health) = (Metrics::new(), Health::default());
    let queue = metrics.register(&config.build().unwrap());
    health.set_readiness("orders", Readiness::Polling);
    queue.receive_ended(ReceiveOutcome::Partial, Duration::from_millis(20));
    (metrics, health, queue)
}

fn verdict(metrics: &Metrics, health: &Health) -> (Level, Option<&'static str>, String) {
    let verdict = Report::new(metrics, health).queues[0].verdict.clone();
    (verdict.level, verdict.runbook, verdict.says)
}

#[tokio::test(start_paused = true)]
async fn lost_leases_are_at_risk_for_an_hour() {
    let (metrics, health, queue) = polled();
    let lose = || {
        queue.message_received(Delivery::First);
        queue.message_settled(Settled::LeaseLost);
    };
    (0..4).for_each(|_| lose());
    assert_eq!(verdict(&metrics, &health).0, Level::Well);
    lose();
    let (level, runbook, says) = verdict(&metrics, &health);
    assert_eq!((level, runbook), (Level::AtRisk, Some("LongshoreLeasesLost")));
    assert_eq!(
        says,
        "at risk – the visibility timeout of 5 messages ended before their handlers did in the \
         last hour"
    );
    for _ in 0..62 {
        metrics.observe();
        advance(Duration::from_secs(60)).await;
    }
    queue.receive_ended(ReceiveOutcome::Partial, Duration::from_millis(20));
    assert_eq!(verdict(&metrics, &health).0, Level::Well);
}

#[tokio::test(start_paused = true)]
async fn messages_that_are_lost_one_by_one_are_at_risk() {
    let (metrics, health, queue) = polled();
    (0..100_000).for_each(|_| queue.slo_event(Slo::Delivery, Judgement::Good));
    for _ in 0..4 {
        queue.slo_event(Slo::Delivery, Judgement::Bad);
    }
    assert_eq!(verdict(&metrics, &health).0, Level::Well);
    queue.slo_event(Slo::Delivery, Judgement::Bad);
    for _ in 0..48 {
        metrics.observe();
        advance(Duration::from_secs(3600)).await;
    }
    let (level, runbook, says) = verdict(&metrics, &health);
    assert_eq!((level, runbook), (Level::AtRisk, Some("LongshoreMessagesLost")));
    assert_eq!(says, "at risk – 5 of 100,005 messages were not processed in the last 48 h");
}

#[tokio::test(start_paused = true)]
async fn messages_that_wait_longer_and_longer_are_at_risk() {
    let (metrics, health, queue) = polled();
    for second in 0..=900 {
        queue.oldest_received(Duration::from_secs(300 + second));
        if second == 300 {
            queue.backlog(BacklogState::Visible, 900);
        }
        advance(Duration::from_secs(1)).await;
    }
    let (level, runbook, says) = verdict(&metrics, &health);
    assert_eq!((level, runbook), (Level::AtRisk, Some("LongshoreBacklogGrowing")));
    assert_eq!(
        says,
        "at risk – messages wait longer and longer: 6 min 10 to 15 min ago, 16 min now"
    );
    // A batch that is processed gets older too.
    queue.backlog(BacklogState::Visible, 800);
    assert_eq!(verdict(&metrics, &health).0, Level::Well);
}

#[tokio::test(start_paused = true)]
async fn payloads_that_stay_in_s3_are_at_risk() {
    let mut payloads = PayloadsConfig::new(["bucket"]);
    payloads.delete = true;
    let (metrics, health, queue) = polled_with(config("orders").payloads(payloads));
    (0..4).for_each(|_| queue.payload_deleted(false));
    assert_eq!(verdict(&metrics, &health).0, Level::Well, "too few");
    queue.payload_deleted(false);
    let (level, runbook, says) = verdict(&metrics, &health);
    assert_eq!((level, runbook), (Level::AtRisk, Some("LongshorePayloadsNotDeleted")));
    assert_eq!(says, "at risk – 5 of 5 payloads not deleted from S3 in the last hour");
    (0..45).for_each(|_| queue.payload_deleted(true));
    assert_eq!(verdict(&metrics, &health).0, Level::Well, "10 %");
}
