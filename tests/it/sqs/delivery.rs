//! Messages come whole, are handled, and are gone.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeNameForSends};
use aws_sdk_sqs::types::{MessageSystemAttributeValue, QueueAttributeName};
use longshore::queue::AttributeContent;
use longshore::{Context, Message};

use super::scene::{assert_every_request_was_counted, brisk, start, stop};
use crate::support::Log;
use crate::support::test_server::{QUEUE, TestServer, soon};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";

#[tokio::test]
async fn messages_are_handled_once_deleted_and_the_queue_is_empty() {
    let server = TestServer::open().await;
    server.send_many(100).await;
    let log = Log::default();
    let rig = start(&server.local, brisk(QUEUE), log.handler(Duration::ZERO));
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    let (_, scrape) = stop(rig).await;
    assert_eq!(log.len(), 100);
    assert!(log.times().values().all(|times| *times == 1), "{:?}", log.times());
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 100.0);
    assert_every_request_was_counted(&scrape, &server.local);
}

fn attribute(data_type: &str, text: &str) -> MessageAttributeValue {
    let value = MessageAttributeValue::builder().data_type(data_type).string_value(text);
    value.build().unwrap()
}

#[tokio::test]
async fn a_message_has_its_attributes_and_system_attributes() {
    let server = TestServer::open().await;
    let bytes = MessageAttributeValue::builder().data_type("Binary.raw");
    let bytes = bytes.binary_value(Blob::new([0, 255])).build().unwrap();
    let trace =
        MessageSystemAttributeValue::builder().data_type("String").string_value(TRACE).build();
    let send = server.sqs.send_message().queue_url(&server.url).message_body("ahoy ⚓");
    let send = send.message_attributes("tenant.id", attribute("String", "ålesund"));
    let send = send.message_attributes("weight", attribute("Number.float", "1.5"));
    let send = send.message_attributes("raw", bytes).message_group_id("north");
    let trace_header = MessageSystemAttributeNameForSends::AwsTraceHeader;
    let sent = send.message_system_attributes(trace_header, trace.unwrap()).send().await.unwrap();

    let arrived: Arc<Mutex<Vec<Message>>> = Arc::default();
    let arrivals = arrived.clone();
    let rig = start(&server.local, brisk(QUEUE), move |message: Message, _: Context| {
        arrivals.lock().unwrap().push(message);
        async {}
    });
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    stop(rig).await;

    let messages = arrived.lock().unwrap();
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!((&*message.id, &*message.body), (sent.message_id().unwrap(), "ahoy ⚓"));
    assert_eq!(message.attributes["tenant.id"].as_text(), Some("ålesund"));
    assert_eq!(message.attributes["weight"].data_type, "Number.float");
    assert_eq!(message.attributes["raw"].content, AttributeContent::Bytes(vec![0, 255]));
    assert_eq!((message.receive_count, message.is_first_delivery()), (1, true));
    assert_eq!(message.group_id.as_deref(), Some("north"));
    assert_eq!(message.trace_header.as_deref(), Some(TRACE));
    assert!(message.sent_at.unwrap() <= message.first_received_at.unwrap());
}

#[tokio::test]
async fn a_handler_that_outlasts_the_visibility_timeout_runs_once() {
    let server = TestServer::open().await;
    server.send("slow").await;
    let mut config = brisk(QUEUE);
    config.visibility = Duration::from_secs(10);
    let log = Log::default();
    let rig = start(&server.local, config, log.handler(Duration::from_secs(11)));
    log.until(1).await;
    let empty = server.local.until(QUEUE, |counts| counts.in_flight == 0);
    let counts = soon(empty).await.unwrap();
    assert_eq!(counts.visible, 0, "it came back instead of being deleted");
    let (_, scrape) = stop(rig).await;
    assert_eq!(log.times()["slow"], 1);
    assert!(scrape.sum("longshore_heartbeats_total", &[("result", "extended")]) >= 2.0);
    assert_eq!(scrape.sum("longshore_messages_total", &[("result", "deleted")]), 1.0);
    assert_every_request_was_counted(&scrape, &server.local);
}

#[tokio::test]
async fn the_backlog_gauges_show_the_attributes_of_the_queue() {
    let server = TestServer::with(QUEUE, &[("VisibilityTimeout", "77")]).await;
    server.local.create_queue("dead", &[("MessageRetentionPeriod", "86400")]).unwrap();
    let dead = format!("{}/dead", server.url.rsplit_once('/').unwrap().0);
    server.sqs.send_message().queue_url(&dead).message_body("dead").send().await.unwrap();
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":3}"#;
    let set = server.sqs.set_queue_attributes().queue_url(&server.url);
    set.attributes(QueueAttributeName::RedrivePolicy, policy).send().await.unwrap();
    let seven = QueueAttributeName::ReceiveMessageWaitTimeSeconds;
    let set = server.sqs.set_queue_attributes().queue_url(&server.url);
    set.attributes(seven, "7").send().await.unwrap();
    let late = server.sqs.send_message().queue_url(&server.url).delay_seconds(600);
    late.message_body("later").send().await.unwrap();
    server.send("now").await;
    let log = Log::default();
    let rig = start(&server.local, brisk(QUEUE), log.handler(Duration::ZERO));
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    soon(async {
        while rig.scrape().sum("longshore_dead_letter_messages", &[]) != 1.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let (_, scrape) = stop(rig).await;
    assert_eq!(scrape.sum("longshore_dead_letter_retention_seconds", &[]), 86_400.0);
    assert_every_request_was_counted(&scrape, &server.local);
    assert_eq!(scrape.sum("longshore_backlog_messages", &[("state", "delayed")]), 1.0);
    let attribute = |name| scrape.sum("longshore_queue_attribute", &[("attribute", name)]);
    assert_eq!(attribute("visibility_timeout_seconds"), 77.0);
    assert_eq!(attribute("receive_wait_seconds"), 7.0);
}
