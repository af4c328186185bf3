//! One loop with the SDK: receive ten, process them at the same time, delete ten.

use std::env;
use std::error::Error;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message};
use futures_util::future::join_all;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;

use crate::journal::Journal;

const RETRY_WAIT: Duration = Duration::from_secs(1);

pub async fn run() -> Result<(), Box<dyn Error>> {
    let client = Client::new(&aws_config::load_defaults(BehaviorVersion::latest()).await);
    let (journal, url) = (Journal::from_environment()?, env::var("QUEUE_URL")?);
    let mut terminated = signal(SignalKind::terminate())?;
    loop {
        let receive = client.receive_message().queue_url(&url);
        let received = receive.max_number_of_messages(10).wait_time_seconds(20).send().await;
        match received {
            Ok(output) => {
                process(&client, &url, &journal, output.messages.unwrap_or_default()).await;
            }
            Err(error) => {
                eprintln!("receive failed: {}", chain(&error));
                sleep(RETRY_WAIT).await;
            }
        }
        if is_pending(&mut terminated).await {
            return Ok(());
        }
    }
}

async fn process(client: &Client, url: &str, journal: &Journal, messages: Vec<Message>) {
    let handled = join_all(messages.iter().enumerate().map(|(n, message)| async move {
        if let Err(error) = journal.handle(message.body().unwrap_or_default()).await {
            eprintln!("handler failed: {error}");
            return None;
        }
        let entry = DeleteMessageBatchRequestEntry::builder().id(n.to_string());
        entry.receipt_handle(message.receipt_handle().unwrap_or_default()).build().ok()
    }));
    let entries: Vec<_> = handled.await.into_iter().flatten().collect();
    if entries.is_empty() {
        return;
    }
    let delete = client.delete_message_batch().queue_url(url).set_entries(Some(entries));
    if let Err(error) = delete.send().await {
        eprintln!("delete failed: {}", chain(&error));
    }
}

/// Whether the signal has arrived, without waiting for it.
async fn is_pending(signal: &mut Signal) -> bool {
    tokio::select! {
        biased;
        _ = signal.recv() => true,
        () = std::future::ready(()) => false,
    }
}

fn chain(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
