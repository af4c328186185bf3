//! The Rust SDK gets the same as the clients of other languages: see
//! `tests/system/queue_server/clients`.

use std::collections::BTreeMap;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchOutput;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use longshore_local::Server;
use serde_json::{Value, json};

use crate::support::test_server::client;

const EXPECTED: &str = include_str!("../../system/queue_server/clients/journey.json");
const BODY: &str = "two crates\r\n<of> \"oranges\" & 🍊";

/// An attribute with a type and a text.
fn text(kind: &str, value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type(kind).string_value(value).build().unwrap()
}

/// The code and the status of an error.
fn code<T, E>(result: Result<T, SdkError<E>>) -> Value
where
    T: std::fmt::Debug,
    E: ProvideErrorMetadata + std::fmt::Debug,
{
    let error = result.unwrap_err();
    let status = error.raw_response().unwrap().status().as_u16();
    json!([error.code(), status])
}

fn shown(message: &Message) -> Value {
    let all: BTreeMap<_, _> = message.message_attributes().unwrap().iter().collect();
    let texts: BTreeMap<_, _> =
        all.iter().filter_map(|(name, value)| Some((name, value.string_value()?))).collect();
    let bytes: BTreeMap<_, _> = all
        .iter()
        .filter_map(|(name, value)| Some((name, value.binary_value()?.as_ref())))
        .collect();
    let attributes = message.attributes().unwrap().iter();
    let attributes: BTreeMap<_, _> =
        attributes.map(|(name, value)| (name.as_str(), value)).collect();
    json!({
        "body": message.body(),
        "MD5OfBody": message.md5_of_body(),
        "MD5OfMessageAttributes": message.md5_of_message_attributes(),
        "attributes": attributes,
        "texts": texts,
        "bytes": bytes,
    })
}

fn entries(batch: &SendMessageBatchOutput) -> Value {
    let good: Vec<_> = batch.successful().iter().map(|one| one.id()).collect();
    let failed = batch.failed().iter();
    let failed: Vec<_> =
        failed.map(|one| json!([one.id(), one.sender_fault(), one.code()])).collect();
    json!([good, failed])
}

struct Journey {
    sqs: Client,
    url: String,
    dead: String,
}

impl Journey {
    async fn begin(sqs: Client) -> Self {
        let dead = sqs.create_queue().queue_name("journey-dead").send().await.unwrap();
        let dead = dead.queue_url().unwrap().to_owned();
        let arn = &described(&sqs, &dead, QueueAttributeName::QueueArn).await["QueueArn"];
        let policy = json!({ "deadLetterTargetArn": arn, "maxReceiveCount": "1" });
        let queue = sqs
            .create_queue()
            .queue_name("journey")
            .attributes(QueueAttributeName::RedrivePolicy, policy.to_string())
            .attributes(QueueAttributeName::VisibilityTimeout, "45")
            .tags("team", "shipping");
        let url = queue.send().await.unwrap().queue_url().unwrap().to_owned();
        Self { sqs, url, dead }
    }

    async fn receive(&self, url: &str) -> Vec<Message> {
        let receive = self.sqs.receive_message().queue_url(url).max_number_of_messages(10);
        let receive = receive
            .message_attribute_names("All")
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        receive.send().await.unwrap().messages.unwrap_or_default()
    }

    /// Sends a message, and receives it until it is a dead letter.
    async fn bury(&self) -> [(&'static str, Value); 4] {
        let image =
            MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0, 255]));
        let send = self.sqs.send_message().queue_url(&self.url).message_body(BODY);
        let send = send.message_attributes("tenant", text("String", "a & b"));
        let send = send.message_attributes("image", image.build().unwrap());
        let sent = send.message_attributes("count", text("Number.int", "12")).send().await.unwrap();
        let received = self.receive(&self.url).await;
        let change = self.sqs.change_message_visibility().queue_url(&self.url);
        let change = change.receipt_handle(received[0].receipt_handle().unwrap());
        change.visibility_timeout(0).send().await.unwrap();
        let left = self.receive(&self.url).await.len();
        let buried = self.receive(&self.dead).await;
        let delete = self.sqs.delete_message().queue_url(&self.dead);
        delete.receipt_handle(buried[0].receipt_handle().unwrap()).send().await.unwrap();
        [
            ("sent", json!([sent.md5_of_message_body(), sent.md5_of_message_attributes()])),
            ("received", shown(&received[0])),
            ("after the last receive", json!(left)),
            ("dead letter", shown(&buried[0])),
        ]
    }

    async fn batch(&self) -> Value {
        let entry = |id| SendMessageBatchRequestEntry::builder().id(id).message_body("m");
        let batch = self.sqs.send_message_batch().queue_url(&self.url);
        let batch = batch.entries(entry("good").build().unwrap());
        let batch = batch.entries(entry("bad").delay_seconds(901).build().unwrap());
        entries(&batch.send().await.unwrap())
    }

    async fn errors(&self) -> Value {
        let (sqs, url) = (&self.sqs, &self.url);
        let absent = sqs.receive_message().queue_url(format!("{url}-absent"));
        let control = sqs.send_message().queue_url(url).message_body("\u{1}");
        let many = sqs.receive_message().queue_url(url).max_number_of_messages(11);
        let stale = sqs.change_message_visibility().queue_url(url).receipt_handle("none");
        json!([
            code(absent.send().await),
            code(control.send().await),
            code(many.send().await),
            code(stale.visibility_timeout(0).send().await),
        ])
    }
}

async fn described(sqs: &Client, url: &str, name: QueueAttributeName) -> Value {
    let found = sqs.get_queue_attributes().queue_url(url).attribute_names(name);
    let found = found.send().await.unwrap().attributes.unwrap_or_default();
    found.iter().map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect()
}

#[tokio::test]
async fn the_rust_sdk_gets_the_same_as_other_clients() {
    let local = Server::start().await.unwrap();
    let journey = Journey::begin(client(&local)).await;
    let mut found: BTreeMap<&str, Value> = journey.bury().await.into();
    found.insert("batch", journey.batch().await);
    let Journey { sqs, url, dead } = &journey;
    found.insert("settings", described(sqs, url, QueueAttributeName::VisibilityTimeout).await);
    let tags = sqs.list_queue_tags().queue_url(url).send().await.unwrap().tags;
    found.insert("tags", json!(tags));
    let hidden = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
    found.insert("counts", described(sqs, dead, hidden).await);
    found.insert("errors", journey.errors().await);
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    assert_eq!(json!(found), expected);
}
