//! Each envelope as AWS documents it, and bodies that only look like one.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Unwrapped, Unwrapper};
use crate::config::{EnvelopeConfig, S3TestEvent, Unwrap};
use crate::queue::{AttributeContent, AttributeValue, Message};
use crate::trace::Carrier;

const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const X_RAY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

pub(super) fn notification(message: &str) -> Value {
    json!({
        "Type": "Notification",
        "MessageId": "63a3f6b6-d533-4a47-aef9-fcf5cf758c76",
        "TopicArn": "arn:aws:sns:us-west-2:123456789012:orders",
        "Subject": "an order",
        "Message": message,
        "Timestamp": "2026-03-29T05:12:16.901Z",
        "SignatureVersion": "1",
        "Signature": "EXAMPLE",
        "SigningCertURL": "https://sns.us-west-2.amazonaws.com/example.pem",
        "UnsubscribeURL": "https://sns.us-west-2.amazonaws.com/?Action=Unsubscribe",
        "MessageAttributes": {
            "traceparent": {"Type": "String", "Value": TRACEPARENT},
            "AWSTraceHeader": {"Type": "String", "Value": X_RAY},
            "weight": {"Type": "Number", "Value": "12.5"},
            "lanes": {"Type": "String.Array", "Value": "[\"a\",\"b\"]"},
            "seal": {"Type": "Binary", "Value": "AAH/"},
        },
    })
}

/// A text with spaces, so that a handler sees whether it got the detail as it was sent.
pub(super) const EVENT: &str = r#"{"version":"0","id":"6a7e8feb-b491-4cf7-a9f1-bf3703467718",
"detail-type":"Order placed","source":"shop.orders","account":"111122223333",
"time":"2026-12-22T18:43:48Z","region":"us-west-1","resources":["arn:aws:s3:::orders"],
"detail":{ "order" : 1.0, "big": 12345678901234567890123 }}"#;

pub(super) fn s3_event() -> Value {
    let record = |time: &str| {
        json!({
            "eventVersion": "2.1",
            "eventSource": "aws:s3",
            "awsRegion": "us-east-1",
            "eventTime": time,
            "eventName": "ObjectCreated:Put",
            "s3": {
                "s3SchemaVersion": "1.0",
                "bucket": {"name": "orders", "arn": "arn:aws:s3:::orders"},
                "object": {"key": "red+flower.jpg", "size": 1024},
            },
        })
    };
    json!({"Records": [record("2026-01-01T00:00:01.000Z"), record("2026-01-01T00:00:00.000Z")]})
}

fn test_event() -> String {
    let event = json!({
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": "2026-10-13T15:57:02.089Z",
        "Bucket": "orders",
        "RequestId": "5582815E1AEA5ADF",
        "HostId": "8cLeGAmw098X5cv4Zkwcmo8vvZa3eH3eKxsPzbB9wrR",
    });
    event.to_string()
}

pub(super) fn unwrapped(unwrap: Unwrap, body: &str) -> (Unwrapped, Message) {
    let mut message = Message::new("id", "receipt", body);
    let unwrapped = Unwrapper::new(EnvelopeConfig::new(unwrap)).unwrap(&mut message);
    (unwrapped, message)
}

fn at(rfc3339: &str) -> Option<SystemTime> {
    Some(humantime::parse_rfc3339(rfc3339).unwrap())
}

fn texts(message: &Message, prefix: &str) -> Vec<(String, String)> {
    let texts = message.attributes.iter().filter_map(|(name, value)| {
        Some((name.strip_prefix(prefix)?.to_owned(), value.as_text()?.to_owned()))
    });
    texts.collect()
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

#[test]
fn a_notification_becomes_the_message_that_was_published() {
    let body = "two crates\n\"of\" oranges \u{1f34a}";
    for unwrap in [Unwrap::Sns, Unwrap::Auto] {
        let (unwrapped, message) = unwrapped(unwrap, &notification(body).to_string());
        assert_eq!((unwrapped, &*message.body), (Unwrapped::Message, body));
        assert_eq!(message.published_at, at("2026-03-29T05:12:16.901Z"));
        assert_eq!(message.text("traceparent"), Some(TRACEPARENT));
        assert_eq!(message.xray(), Some(X_RAY));
        let typed = |name: &str| message.attributes[name].data_type.as_str();
        assert_eq!(
            [typed("weight"), typed("lanes"), typed("seal")],
            ["Number", "String.Array", "Binary"]
        );
        let seal = &message.attributes["seal"].content;
        assert_eq!(*seal, AttributeContent::Bytes(vec![0, 1, 255]));
        let written = [
            ("message-id", "63a3f6b6-d533-4a47-aef9-fcf5cf758c76"),
            ("subject", "an order"),
            ("timestamp", "2026-03-29T05:12:16.901Z"),
            ("topic-arn", "arn:aws:sns:us-west-2:123456789012:orders"),
        ];
        assert_eq!(texts(&message, "sns."), pairs(written));
    }
}

#[test]
fn a_notification_without_subject_and_attributes_is_one_too() {
    let mut sent = notification("crate");
    let fields = sent.as_object_mut().unwrap();
    fields.retain(|name, _| name != "Subject" && name != "MessageAttributes");
    let (unwrapped, message) = unwrapped(Unwrap::Sns, &sent.to_string());
    assert_eq!((unwrapped, &*message.body), (Unwrapped::Message, "crate"));
    assert!(!message.attributes.contains_key("sns.subject"));
}

#[test]
fn the_detail_of_an_event_is_the_body_byte_for_byte() {
    for unwrap in [Unwrap::EventBridge, Unwrap::Auto] {
        let (unwrapped, message) = unwrapped(unwrap, EVENT);
        assert_eq!(unwrapped, Unwrapped::Message);
        assert_eq!(message.body, r#"{ "order" : 1.0, "big": 12345678901234567890123 }"#);
        assert_eq!(message.published_at, at("2026-12-22T18:43:48Z"));
        let written = [
            ("account", "111122223333"),
            ("detail-type", "Order placed"),
            ("id", "6a7e8feb-b491-4cf7-a9f1-bf3703467718"),
            ("region", "us-west-1"),
            ("resources", r#"["arn:aws:s3:::orders"]"#),
            ("source", "shop.orders"),
            ("time", "2026-12-22T18:43:48Z"),
        ];
        assert_eq!(texts(&message, "eventbridge."), pairs(written));
    }
}

#[test]
fn a_replayed_event_waits_since_it_was_sent_again() {
    let replayed = EVENT.replacen('{', r#"{"replay-name":"monday","#, 1);
    let (_, message) = unwrapped(Unwrap::EventBridge, &replayed);
    assert_eq!(message.published_at, None);
    assert_eq!(message.text("eventbridge.replay-name"), Some("monday"));
}

#[test]
fn an_event_of_s3_is_delivered_as_it_is() {
    let body = serde_json::to_string_pretty(&s3_event()).unwrap();
    for unwrap in [Unwrap::S3, Unwrap::Auto] {
        let (unwrapped, message) = unwrapped(unwrap, &body);
        assert_eq!((unwrapped, &message.body), (Unwrapped::Message, &body));
        assert_eq!(message.published_at, at("2026-01-01T00:00:00Z"), "the older of its records");
        assert!(message.attributes.is_empty());
    }
}

#[test]
fn an_event_of_s3_inside_a_notification_is_out_of_both() {
    let inner = s3_event().to_string();
    let (unwrapped, message) = unwrapped(Unwrap::Auto, &notification(&inner).to_string());
    assert_eq!((unwrapped, &message.body), (Unwrapped::Message, &inner));
    assert_eq!(message.published_at, at("2026-01-01T00:00:00Z"), "the event is older");
    assert!(message.attributes.contains_key("sns.topic-arn"));
}

#[test]
fn an_event_of_event_bridge_inside_a_notification_is_out_of_both() {
    let (_, message) = unwrapped(Unwrap::Auto, &notification(EVENT).to_string());
    assert!(message.body.starts_with("{ \"order\""), "{}", message.body);
    assert_eq!(message.published_at, at("2026-03-29T05:12:16.901Z"), "the notification is older");
    let has = |name| message.attributes.contains_key(name);
    assert!(has("sns.topic-arn") && has("eventbridge.source"));
}

#[test]
fn the_test_event_of_s3_is_settled_as_configured() {
    let settled = |unwrap, s3_test_event, body: &str| {
        let mut message = Message::new("id", "receipt", body);
        let unwrapper = Unwrapper::new(EnvelopeConfig { unwrap, s3_test_event });
        unwrapper.unwrap(&mut message)
    };
    let inside = notification(&test_event()).to_string();
    for (unwrap, body) in
        [(Unwrap::S3, &test_event()), (Unwrap::Auto, &test_event()), (Unwrap::Auto, &inside)]
    {
        assert_eq!(settled(unwrap, S3TestEvent::Delete, body), Unwrapped::TestEvent);
        assert_eq!(settled(unwrap, S3TestEvent::Deliver, body), Unwrapped::Message);
    }
    assert_eq!(settled(Unwrap::None, S3TestEvent::Delete, &test_event()), Unwrapped::Message);
    let other = test_event().replace("Amazon S3", "Amazon S4");
    assert_eq!(settled(Unwrap::Auto, S3TestEvent::Delete, &other), Unwrapped::Message);
}

#[test]
fn a_mode_opens_only_its_own_envelope() {
    let bodies = [notification("crate").to_string(), EVENT.to_owned(), s3_event().to_string()];
    let modes = [Unwrap::Sns, Unwrap::EventBridge, Unwrap::S3];
    for (mode, unwrap) in modes.into_iter().enumerate() {
        for (envelope, body) in bodies.iter().enumerate() {
            let (unwrapped, message) = unwrapped(unwrap, body);
            let expected =
                if mode == envelope { Unwrapped::Message } else { Unwrapped::Unexpected };
            assert_eq!(unwrapped, expected, "{unwrap:?}: {body}");
            assert_eq!(message.published_at.is_some(), mode == envelope);
        }
    }
    for body in &bodies {
        let (unwrapped, message) = unwrapped(Unwrap::None, body);
        assert_eq!((unwrapped, &message.body), (Unwrapped::Message, body));
        assert_eq!(message.published_at, None);
    }
}

/// Where each value is replaced, and by what.
#[test]
fn a_body_that_only_looks_like_an_envelope_stays_as_it_is() {
    let event: Value = serde_json::from_str(EVENT).unwrap();
    let wrong = [
        (notification("a"), "/Type", json!("SubscriptionConfirmation")),
        (notification("a"), "/MessageId", json!("")),
        (notification("a"), "/TopicArn", json!("arn:aws:sqs:us-west-2:123456789012:orders")),
        (notification("a"), "/TopicArn", json!("orders")),
        (notification("a"), "/Message", json!({"order": 1})),
        (notification("a"), "/Timestamp", json!("yesterday")),
        (notification("a"), "/Timestamp", json!(1_765_000_000)),
        (notification("a"), "/Subject", json!(1)),
        (notification("a"), "/MessageAttributes", json!([])),
        (notification("a"), "/MessageAttributes/weight", json!(["Number", "1"])),
        (notification("a"), "/MessageAttributes/weight/Type", json!("Float")),
        (notification("a"), "/MessageAttributes/weight/Value", json!(12.5)),
        (notification("a"), "/MessageAttributes/seal/Value", json!("not Base64")),
        (event.clone(), "/version", json!("1")),
        (event.clone(), "/version", json!(0)),
        (event.clone(), "/id", json!("")),
        (event.clone(), "/account", json!("1111222233334")),
        (event.clone(), "/account", json!("11112222333a")),
        (event.clone(), "/time", json!("2026-12-22 18:43:48")),
        (event.clone(), "/resources", json!("arn:aws:s3:::orders")),
        (event.clone(), "/detail", json!("text")),
        (event.clone(), "/detail", json!([{"order": 1}])),
        (s3_event(), "/Records", json!([])),
        (s3_event(), "/Records/1", json!(["2.1", "aws:s3", "", "", {}])),
        (s3_event(), "/Records/1/eventSource", json!("minio:s3")),
        (s3_event(), "/Records/1/eventVersion", json!("3.0")),
        (s3_event(), "/Records/1/eventTime", json!("now")),
        (s3_event(), "/Records/1/s3/bucket", json!("orders")),
        (s3_event(), "/Records/1/s3/object/key", Value::Null),
    ];
    for (mut envelope, pointer, value) in wrong {
        *envelope.pointer_mut(pointer).unwrap() = value;
        assert_untouched(&envelope.to_string());
    }
    for envelope in [notification("a"), event, s3_event()] {
        let text = envelope.to_string();
        for body in [
            format!("[{text}]"),
            format!("{text}{text}"),
            text.replacen('{', r#"{"Type":"Notification","version":"0","Records":[],"#, 1),
            text[..text.len() - 1].to_owned(),
            Value::String(text.clone()).to_string(),
        ] {
            assert_untouched(&body);
        }
        let fields = envelope.as_object().unwrap();
        let optional = ["Subject", "MessageAttributes", "replay-name"];
        let is_optional = |name: &str| {
            optional.contains(&name) || name.starts_with("Sign") || name == "UnsubscribeURL"
        };
        for name in fields.keys().filter(|name| !is_optional(name)) {
            let mut without = envelope.clone();
            without.as_object_mut().unwrap().remove(name);
            assert_untouched(&without.to_string());
        }
    }
}

/// `serde` reads the fields of a struct from a list too.
#[test]
fn a_list_with_the_values_of_a_notification_stays_as_it_is() {
    let values = json!([
        "Notification",
        "63a3f6b6-d533-4a47-aef9-fcf5cf758c76",
        "arn:aws:sns:us-west-2:123456789012:orders",
        "a subject",
        "TopicArn",
        "2026-03-29T05:12:16.901Z",
        {},
    ]);
    assert_untouched(&values.to_string());
}

fn assert_untouched(body: &str) {
    for unwrap in Unwrap::ALL {
        let (_, message) = unwrapped(unwrap, body);
        assert_eq!(message.body, body, "{unwrap:?}");
        assert!(message.attributes.is_empty() && message.published_at.is_none(), "{body}");
    }
}

#[test]
fn what_the_publisher_said_replaces_attributes_but_not_the_trace_of_sqs() {
    let mut message = Message::new("id", "receipt", notification("crate").to_string());
    let content = AttributeContent::Text("1".to_owned());
    let weight = AttributeValue { data_type: "Number".to_owned(), content };
    message.attributes.insert("weight".to_owned(), weight.clone());
    message.attributes.insert("kept".to_owned(), weight);
    message.trace_header = Some("Root=1-active".to_owned());
    Unwrapper::new(EnvelopeConfig::new(Unwrap::Sns)).unwrap(&mut message);
    assert_eq!(message.text("weight"), Some("12.5"));
    assert_eq!(message.text("kept"), Some("1"));
    assert_eq!(message.xray(), Some("Root=1-active"));
}

#[test]
fn a_message_waits_at_least_since_it_was_sent_to_the_queue() {
    let waiting_since = |sent_at| {
        let mut message = Message::new("id", "receipt", notification("crate").to_string());
        message.sent_at = sent_at;
        Unwrapper::new(EnvelopeConfig::new(Unwrap::Sns)).unwrap(&mut message);
        message.waiting_since()
    };
    let published = at("2026-03-29T05:12:16.901Z");
    let (hour, is_sent) = (Duration::from_secs(3600), published.unwrap());
    assert_eq!(waiting_since(Some(is_sent + hour)), published);
    assert_eq!(waiting_since(Some(is_sent - hour)), Some(is_sent - hour));
    assert_eq!(waiting_since(None), published);
}
