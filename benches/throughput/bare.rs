//! The minimal loop with the SDK: receive ten, delete ten, repeat.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, MessageSystemAttributeName};
use futures_util::future::try_join_all;
use tokio::time::Instant;

use super::measure::{self, Cost};

/// The SDK with its defaults, for the endpoint in the URL of a queue.
pub fn client(queue_url: &str) -> Client {
    let endpoint = queue_url.rsplitn(3, '/').last().unwrap_or(queue_url);
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new("bench", "bench", None, None, "bench"))
        .endpoint_url(endpoint)
        .build();
    Client::from_conf(config)
}

/// The number of poll loops of the pipeline. Fewer loops would wake up more often for the same
/// work.
const LOOPS: usize = 4;

/// The system attributes that the pipeline asks for.
const ATTRIBUTES: [MessageSystemAttributeName; 5] = [
    MessageSystemAttributeName::ApproximateReceiveCount,
    MessageSystemAttributeName::SentTimestamp,
    MessageSystemAttributeName::ApproximateFirstReceiveTimestamp,
    MessageSystemAttributeName::MessageGroupId,
    MessageSystemAttributeName::AwsTraceHeader,
];

/// Without attributes.
pub fn run(queue_url: &str, messages: usize) -> Result<Cost, Box<dyn Error>> {
    run_with(queue_url, messages, &[])
}

/// With the attributes that the pipeline asks for.
pub fn run_with_attributes(queue_url: &str, messages: usize) -> Result<Cost, Box<dyn Error>> {
    run_with(queue_url, messages, &ATTRIBUTES)
}

#[tokio::main]
async fn run_with(
    queue_url: &str,
    messages: usize,
    attributes: &[MessageSystemAttributeName],
) -> Result<Cost, Box<dyn Error>> {
    let client = client(queue_url);
    let handled = AtomicUsize::new(0);
    let (cpu, started) = (measure::cpu(), Instant::now());
    let loops = (0..LOOPS).map(|_| consume(&client, queue_url, attributes, &handled, messages));
    let requests = try_join_all(loops).await?.into_iter().sum();
    let (cpu, wall) = (measure::cpu() - cpu, started.elapsed());
    Ok(Cost { messages, cpu, wall, requests, server_cpu: Default::default() })
}

/// Receives ten and deletes ten until all are processed. Returns the number of requests.
async fn consume(
    client: &Client,
    queue_url: &str,
    attributes: &[MessageSystemAttributeName],
    handled: &AtomicUsize,
    messages: usize,
) -> Result<u64, Box<dyn Error>> {
    let mut requests = 0;
    while handled.load(Relaxed) < messages {
        let receive = client.receive_message().queue_url(queue_url).max_number_of_messages(10);
        let all = (!attributes.is_empty()).then(|| vec!["All".to_owned()]);
        let receive = receive.set_message_attribute_names(all);
        let receive = receive.set_message_system_attribute_names(Some(attributes.to_vec()));
        let received = receive.wait_time_seconds(1).send().await?.messages.unwrap_or_default();
        requests += 1;
        if received.is_empty() {
            continue;
        }
        handled.fetch_add(received.len(), Relaxed);
        let entries: Result<Vec<_>, _> = received
            .into_iter()
            .enumerate()
            .map(|(n, message)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(n.to_string());
                entry.receipt_handle(message.receipt_handle.unwrap_or_default()).build()
            })
            .collect();
        let delete = client.delete_message_batch().queue_url(queue_url);
        delete.set_entries(Some(entries?)).send().await?;
        requests += 1;
    }
    Ok(requests)
}
