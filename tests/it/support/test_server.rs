//! The real SDK, talking to a local queue over loopback.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, SendMessageBatchRequestEntry};
use longshore_local::Server;

/// A server, a client of it that never retries, and one queue.
pub(crate) struct TestServer {
    pub(crate) local: Server,
    pub(crate) sqs: Client,
    pub(crate) url: String,
}

pub(crate) const QUEUE: &str = "orders";

impl TestServer {
    pub(crate) async fn open() -> Self {
        Self::with(QUEUE, &[]).await
    }

    pub(crate) async fn with(name: &str, attributes: &[(&str, &str)]) -> Self {
        let local = Server::start().await.unwrap();
        let url = local.create_queue(name, attributes).unwrap();
        let sqs = client(&local);
        Self { local, sqs, url }
    }

    pub(crate) async fn send(&self, body: &str) {
        self.sqs.send_message().queue_url(&self.url).message_body(body).send().await.unwrap();
    }

    /// Sends this many messages, whose bodies are `m0`, `m1` and so on.
    pub(crate) async fn send_many(&self, count: usize) {
        for start in (0..count).step_by(10) {
            let entries = (start..count.min(start + 10)).map(|n| {
                let entry = SendMessageBatchRequestEntry::builder().id(n.to_string());
                entry.message_body(format!("m{n}")).build().unwrap()
            });
            let send = self.sqs.send_message_batch().queue_url(&self.url);
            let answer = send.set_entries(Some(entries.collect())).send().await.unwrap();
            assert!(answer.failed().is_empty(), "{answer:?}");
        }
    }

    pub(crate) async fn receive(&self, wait_seconds: i32) -> Vec<Message> {
        receive(&self.sqs, &self.url, wait_seconds).await
    }

    /// A long poll that runs next to the test, once the server has it.
    pub(crate) async fn poll(&self) -> tokio::task::JoinHandle<Vec<Message>> {
        let before = self.local.open_polls(QUEUE);
        let (sqs, url) = (self.sqs.clone(), self.url.clone());
        let poll = tokio::spawn(async move { receive(&sqs, &url, 20).await });
        soon(self.local.until(QUEUE, |counts| counts.polls > before)).await.unwrap();
        poll
    }
}

pub(crate) fn client(local: &Server) -> Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .endpoint_url(local.endpoint_url())
        .build();
    Client::from_conf(config)
}

async fn receive(sqs: &Client, url: &str, wait_seconds: i32) -> Vec<Message> {
    let request = sqs
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(10)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .message_attribute_names("All")
        .wait_time_seconds(wait_seconds);
    request.send().await.unwrap().messages.unwrap_or_default()
}

pub(crate) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(Message::body).collect()
}

/// For what must happen, and must not take the test with it if it does not.
pub(crate) async fn soon<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), event).await.expect("it never happened")
}
