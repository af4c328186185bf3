//! The queue: a local one with faults, or that of another server.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use longshore::Connection;
use longshore_local::{Action, Fault, Rule, Server};

use crate::Size;
use crate::journal::Journal;

const QUEUE: &str = "orders.fifo";
/// SQS accepts ten messages in one request.
const BATCH: usize = 10;
/// Messages that are sent and not processed. Some servers are slower the longer the queue is.
const BACKLOG: usize = 5_000;

pub(crate) struct Source {
    local: Option<Server>,
    endpoint: String,
    sqs: Client,
    pub(crate) url: String,
}

impl Source {
    /// A local queue, unless there is an endpoint.
    pub(crate) async fn open(endpoint: Option<&str>) -> Self {
        let local = match endpoint {
            Some(_) => None,
            None => Some(Server::start().await.expect("a free port")),
        };
        let from_local = || local.as_ref().expect("there is no endpoint").endpoint_url();
        let endpoint = endpoint.map_or_else(from_local, str::to_owned);
        let sqs = client(&endpoint);
        let created = sqs
            .create_queue()
            .queue_name(QUEUE)
            .attributes(QueueAttributeName::FifoQueue, "true")
            .send()
            .await
            .expect("a FIFO queue");
        let url = created.queue_url.expect("a queue has a URL");
        Self { local, endpoint, sqs, url }
    }

    /// Message 0 of each group, then message 1 of each, and so on, at most [`BACKLOG`] ahead of the
    /// handlers. Concurrent requests send different groups, so that the order within a group is that
    /// of its numbers.
    pub(crate) async fn send(&self, size: Size, journal: &Journal) {
        let rounds = size.messages.div_ceil(size.groups);
        let sending = (0..size.groups).step_by(BATCH).map(|first| {
            let (sqs, url, journal) = (self.sqs.clone(), self.url.clone(), journal.clone());
            tokio::spawn(async move {
                for round in 0..rounds {
                    let start = round * size.groups + first;
                    let end = (start + BATCH).min((round + 1) * size.groups).min(size.messages);
                    journal.processed(start.saturating_sub(BACKLOG)).await;
                    send(&sqs, &url, start..end, size).await;
                }
            })
        });
        for task in sending.collect::<Vec<_>>() {
            task.await.expect("every message is sent");
        }
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::local(&self.endpoint)
    }

    /// Loses answers of every kind, and fails requests and entries.
    pub(crate) fn add_faults(&self) {
        let Some(local) = &self.local else { return };
        let faults = local.faults();
        faults.add(Rule::new(Fault::LoseAnswer).on(Action::ReceiveMessage).chance(0.05));
        faults.add(Rule::new(Fault::LoseAnswer).on(Action::DeleteMessageBatch).chance(0.05));
        faults.add(Rule::new(Fault::CutConnection).chance(0.01));
        faults.add(Rule::new(Fault::InternalFailure).chance(0.01));
        faults.add(Rule::new(Fault::FailEntry).on(Action::DeleteMessageBatch).chance(0.02));
    }
}

async fn send(sqs: &Client, url: &str, messages: std::ops::Range<usize>, size: Size) {
    if messages.is_empty() {
        return;
    }
    let entry = |message: usize| {
        let (group, _) = size.place(message);
        SendMessageBatchRequestEntry::builder()
            .id(message.to_string())
            .message_body(message.to_string())
            .message_group_id(format!("group-{group}"))
            .message_deduplication_id(message.to_string())
            .build()
            .expect("id and body are set")
    };
    let request = sqs.send_message_batch().queue_url(url);
    let answer = request.set_entries(Some(messages.map(entry).collect())).send().await;
    let answer = answer.expect("the server accepts messages");
    assert!(answer.failed().is_empty(), "{answer:?}");
}

fn client(endpoint: &str) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(endpoint)
        // The faults of the local queue fail sends too.
        .retry_config(RetryConfig::standard().with_max_attempts(10))
        .build();
    Client::from_conf(config)
}
