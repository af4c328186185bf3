//! Rejected messages that the worker moves to the dead-letter queue.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::{OnReject, QueueConfigBuilder, ShutdownConfig};
use longshore::queue::{AttributeContent, DeadLetter, FailureKind};
use longshore::{Context, Message, Verdict};
use tokio::time::sleep;

use crate::support::{Call, FakeQueue, Log, Rig, Scrape, config};

const SECOND: Duration = Duration::from_secs(1);
const MOVES: &str = "longshore_dead_letter_moves_total";

fn moving(name: &str) -> QueueConfigBuilder {
    config(name).on_reject(OnReject::DeadLetter)
}

fn with_dead_letters() -> FakeQueue {
    let queue = FakeQueue::default();
    queue.redrive_after(5);
    queue.report_dead_letters(0, Duration::from_secs(14 * 86_400));
    queue
}

async fn reject(_: Message, _: Context) -> Verdict {
    Verdict::reject("no id")
}

fn bodies(letters: &[DeadLetter]) -> Vec<&str> {
    letters.iter().map(|letter| letter.body.as_str()).collect()
}

fn moves(scrape: &Scrape, result: &str) -> f64 {
    scrape.sum(MOVES, &[("result", result)])
}

fn rejected(scrape: &Scrape) -> f64 {
    scrape.sum("longshore_messages_total", &[("result", "rejected")])
}

fn says(rig: &Rig) -> String {
    let report = longshore::report::Report::new(&rig.metrics, &rig.health);
    report.queues[0].verdict.says.clone()
}

#[tokio::test(start_paused = true)]
async fn a_rejected_message_is_sent_to_the_dead_letter_queue_and_then_deleted() {
    let queue = with_dead_letters();
    queue.send("bad");
    let rig = Rig::with(&queue, moving("orders"), reject);
    queue.until("deleted", |queue| queue.deleted() == ["bad"]).await;
    let calls: Vec<_> =
        queue.calls().into_iter().filter(|c| !matches!(c, Call::Receive { .. })).collect();
    assert_eq!(calls, [Call::SendDeadLetter, Call::Delete(1)]);
    let letters = queue.dead_letters();
    assert_eq!(bodies(&letters), ["bad"]);
    let text = |name: &str| match &letters[0].attributes[name].content {
        AttributeContent::Text(text) => text.clone(),
        AttributeContent::Bytes(_) => panic!("{name} is binary"),
    };
    assert_eq!(text("longshore.reason"), "no id");
    assert_eq!(text("longshore.source"), "arn:aws:sqs:us-east-1:000000000000:fake");
    let (_, scrape) = rig.stop().await;
    assert_eq!((moves(&scrape, "moved"), rejected(&scrape)), (1.0, 1.0));
    let sends = [("action", "send"), ("result", "ok")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &sends), 1.0);
    assert_eq!(scrape.sum("longshore_billed_requests_total", &[]), queue.counts().billed as f64);
    let bad = [("slo", "delivery"), ("result", "bad")];
    assert_eq!(scrape.sum("longshore_slo_events_total", &bad), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_send_that_fails_leaves_the_message_to_the_redrive_policy() {
    for kind in [FailureKind::Denied, FailureKind::Throttled, FailureKind::Timeout] {
        let queue = with_dead_letters();
        queue.send("bad");
        queue.fail_sends(&[kind]);
        let rig = Rig::with(&queue, moving("orders"), reject);
        queue.until("returned", |queue| queue.counts().changes == 1).await;
        assert_eq!((queue.deleted().len(), queue.dead_letters().len()), (0, 0), "{kind:?}");
        let scrape = rig.scrape();
        assert_eq!((moves(&scrape, "failed"), moves(&scrape, "moved")), (1.0, 0.0), "{kind:?}");
        assert!(says(&rig).contains("1 rejected message not moved"), "{}", says(&rig));
        queue.until("moved at the next receive", |queue| queue.deleted() == ["bad"]).await;
        assert_eq!(bodies(&queue.dead_letters()), ["bad"]);
        let (_, scrape) = rig.stop().await;
        assert_eq!((moves(&scrape, "moved"), rejected(&scrape)), (1.0, 2.0), "{kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn without_a_redrive_policy_the_message_stays() {
    let queue = FakeQueue::default();
    queue.send("bad");
    let rig = Rig::with(&queue, moving("orders"), reject);
    queue.until("returned", |queue| queue.counts().changes == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!((moves(&scrape, "no_policy"), queue.counts().sends), (1.0, 0));
    assert_eq!(queue.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn with_an_unknown_redrive_policy_the_message_stays() {
    let queue = with_dead_letters();
    queue.never_answer_attributes();
    queue.send("bad");
    let rig = Rig::with(&queue, moving("orders"), reject);
    queue.until("returned", |queue| queue.counts().changes == 1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!((moves(&scrape, "unknown_policy"), queue.counts().sends), (1.0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_fails_after_the_send_is_repeated_without_another_copy() {
    let queue = with_dead_letters();
    queue.send("bad");
    queue.fail_settles(&[FailureKind::Unavailable; 20]);
    let log = Log::default();
    let seen = log.clone();
    let handler = move |message: Message, _: Context| {
        seen.note(message.body);
        async { Verdict::reject("no id") }
    };
    let rig = Rig::with(&queue, moving("orders"), handler);
    queue.until("deleted", |queue| queue.deleted() == ["bad"]).await;
    assert_eq!((queue.dead_letters().len(), log.times()["bad"]), (1, 1));
    let (_, scrape) = rig.stop().await;
    assert_eq!(rejected(&scrape), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_message_group_goes_on_after_a_move_and_waits_after_a_failed_one() {
    for (fails, expected) in [(false, ["a0", "a1"].as_slice()), (true, &["a0", "a0", "a1"])] {
        let queue = with_dead_letters();
        queue.send_in_group("a", "a0");
        queue.send_in_group("a", "a1");
        if fails {
            queue.fail_sends(&[FailureKind::Throttled]);
        }
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        let handler = move |message: Message, _: Context| {
            log.lock().unwrap().push(message.body.clone());
            async move { if message.body == "a0" { Verdict::reject("no id") } else { Verdict::Done } }
        };
        let rig = Rig::with(&queue, moving("orders.fifo"), handler);
        queue.until("both deleted", |queue| queue.deleted() == ["a0", "a1"]).await;
        assert_eq!(*seen.lock().unwrap(), expected);
        let letters = queue.dead_letters();
        assert_eq!(letters[0].group_id.as_deref(), Some("a"));
        assert_eq!(&*letters[0].deduplication_id, "0");
        rig.stop().await;
        queue.assert_nothing_is_lost();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_a_move_within_the_grace() {
    let queue = with_dead_letters();
    queue.send("bad");
    queue.delay_sends(4 * SECOND);
    let rig = Rig::with(&queue, moving("orders"), reject);
    queue.until("sending", |queue| queue.calls().contains(&Call::SendDeadLetter)).await;
    let (report, scrape) = rig.stop().await;
    assert_eq!((queue.deleted().len(), queue.dead_letters().len()), (1, 1));
    assert_eq!((report.ledger.completed, report.ledger.abandoned), (1, 0));
    assert_eq!(moves(&scrape, "moved"), 1.0);
}

#[tokio::test(start_paused = true)]
async fn a_move_that_outlasts_the_shutdown_is_released_and_counted() {
    let queue = with_dead_letters();
    queue.send("bad");
    queue.delay_sends(3600 * SECOND);
    let rig = Rig::with(&queue, moving("orders"), reject);
    queue.until("sending", |queue| queue.calls().contains(&Call::SendDeadLetter)).await;
    rig.stop.hurry();
    let (report, scrape) = rig.stop().await;
    assert!(
        report.ledger.took <= ShutdownConfig::default().interrupt + SECOND,
        "{:?}",
        report.ledger
    );
    assert_eq!((report.ledger.completed, report.ledger.abandoned), (1, 0));
    assert_eq!((moves(&scrape, "stopped"), rejected(&scrape)), (1.0, 1.0));
    assert_eq!(queue.len(), 1);
    sleep(3600 * SECOND).await;
    assert_eq!(queue.visible(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_slow_send_keeps_the_lease() {
    let queue = with_dead_letters();
    queue.send("bad");
    queue.delay_sends(300 * SECOND);
    let rig = Rig::with(&queue, moving("orders"), reject);
    queue.until("deleted", |queue| queue.deleted() == ["bad"]).await;
    assert_eq!((queue.counts().received, queue.dead_letters().len()), (1, 1));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn only_a_queue_that_moves_has_series_of_moves() {
    let rig = Rig::with(&FakeQueue::default(), config("orders"), reject);
    let scrape = rig.scrape();
    assert!(!scrape.text.contains(MOVES) && !scrape.text.contains("action=\"send\""));
    rig.stop().await;
    let rig = Rig::with(&FakeQueue::default(), moving("orders"), reject);
    let scrape = rig.scrape();
    for series in [MOVES, "longshore_billed_requests_total{queue=\"orders\",action=\"send\"}"] {
        assert!(scrape.text.contains(series), "{series}");
    }
    rig.stop().await;
}
