//! A rejected message in the dead-letter queue of a real server, as it was sent.

use std::time::Duration;

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    Message as Received, MessageAttributeValue, MessageSystemAttributeName,
    MessageSystemAttributeNameForSends, MessageSystemAttributeValue, QueueAttributeName,
};
use longshore::config::{OnReject, RetryConfig};
use longshore::{Context, Message, Verdict};
use longshore_local::{Action, Fault, Rule};

use super::scene::{brisk, start, stop};
use crate::support::test_server::{TestServer, soon};

const TRACE: &str = "Root=1-5759e988-bd862e3fe1be46a994272793";
const QUEUE: &str = "payments";

async fn reject(_: Message, _: Context) -> Verdict {
    Verdict::reject("answered 422")
}

/// Creates a queue and its dead-letter queue with this end of their names. Returns their URLs.
async fn queues(server: &TestServer, end: &str) -> (String, String) {
    let create = async |name: &str, policy: Option<String>| {
        let mut create = server.sqs.create_queue().queue_name(name);
        if end == ".fifo" {
            create = create.attributes(QueueAttributeName::FifoQueue, "true");
        }
        create = match policy {
            Some(policy) => create.attributes(QueueAttributeName::RedrivePolicy, policy),
            None => create,
        };
        create.send().await.unwrap().queue_url.unwrap()
    };
    let dead_name = format!("{QUEUE}-dead{end}");
    let dead = create(&dead_name, None).await;
    let arn = format!("arn:aws:sqs:us-east-1:000000000000:{dead_name}");
    let policy = format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":"5"}}"#);
    (create(&format!("{QUEUE}{end}"), Some(policy)).await, dead)
}

async fn received(server: &TestServer, url: &str) -> Vec<Received> {
    let receive = server.sqs.receive_message().queue_url(url).max_number_of_messages(10);
    let receive = receive.message_attribute_names("All");
    let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
    receive.send().await.unwrap().messages.unwrap_or_default()
}

fn text(message: &Received, name: &str) -> String {
    let attributes = message.message_attributes.as_ref().unwrap();
    attributes[name].string_value.clone().unwrap()
}

#[tokio::test]
async fn body_attributes_trace_and_group_are_kept_and_the_reason_is_added() {
    let server = TestServer::open().await;
    let (url, dead) = queues(&server, "").await;
    let value = MessageAttributeValue::builder;
    let bytes = value().data_type("Binary.raw").binary_value(Blob::new([0, 255])).build().unwrap();
    let number = value().data_type("Number.float").string_value("1.5").build().unwrap();
    let trace = MessageSystemAttributeValue::builder().data_type("String").string_value(TRACE);
    let header = MessageSystemAttributeNameForSends::AwsTraceHeader;
    let send = server.sqs.send_message().queue_url(&url).message_body("ahoy ⚓");
    let send = send.message_attributes("raw", bytes).message_attributes("weight", number);
    let send =
        send.message_group_id("north").message_system_attributes(header, trace.build().unwrap());
    let id = send.send().await.unwrap().message_id.unwrap();

    let rig = start(&server.local, brisk(QUEUE).on_reject(OnReject::DeadLetter), reject);
    let moved = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(moved).await.unwrap();
    let (_, scrape) = stop(rig).await;

    let messages = received(&server, &dead).await;
    let [message] = &messages[..] else { panic!("{messages:?}") };
    assert_eq!(message.body(), Some("ahoy ⚓"));
    let attributes = message.message_attributes.as_ref().unwrap();
    assert_eq!(attributes["raw"].binary_value.as_ref().unwrap().as_ref(), [0, 255]);
    assert_eq!(
        (attributes["raw"].data_type(), text(message, "weight")),
        ("Binary.raw", "1.5".to_owned())
    );
    assert_eq!(text(message, "longshore.reason"), "answered 422");
    assert_eq!(text(message, "longshore.source"), "arn:aws:sqs:us-east-1:000000000000:payments");
    assert_eq!(text(message, "longshore.message_id"), id);
    assert!(
        text(message, "longshore.first_received_at").parse::<u64>().unwrap() > 1_600_000_000_000
    );
    let system = message.attributes.as_ref().unwrap();
    assert_eq!(system[&MessageSystemAttributeName::AwsTraceHeader], TRACE);
    assert_eq!(system[&MessageSystemAttributeName::MessageGroupId], "north");
    assert_eq!(server.local.requests().get(Action::SendMessage), 2);
    assert_eq!(scrape.sum("longshore_api_requests_total", &[("action", "send")]), 1.0);
}

#[tokio::test]
async fn in_a_fifo_queue_a_repeated_send_adds_no_second_copy() {
    let server = TestServer::open().await;
    let (url, dead) = queues(&server, ".fifo").await;
    let send = server.sqs.send_message().queue_url(&url).message_body("bad");
    let send = send.message_group_id("a").message_deduplication_id("first");
    let id = send.send().await.unwrap().message_id.unwrap();
    // An earlier worker has sent it, and ended before the delete.
    let earlier = server.sqs.send_message().queue_url(&dead).message_body("bad");
    let earlier = earlier.message_group_id("a").message_deduplication_id(&id);
    earlier.send().await.unwrap();

    let name = format!("{QUEUE}.fifo");
    let rig = start(&server.local, brisk(&name).on_reject(OnReject::DeadLetter), reject);
    let moved = server.local.until(&name, |counts| counts.visible + counts.in_flight == 0);
    soon(moved).await.unwrap();
    let (_, scrape) = stop(rig).await;
    let moves = [("result", "moved")];
    assert_eq!(scrape.sum("longshore_dead_letter_moves_total", &moves), 1.0);
    let copies = received(&server, &dead).await;
    assert_eq!(copies.len(), 1);
    assert_eq!(
        copies[0].attributes.as_ref().unwrap()[&MessageSystemAttributeName::MessageGroupId],
        "a"
    );
}

#[tokio::test]
async fn a_denied_send_loses_nothing() {
    let server = TestServer::open().await;
    let (url, dead) = queues(&server, "").await;
    server.sqs.send_message().queue_url(&url).message_body("bad").send().await.unwrap();
    let denied = Rule::new(Fault::AccessDenied).on(Action::SendMessage);
    server.local.faults().add(denied);
    let retry = RetryConfig::new(Duration::from_millis(1), Duration::from_millis(1));
    let config = brisk(QUEUE).on_reject(OnReject::DeadLetter).retry(retry);
    let rig = start(&server.local, config, reject);
    // The redrive policy moves it after its 5 receives.
    let dead_name = format!("{QUEUE}-dead");
    let moved = server.local.until(&dead_name, |counts| counts.visible == 1);
    soon(moved).await.unwrap();
    let (_, scrape) = stop(rig).await;
    let failed = [("result", "failed")];
    assert_eq!(scrape.sum("longshore_dead_letter_moves_total", &failed), 5.0);
    let denied = [("action", "send"), ("result", "denied")];
    assert_eq!(scrape.sum("longshore_api_requests_total", &denied), 5.0);
    assert_eq!(received(&server, &dead).await.len(), 1);
}
