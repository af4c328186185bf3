//! The least that anybody can do with the SDK: receive ten, delete ten, again.

use std::error::Error;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use tokio::time::Instant;

use super::measure::{self, Cost};

/// The SDK as it comes, for the endpoint that a queue's URL names.
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

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
pub async fn run(queue_url: &str, messages: usize) -> Result<Cost, Box<dyn Error>> {
    let client = client(queue_url);
    let (cpu, started) = (measure::cpu(), Instant::now());
    let (mut handled, mut requests) = (0, 0);
    while handled < messages {
        let receive = client.receive_message().queue_url(queue_url).max_number_of_messages(10);
        let received = receive.wait_time_seconds(20).send().await?.messages.unwrap_or_default();
        handled += received.len();
        let entries: Result<Vec<_>, _> = received
            .into_iter()
            .enumerate()
            .map(|(n, message)| {
                let entry = DeleteMessageBatchRequestEntry::builder().id(n.to_string());
                entry.receipt_handle(message.receipt_handle.unwrap_or_default()).build()
            })
            .collect();
        client
            .delete_message_batch()
            .queue_url(queue_url)
            .set_entries(Some(entries?))
            .send()
            .await?;
        requests += 2;
    }
    let (cpu, wall) = (measure::cpu() - cpu, started.elapsed());
    Ok(Cost { messages, cpu, wall, requests, server_cpu: Default::default() })
}
