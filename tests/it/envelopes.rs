//! Messages in envelopes: since when they wait, and what becomes of the test event of S3.

use std::time::{Duration, SystemTime};

use longshore::config::{EnvelopeConfig, OnReject, QueueConfigBuilder, S3TestEvent, Unwrap};
use longshore::{Context, Message, Verdict};
use serde_json::{Value, json};

use crate::support::{FakeQueue, Log, Rig, Scrape, config};

const TEST_EVENT: &str = r#"{"Service":"Amazon S3","Event":"s3:TestEvent",
"Time":"2026-10-13T15:57:02.089Z","Bucket":"orders","RequestId":"55","HostId":"8c"}"#;

fn orders(unwrap: Unwrap) -> QueueConfigBuilder {
    config("orders").envelopes(EnvelopeConfig::new(unwrap))
}

/// A notification that was published this long ago.
fn published(ago: Duration) -> String {
    let timestamp = humantime::format_rfc3339_millis(SystemTime::now() - ago).to_string();
    let notification = json!({
        "Type": "Notification",
        "MessageId": "63a3f6b6-d533-4a47-aef9-fcf5cf758c76",
        "TopicArn": "arn:aws:sns:us-west-2:123456789012:orders",
        "Message": "crate",
        "Timestamp": timestamp,
    });
    notification.to_string()
}

/// A message that was published 10 min ago, through a worker.
async fn late(unwrap: Unwrap) -> Scrape {
    let queue = FakeQueue::new();
    queue.send(&published(Duration::from_secs(600)));
    let rig = Rig::with(&queue, orders(unwrap), |_: Message, _: Context| async {});
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    rig.stop().await.1
}

#[tokio::test(start_paused = true)]
async fn a_message_waits_since_it_was_published() {
    let fresh = |scrape: &Scrape, result| {
        let labels = [("slo", "freshness"), ("result", result)];
        scrape.sum("longshore_slo_events_total", &labels)
    };
    let opened = late(Unwrap::Sns).await;
    assert_eq!((fresh(&opened, "good"), fresh(&opened, "bad")), (0.0, 1.0));
    let waited = opened.sum("longshore_queue_wait_seconds_sum", &[]);
    assert!((600.0..660.0).contains(&waited), "{waited}");
    let closed = late(Unwrap::None).await;
    assert_eq!((fresh(&closed, "good"), fresh(&closed, "bad")), (1.0, 0.0));
    assert!(closed.sum("longshore_queue_wait_seconds_sum", &[]) < 60.0);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_is_too_old_is_rejected_without_a_call() {
    let (queue, log) = (FakeQueue::new(), Log::default());
    queue.send(&published(Duration::from_secs(600)));
    queue.send(&published(Duration::from_secs(60)));
    let config =
        orders(Unwrap::Sns).max_age(Some(Duration::from_secs(300))).on_reject(OnReject::Delete);
    let rig = Rig::with(&queue, config, log.handler(Duration::ZERO));
    queue.until("both deleted", |queue| queue.deleted().len() == 2).await;
    assert_eq!(log.len(), 1);
    let (_, scrape) = rig.stop().await;
    let events =
        |slo, result| scrape.sum("longshore_slo_events_total", &[("slo", slo), ("result", result)]);
    assert_eq!(scrape.sum("longshore_messages_expired_total", &[]), 1.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "rejected")]), 1.0);
    assert_eq!((events("delivery", "good"), events("delivery", "bad")), (1.0, 1.0));
    assert_eq!((events("freshness", "good"), events("freshness", "bad")), (0.0, 2.0));
    assert_eq!(scrape.sum("longshore_processing_duration_seconds_count", &[]), 1.0);
    assert_eq!(scrape.sum("longshore_handler_errors_total", &[]), 0.0);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_expires_at_each_receive_is_judged_once() {
    let (queue, log) = (FakeQueue::new(), Log::default());
    queue.send(&published(Duration::from_secs(600)));
    let config = orders(Unwrap::Sns).max_age(Some(Duration::from_secs(300)));
    let rig = Rig::with(&queue, config, log.handler(Duration::ZERO));
    queue.until("received three times", |queue| queue.most_receives() == 3).await;
    let (_, scrape) = rig.stop().await;
    assert_eq!(log.len(), 0);
    let late = scrape.sum("longshore_slo_events_total", &[("slo", "freshness")]);
    assert_eq!(late, 1.0);
    assert!(scrape.sum("longshore_messages_expired_total", &[]) >= 2.0);
}

#[tokio::test(start_paused = true)]
async fn the_test_event_of_s3_is_deleted_without_a_call_of_the_handler() {
    for (body, unwrap) in [(TEST_EVENT, Unwrap::S3), (TEST_EVENT, Unwrap::Auto)] {
        let (queue, log) = (FakeQueue::new(), Log::default());
        queue.send(body);
        queue.send("crate");
        let rig = Rig::with(&queue, orders(unwrap), log.handler(Duration::ZERO));
        queue.until("both deleted", |queue| queue.deleted().len() == 2).await;
        assert_eq!(log.times(), [("crate".to_owned(), 1)].into(), "{unwrap:?}");
        let (_, scrape) = rig.stop().await;
        assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 2.0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_test_event_of_s3_is_delivered_if_the_configuration_says_so() {
    let (queue, log) = (FakeQueue::new(), Log::default());
    queue.send(TEST_EVENT);
    let mut envelopes = EnvelopeConfig::new(Unwrap::S3);
    envelopes.s3_test_event = S3TestEvent::Deliver;
    let config = config("orders").envelopes(envelopes);
    let rig = Rig::with(&queue, config, log.handler(Duration::ZERO));
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    assert_eq!(log.times(), [(TEST_EVENT.to_owned(), 1)].into());
    rig.stop().await;
}

/// A lane of a group starts with the first message that a handler needs.
#[tokio::test(start_paused = true)]
async fn a_test_event_does_not_stop_its_group() {
    let (queue, log) = (FakeQueue::new(), Log::default());
    [TEST_EVENT, "a0", "a1"].iter().for_each(|body| queue.send_in_group("a", body));
    let envelopes = EnvelopeConfig::new(Unwrap::Auto);
    let config = config("orders.fifo").envelopes(envelopes);
    let rig = Rig::with(&queue, config, log.handler(Duration::ZERO));
    queue.until("all deleted", |queue| queue.deleted().len() == 3).await;
    assert_eq!(log.times(), [("a0".to_owned(), 1), ("a1".to_owned(), 1)].into());
    rig.stop().await;
}

/// With a notification, SNS can send more attributes than a message of SQS can have.
#[tokio::test(start_paused = true)]
async fn a_rejected_message_is_moved_in_its_envelope() {
    let queue = FakeQueue::new();
    queue.redrive_after(5);
    queue.report_dead_letters(0, Duration::from_secs(86_400));
    let attribute = |n: usize| (format!("a{n}"), json!({"Type": "String", "Value": "crate"}));
    let attributes: serde_json::Map<_, _> = (0..12).map(attribute).collect();
    let mut notification: Value = published(Duration::from_secs(1)).parse().unwrap();
    notification["MessageAttributes"] = attributes.into();
    queue.send(&notification.to_string());
    let config = orders(Unwrap::Sns).on_reject(OnReject::DeadLetter);
    let handler = |message: Message, _: Context| async move {
        assert_eq!(&*message.body, "crate");
        assert!(message.attributes.len() >= 12);
        Verdict::reject("bad")
    };
    let rig = Rig::with(&queue, config, handler);
    queue.until("deleted", |queue| queue.deleted().len() == 1).await;
    let letters = queue.dead_letters();
    let [letter] = &letters[..] else { panic!("{letters:?}") };
    assert_eq!(letter.body, notification.to_string());
    let names: Vec<_> = letter.attributes.keys().map(String::as_str).collect();
    assert!(names.iter().all(|name| name.starts_with("longshore.")), "{names:?}");
    assert_eq!(letter.attributes["longshore.reason"].as_text(), Some("bad"));
    rig.stop().await;
}
