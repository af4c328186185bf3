//! A valid request for each action.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::action::Action;
use crate::directory::Directory;
use crate::settings::QueueAttributes;

/// A receipt handle that no queue has.
pub(super) const RECEIPT: &str = "RECEIPT";

/// A task handle that no task has.
pub(super) const TASK: &str = "TASK";

const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";
const FAILED: &str = "arn:aws:sqs:us-east-1:000000000000:failed";

/// The queues of the requests. `mail` and `invoices` have the dead-letter queues `dead` and
/// `failed`.
pub(super) fn create_queues(directory: &Arc<Directory>) {
    let create = |name: &str, given: &[(&str, String)]| {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        directory.create(&directory.home, name, &given, QueueAttributes::new()).expect(name);
    };
    for name in ["orders", "dead", "failed", "spare"] {
        create(name, &[]);
    }
    create("orders.fifo", &[("FifoQueue", "true".to_owned())]);
    for (name, dead) in [("mail", DEAD), ("invoices", FAILED)] {
        let policy = json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 2 });
        create(name, &[("RedrivePolicy", policy.to_string())]);
    }
}

fn url(name: &str) -> String {
    format!("http://127.0.0.1:9324/000000000000/{name}")
}

fn message(fifo: bool) -> Value {
    let mut message = json!({
        "MessageBody": "two crates of oranges",
        "MessageAttributes": {
            "tenant": { "DataType": "String", "StringValue": "one" },
            "count": { "DataType": "Number.int", "StringValue": "12" },
            "image": { "DataType": "Binary", "BinaryValue": "AQID" },
        },
        "MessageSystemAttributes": {
            "AWSTraceHeader": { "DataType": "String", "StringValue": "Root=1-5759e988-bd86" },
        },
        "MessageGroupId": "customer-7",
    });
    if fifo {
        message["MessageDeduplicationId"] = json!("order-12");
    } else {
        message["DelaySeconds"] = json!(0);
    }
    message
}

fn with(url: &str, mut fields: Value) -> Value {
    fields["QueueUrl"] = json!(url);
    fields
}

/// The entries of a batch, with ids.
fn entries(entry: Value) -> Value {
    let entries = ["first", "second"].map(|id| {
        let mut entry = entry.clone();
        entry["Id"] = json!(id);
        entry
    });
    json!({ "Entries": entries })
}

pub(super) fn body(action: Action, fifo: bool) -> Value {
    let url = url(if fifo { "orders.fifo" } else { "orders" });
    let receipt = json!({ "ReceiptHandle": RECEIPT });
    let hidden = json!({ "ReceiptHandle": RECEIPT, "VisibilityTimeout": 30 });
    match action {
        Action::SendMessage => with(&url, message(fifo)),
        Action::SendMessageBatch => with(&url, entries(message(fifo))),
        Action::ReceiveMessage => with(
            &url,
            json!({
                "MaxNumberOfMessages": 10,
                "VisibilityTimeout": 30,
                "WaitTimeSeconds": 1,
                "AttributeNames": ["All"],
                "MessageSystemAttributeNames": ["SentTimestamp"],
                "MessageAttributeNames": ["tenant", "im.*"],
            }),
        ),
        Action::DeleteMessage => with(&url, receipt),
        Action::DeleteMessageBatch => with(&url, entries(receipt)),
        Action::ChangeMessageVisibility => with(&url, hidden),
        Action::ChangeMessageVisibilityBatch => with(&url, entries(hidden)),
        Action::CreateQueue => json!({
            "QueueName": "new",
            "Attributes": { "VisibilityTimeout": "45", "MessageRetentionPeriod": "3600" },
            "tags": { "team": "shipping" },
        }),
        Action::DeleteQueue => json!({ "QueueUrl": self::url("spare") }),
        Action::GetQueueUrl => json!({ "QueueName": "orders" }),
        Action::ListQueues => json!({ "QueueNamePrefix": "o", "MaxResults": 1 }),
        Action::ListDeadLetterSourceQueues => json!({ "QueueUrl": self::url("dead") }),
        Action::SetQueueAttributes => with(
            &url,
            json!({
                "Attributes": match fifo {
                    true => json!({ "DelaySeconds": "1", "ContentBasedDeduplication": "true" }),
                    false => {
                        let policy = json!({ "deadLetterTargetArn": DEAD, "maxReceiveCount": 2 });
                        json!({ "VisibilityTimeout": "20", "RedrivePolicy": policy.to_string() })
                    }
                },
            }),
        ),
        Action::GetQueueAttributes => with(&url, json!({ "AttributeNames": ["All"] })),
        Action::TagQueue => with(&url, json!({ "Tags": { "team": "shipping" } })),
        Action::UntagQueue => with(&url, json!({ "TagKeys": ["team"] })),
        Action::AddPermission => with(
            &url,
            json!({ "Label": "team", "AWSAccountIds": ["111111111111"], "Actions": ["SendMessage"] }),
        ),
        Action::RemovePermission => with(&url, json!({ "Label": "present" })),
        Action::StartMessageMoveTask => json!({
            "SourceArn": DEAD,
            "DestinationArn": FAILED,
            "MaxNumberOfMessagesPerSecond": 10,
        }),
        Action::ListMessageMoveTasks => json!({ "SourceArn": FAILED, "MaxResults": 2 }),
        Action::CancelMessageMoveTask => json!({ "TaskHandle": TASK }),
        Action::PurgeQueue | Action::ListQueueTags => with(&url, json!({})),
    }
}

/// Requests before all others. The last one starts a task that does not end by itself in time.
pub(super) fn first() -> Vec<(Action, Value)> {
    let failed = self::url("failed");
    let permission =
        json!({ "Label": "present", "AWSAccountIds": ["111111111111"], "Actions": ["*"] });
    let mut first: Vec<_> = ["orders", "orders.fifo"]
        .iter()
        .map(|name| (Action::AddPermission, with(&self::url(name), permission.clone())))
        .collect();
    for _ in 0..9 {
        first.push((Action::SendMessageBatch, with(&failed, entries(message(false)))));
    }
    let task =
        json!({ "SourceArn": FAILED, "MaxNumberOfMessagesPerSecond": 1, "DestinationArn": DEAD });
    first.push((Action::StartMessageMoveTask, task));
    first
}
