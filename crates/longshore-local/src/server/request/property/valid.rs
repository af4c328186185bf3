//! A valid request for each action.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::action::Action;
use crate::directory::Directory;
use crate::settings::QueueAttributes;

/// A receipt handle that no queue has.
pub(super) const RECEIPT: &str = "RECEIPT";

const DEAD: &str = "arn:aws:sqs:us-east-1:000000000000:dead";

/// The queues of the requests.
pub(super) fn create_queues(directory: &Arc<Directory>) {
    let fifo = QueueAttributes::from([("FifoQueue".to_owned(), "true".to_owned())]);
    for name in ["orders", "dead", "spare"] {
        directory.create(name, &QueueAttributes::new(), QueueAttributes::new()).expect(name);
    }
    directory.create("orders.fifo", &fifo, QueueAttributes::new()).expect("orders.fifo");
}

/// Whether a valid request is accepted.
pub(super) fn is_supported(action: Action) -> bool {
    !matches!(
        action,
        Action::AddPermission
            | Action::RemovePermission
            | Action::StartMessageMoveTask
            | Action::CancelMessageMoveTask
            | Action::ListMessageMoveTasks
    )
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
        _ => with(&url, json!({})),
    }
}
