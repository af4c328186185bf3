//! Payloads that are too large for SQS: read before the handler, and deleted after the message.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use longshore::config::{
    BatchConfig, EnvelopeConfig, OnReject, PayloadsConfig, QueueConfigBuilder, ShutdownConfig,
    Unwrap,
};
use longshore::queue::PayloadFailure;
use longshore::testing::FakePayloads;
use longshore::worker::BuildError;
use longshore::{BatchHandler, Context, Message, Verdict, Worker};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::support::{FakeQueue, Log, Rig, Scrape, config};

const SECOND: Duration = Duration::from_secs(1);
const BUCKET: &str = "payloads";

fn orders() -> QueueConfigBuilder {
    config("orders").payloads(PayloadsConfig::new([BUCKET]))
}

fn deleting() -> QueueConfigBuilder {
    let mut payloads = PayloadsConfig::new([BUCKET]);
    payloads.delete = true;
    config("orders").payloads(payloads)
}

fn start(queue: &FakeQueue, store: &FakePayloads, config: QueueConfigBuilder, log: &Log) -> Rig {
    let handler = log.handler(Duration::ZERO);
    Rig::build(queue, config, handler, |worker| worker.payload_store(store.clone()))
}

fn reads(scrape: &Scrape, result: &str) -> f64 {
    scrape.sum("longshore_payload_reads_total", &[("result", result)])
}

fn is_open(scrape: &Scrape) -> bool {
    scrape.sum("longshore_breaker_state", &[("state", "open")]) == 1.0
}

/// The reason of the last message that was not processed.
fn last_reason(rig: &Rig) -> String {
    rig.metrics.queue("orders").unwrap().figures().failures()[0].reason.clone()
}

/// What the status page says about a paused queue.
fn pause(rig: &Rig) -> String {
    let report = longshore::report::Report::new(&rig.metrics, &rig.health);
    report.queues[0].work.why.clone().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_handler_gets_the_payload_and_not_the_pointer() {
    let (queue, store) = (FakeQueue::new(), FakePayloads::new());
    // More than a message of SQS can have, with characters of each length.
    let payload = "crate \u{e9}\u{1f34a}\n".repeat(450_000);
    let pointer = store.put(BUCKET, "key", payload.clone());
    queue.send_pointer(None, &pointer);
    queue.send("small");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let handler = {
        let seen = seen.clone();
        move |message: Message, _: Context| {
            seen.lock().unwrap().push((message.body, message.attributes.len()));
            async {}
        }
    };
    let rig = Rig::build(&queue, orders(), handler, |worker| worker.payload_store(store.clone()));
    queue.until("deleted", |queue| queue.deleted().len() == 2).await;
    let mut seen = seen.lock().unwrap().clone();
    seen.sort_by_key(|(body, _)| body.len());
    assert!(payload.len() > 5 << 20);
    assert_eq!(seen, [("small".to_owned(), 0), (payload.clone(), 0)]);
    let (_, scrape) = rig.stop().await;
    assert_eq!((reads(&scrape, "ok"), store.reads()), (1.0, 1));
    assert_eq!(scrape.sum("longshore_payload_bytes_total", &[]), payload.len() as f64);
    assert_eq!((store.len(), store.deletes().len()), (1, 0), "deleted without being asked to");
}

#[tokio::test(start_paused = true)]
async fn a_payload_that_cannot_be_read_is_a_rejection_with_the_reason() {
    let too_large = vec![b'a'; (16 << 20) + 1];
    for (bucket, payload, result) in [
        (BUCKET, None, "missing"),
        (BUCKET, Some(too_large), "too_large"),
        (BUCKET, Some(vec![0xff, 0xfe]), "not_text"),
        ("other", Some(b"secret".to_vec()), "other_bucket"),
    ] {
        let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
        queue.redrive_after(5);
        queue.report_dead_letters(0, Duration::from_secs(86_400));
        let pointer = FakePayloads::pointer(bucket, "2026/key");
        payload.into_iter().for_each(|payload| drop(store.put(bucket, "2026/key", payload)));
        queue.send_pointer(None, &pointer);
        let rig = start(&queue, &store, orders().on_reject(OnReject::DeadLetter), &log);
        queue.until("moved", |queue| queue.deleted().len() == 1).await;
        let reason = last_reason(&rig);
        assert!(reason.contains(&format!("s3://{bucket}/2026/key")), "{reason}");
        // Consumers of the dead-letter queue read it by the pointer.
        let letters = queue.dead_letters();
        let why = letters[0].attributes["longshore.reason"].as_text();
        assert_eq!((letters[0].body.as_str(), why), (pointer.as_str(), Some(&*reason)));
        assert!(letters[0].attributes.contains_key("ExtendedPayloadSize"));
        let (_, scrape) = rig.stop().await;
        assert_eq!((reads(&scrape, result), log.len(), is_open(&scrape)), (1.0, 0, false));
        assert_eq!(store.reads(), usize::from(result != "other_bucket"), "{result}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_payload_says_nothing_about_the_application() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    (0..20).for_each(|_| queue.send_pointer(None, &FakePayloads::pointer(BUCKET, "gone")));
    queue.send("small");
    let rig = start(&queue, &store, orders().on_reject(OnReject::Delete), &log);
    queue.until("deleted", |queue| queue.deleted().len() == 21).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!((reads(&scrape, "missing"), log.len(), is_open(&scrape)), (20.0, 1, false));
    let errors = scrape.sum("longshore_handler_errors_total", &[]);
    assert_eq!(errors, 0.0, "no handler got it");
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_store_uses_no_receive() {
    for failure in [PayloadFailure::Unavailable, PayloadFailure::Refused] {
        let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
        for n in 0..30 {
            let key = format!("k{n}");
            queue.send_pointer(None, &store.put(BUCKET, &key, key.clone()));
        }
        store.outage(Some(failure));
        let rig = start(&queue, &store, orders(), &log);
        sleep(180 * SECOND).await;
        assert!(is_open(&rig.scrape()), "{failure:?}");
        let reason = pause(&rig);
        assert!(reason.contains("s3://payloads/k") && reason.contains("on purpose"), "{reason}");
        assert_eq!(log.len(), 0);
        store.outage(None);
        queue.until("all deleted", |queue| queue.deleted().len() == 30).await;
        assert_eq!((queue.most_receives(), log.len()), (1, 30), "{failure:?}");
        let (_, scrape) = rig.stop().await;
        assert_eq!(reads(&scrape, "ok"), 30.0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_that_fails_twice_is_repeated_at_once() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    store.fail(&[PayloadFailure::Unavailable; 2]);
    let began = Instant::now();
    let rig = start(&queue, &store, orders(), &log);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert!(began.elapsed() < 5 * SECOND, "{:?}", began.elapsed());
    let (_, scrape) = rig.stop().await;
    let counted = (reads(&scrape, "ok"), reads(&scrape, "unavailable"), store.reads());
    assert_eq!(counted, (1.0, 0.0, 3));
}

/// S3 refuses a missing object if the role may not list its bucket.
#[tokio::test(start_paused = true)]
async fn one_refused_payload_does_not_stop_the_others() {
    let (queue, log) = (FakeQueue::new(), Log::default());
    let store = FakePayloads::new();
    (0..50).for_each(|n| queue.send(&format!("m{n}")));
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    store.outage(Some(PayloadFailure::Refused));
    let rig = start(&queue, &store, orders(), &log);
    queue.until("the others are deleted", |queue| queue.deleted().len() == 50).await;
    queue.until("the refused one comes back", |queue| queue.most_receives() > 1).await;
    assert!(!is_open(&rig.scrape()));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_called_again_is_not_read_again() {
    let (queue, store) = (FakeQueue::new(), FakePayloads::new());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    let calls = Arc::new(Mutex::new(Vec::new()));
    let seen = calls.clone();
    let handler = move |message: Message, _: Context| {
        let mut calls = seen.lock().unwrap();
        calls.push(message.body);
        let is_away = calls.len() < 4;
        async move { if is_away { Verdict::unavailable("away") } else { Verdict::Done } }
    };
    let rig = Rig::build(&queue, orders(), handler, |worker| worker.payload_store(store.clone()));
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert_eq!(*calls.lock().unwrap(), ["payload"; 4]);
    assert_eq!((store.reads(), queue.most_receives()), (1, 1));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_object_is_deleted_after_its_message_and_only_after_success() {
    let (queue, store) = (FakeQueue::new(), FakePayloads::new());
    for key in ["done", "retry", "reject"] {
        queue.send_pointer(None, &store.put(BUCKET, key, key));
    }
    queue.fail_settles(&[longshore::queue::FailureKind::Unavailable; 3]);
    let handler = |message: Message, _: Context| async move {
        match &*message.body {
            "done" => Verdict::Done,
            "retry" => Verdict::retry("not yet"),
            _ => Verdict::reject("bad"),
        }
    };
    let config = deleting().on_reject(OnReject::Delete);
    let rig = Rig::build(&queue, config, handler, |worker| worker.payload_store(store.clone()));
    store.until("a delete", |store| !store.deletes().is_empty()).await;
    let pointer = FakePayloads::pointer(BUCKET, "done");
    assert!(queue.deleted().contains(&pointer), "the object went before its message");
    queue.until("the rejected one is deleted", |queue| queue.deleted().len() == 2).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!((store.deletes(), store.len()), (vec!["done".to_owned()], 2));
    let deletes = |result| scrape.sum("longshore_payload_deletes_total", &[("result", result)]);
    assert_eq!((deletes("ok"), deletes("failed")), (1.0, 0.0));
}

#[tokio::test(start_paused = true)]
async fn a_delete_that_fails_is_counted_and_the_message_is_done() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    let rig = start(&queue, &store, deleting(), &log);
    log.until(1).await;
    store.outage(Some(PayloadFailure::Refused));
    store.until("a delete", |store| store.deletes().len() == 1).await;
    let (_, scrape) = rig.stop().await;
    let failed = scrape.sum("longshore_payload_deletes_total", &[("result", "failed")]);
    let deleted = scrape.sum("longshore_messages_total", &[("result", "deleted")]);
    assert_eq!((failed, deleted, store.len(), log.len()), (1.0, 1.0, 1, 1));
}

#[tokio::test(start_paused = true)]
async fn an_object_stays_if_another_consumer_has_its_message() {
    let (queue, store) = (FakeQueue::new(), FakePayloads::new());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    queue.refuse(&[true]);
    let log = Log::default();
    let rig = start(&queue, &store, deleting(), &log);
    log.until(1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "lease_lost")]), 1.0);
    assert_eq!((store.deletes().len(), store.len()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_for_open_deletes() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    let rig = start(&queue, &store, deleting(), &log);
    log.until(1).await;
    store.delay(SECOND);
    rig.stop().await;
    assert_eq!((store.deletes().len(), store.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn slow_deletes_end_with_the_time_for_settling() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    let shutdown = ShutdownConfig::default().settle(2 * SECOND);
    let handler = log.handler(Duration::ZERO);
    let rig = Rig::build(&queue, deleting().wait(SECOND), handler, |worker| {
        worker.payload_store(store.clone()).shutdown(shutdown)
    });
    log.until(1).await;
    store.delay(9 * SECOND);
    store.until("a delete", |store| store.deletes().len() == 1).await;
    let began = Instant::now();
    rig.stop().await;
    assert!(began.elapsed() < 4 * SECOND, "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_stop_releases_a_message_whose_payload_is_being_read() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    store.delay(20 * SECOND);
    let rig = start(&queue, &store, orders().wait(SECOND), &log);
    store.until("a read", |store| store.reads() == 1).await;
    let began = Instant::now();
    let (report, _) = rig.stop().await;
    assert!(report.ledger.is_clean() && began.elapsed() < 2 * SECOND, "{:?}", began.elapsed());
    assert_eq!((queue.visible(), log.len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_slow_read_keeps_its_lease_and_takes_no_time_from_the_handler() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    store.delay(40 * SECOND);
    let config = orders().visibility(10 * SECOND).handler_timeout(SECOND);
    let rig = start(&queue, &store, config, &log);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert_eq!((queue.most_receives(), store.reads()), (1, 1));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn payloads_are_read_only_for_messages_with_a_slot() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    for n in 0..40 {
        let key = format!("k{n}");
        queue.send_pointer(None, &store.put(BUCKET, &key, key.clone()));
    }
    store.delay(SECOND / 10);
    let rig = start(&queue, &store, orders().concurrency(3), &log);
    queue.until("all deleted", |queue| queue.deleted().len() == 40).await;
    assert_eq!((store.most_open(), log.len()), (3, 40));
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_with_a_part_of_a_pointer_is_delivered_as_it_is() {
    let (store, pointer) = (FakePayloads::new(), FakePayloads::pointer(BUCKET, "key"));
    for config in [orders(), config("orders")] {
        let (queue, log) = (FakeQueue::new(), Log::default());
        queue.send(&pointer);
        queue.send_pointer(None, "no pointer");
        let rig = start(&queue, &store, config, &log);
        log.until(2).await;
        let bodies: Vec<_> = log.times().into_keys().collect();
        assert_eq!(bodies, [pointer.clone(), "no pointer".to_owned()]);
        rig.stop().await;
    }
    assert_eq!(store.reads(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_queue_without_buckets_leaves_pointers_and_has_no_series_of_payloads() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    let pointer = store.put(BUCKET, "key", "payload");
    queue.send_pointer(None, &pointer);
    let rig = start(&queue, &store, config("orders"), &log);
    log.until(1).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!((log.times()[&pointer], store.reads()), (1, 0));
    assert!(!scrape.samples().any(|(name, ..)| name.starts_with("longshore_payload")));
}

#[tokio::test(start_paused = true)]
async fn the_series_of_payloads_exist_before_the_first_message() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    for (config, deletes) in [(orders(), 0), (deleting(), 2)] {
        let rig = start(&queue, &store, config, &log);
        let scrape = rig.scrape();
        let series = |name| scrape.samples().filter(|(metric, ..)| *metric == name).count();
        assert_eq!(series("longshore_payload_reads_total"), 7);
        assert_eq!(series("longshore_payload_bytes_total"), 1);
        assert_eq!(series("longshore_payload_deletes_total"), deletes);
        rig.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_pointer_in_a_notification_of_sns_is_followed() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    let notification = json!({
        "Type": "Notification",
        "MessageId": "63a3f6b6-d533-4a47-aef9-fcf5cf758c76",
        "TopicArn": "arn:aws:sns:us-west-2:123456789012:orders",
        "Message": store.put(BUCKET, "key", "payload"),
        "Timestamp": "2026-03-29T05:12:16.901Z",
        "MessageAttributes": { "ExtendedPayloadSize": { "Type": "Number", "Value": "7" } },
    });
    queue.send(&notification.to_string());
    let config = orders().envelopes(EnvelopeConfig::new(Unwrap::Sns));
    let rig = start(&queue, &store, config, &log);
    log.until(1).await;
    assert_eq!(log.times()["payload"], 1);
    rig.stop().await;
}

/// Records what it gets.
#[derive(Clone, Default)]
struct Batches(Arc<Mutex<Vec<Vec<String>>>>);

impl BatchHandler for Batches {
    async fn handle_batch(&self, messages: &[Message], _: Context) -> Vec<Verdict> {
        self.0.lock().unwrap().push(messages.iter().map(|one| one.body.clone()).collect());
        messages.iter().map(|_| Verdict::Done).collect()
    }
}

fn start_batches(queue: &FakeQueue, store: &FakePayloads, batches: &Batches, name: &str) -> Rig {
    let config = config(name)
        .payloads(PayloadsConfig::new([BUCKET]))
        .on_reject(OnReject::Delete)
        .batch(Some(BatchConfig::new(10, SECOND / 5)));
    let worker =
        Worker::builder().add_batch(config.build().unwrap(), queue.clone(), batches.clone());
    Rig::run(worker.payload_store(store.clone()))
}

#[tokio::test(start_paused = true)]
async fn a_batch_has_payloads_and_not_the_message_whose_payload_is_missing() {
    let (queue, store, batches) = (FakeQueue::new(), FakePayloads::new(), Batches::default());
    queue.send_pointer(None, &store.put(BUCKET, "key", "payload"));
    queue.send_pointer(None, &FakePayloads::pointer(BUCKET, "gone"));
    queue.send("small");
    let rig = start_batches(&queue, &store, &batches, "orders");
    queue.until("all deleted", |queue| queue.deleted().len() == 3).await;
    let mut seen = batches.0.lock().unwrap().concat();
    seen.sort();
    assert_eq!(seen, ["payload", "small"]);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_a_group_keeps_its_order_however_long_a_read_takes() {
    let (queue, store, batches) = (FakeQueue::new(), FakePayloads::new(), Batches::default());
    queue.send_pointer(Some("a"), &store.put(BUCKET, "key", "a0"));
    queue.send_in_group("a", "a1");
    queue.send_pointer(Some("a"), &FakePayloads::pointer(BUCKET, "gone"));
    queue.send_in_group("a", "a3");
    store.delay(SECOND);
    let rig = start_batches(&queue, &store, &batches, "orders.fifo");
    queue.until("all deleted", |queue| queue.deleted().len() == 4).await;
    assert_eq!(*batches.0.lock().unwrap(), [vec!["a0", "a1"], vec!["a3"]]);
    assert_eq!(queue.most_receives(), 1);
    rig.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_group_waits_for_a_payload_that_the_store_does_not_return() {
    let (queue, store, log) = (FakeQueue::new(), FakePayloads::new(), Log::default());
    queue.send_pointer(Some("a"), &store.put(BUCKET, "key", "a0"));
    queue.send_in_group("a", "a1");
    store.outage(Some(PayloadFailure::Unavailable));
    let config = config("orders.fifo").payloads(PayloadsConfig::new([BUCKET]));
    let rig = start(&queue, &store, config, &log);
    sleep(60 * SECOND).await;
    assert_eq!(log.len(), 0);
    store.outage(None);
    let deleted = [FakePayloads::pointer(BUCKET, "key"), "a1".to_owned()];
    queue.until("deleted in order", |queue| queue.deleted() == deleted).await;
    assert_eq!(queue.most_receives(), 1);
    rig.stop().await;
}

#[test]
fn a_queue_whose_payloads_nothing_can_read_is_refused() {
    let worker = Worker::builder().add(
        orders().build().unwrap(),
        FakeQueue::new(),
        |_: Message, _: Context| async {},
    );
    let error = worker.build().map(|_| ()).unwrap_err();
    assert!(matches!(error, BuildError::NoPayloadStore(ref name) if name == "orders"), "{error}");
}
