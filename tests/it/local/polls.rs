//! Long polls of the local queue, as the AWS SDK sees them.

use std::time::Duration;

use aws_sdk_sqs::types::{MessageSystemAttributeName, SendMessageBatchRequestEntry};
use longshore_local::{LocalQueue, Options};
use tokio::time::Instant;

use crate::support::harbour::{Harbour, QUEUE, bodies, client, soon};

#[tokio::test]
async fn a_long_poll_wakes_when_a_message_is_sent() {
    let harbour = Harbour::open().await;
    let poll = harbour.poll().await;
    harbour.send("m").await;
    assert_eq!(bodies(&soon(poll).await.unwrap()), ["m"]);
    assert_eq!(harbour.local.open_polls(QUEUE), 0);
}

#[tokio::test]
async fn one_message_wakes_one_poll_and_the_first_to_come() {
    let harbour = Harbour::open().await;
    let first = harbour.poll().await;
    let second = harbour.poll().await;
    harbour.send("m").await;
    assert_eq!(bodies(&soon(first).await.unwrap()), ["m"]);
    assert_eq!(harbour.local.open_polls(QUEUE), 1);
    assert!(!second.is_finished());
}

#[tokio::test]
async fn a_long_poll_gets_a_whole_batch_at_once() {
    let harbour = Harbour::open().await;
    let poll = harbour.poll().await;
    let entries = (0..10)
        .map(|n| SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body("m"));
    let entries = entries.map(|entry| entry.build().unwrap()).collect();
    harbour
        .sqs
        .send_message_batch()
        .queue_url(&harbour.url)
        .set_entries(Some(entries))
        .send()
        .await
        .unwrap();
    assert_eq!(soon(poll).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_long_poll_wakes_when_visibility_is_given_back() {
    let harbour = Harbour::open().await;
    harbour.send("m").await;
    let held = harbour.receive(0).await;
    let poll = harbour.poll().await;
    let change =
        harbour.sqs.change_message_visibility().queue_url(&harbour.url).visibility_timeout(0);
    change.receipt_handle(held[0].receipt_handle().unwrap()).send().await.unwrap();
    assert_eq!(bodies(&soon(poll).await.unwrap()), ["m"]);
}

#[tokio::test]
async fn a_long_poll_wakes_when_a_visibility_timeout_and_when_a_delay_ends() {
    let harbour = Harbour::with(QUEUE, &[("VisibilityTimeout", "1")]).await;
    harbour.send("held").await;
    harbour.receive(0).await;
    assert_eq!(bodies(&soon(harbour.poll().await).await.unwrap()), ["held"]);
    harbour.sqs.purge_queue().queue_url(&harbour.url).send().await.unwrap();
    let late =
        harbour.sqs.send_message().queue_url(&harbour.url).message_body("late").delay_seconds(1);
    late.send().await.unwrap();
    assert_eq!(bodies(&soon(harbour.poll().await).await.unwrap()), ["late"]);
}

#[tokio::test]
async fn a_long_poll_that_finds_nothing_waits_as_long_as_it_asked_to() {
    let harbour = Harbour::open().await;
    let started = Instant::now();
    assert!(harbour.receive(1).await.is_empty());
    let waited = started.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(3)).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn the_queues_own_wait_holds_unless_the_request_has_one() {
    let harbour = Harbour::with(QUEUE, &[("ReceiveMessageWaitTimeSeconds", "20")]).await;
    assert!(soon(harbour.receive(0)).await.is_empty(), "an explicit 0 is a short poll");
    let receive = harbour.sqs.receive_message().queue_url(&harbour.url);
    let poll = tokio::spawn(receive.send());
    soon(harbour.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    harbour.send("m").await;
    assert_eq!(soon(poll).await.unwrap().unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_poll_whose_client_has_gone_is_given_nothing() {
    let harbour = Harbour::open().await;
    harbour.poll().await.abort();
    soon(harbour.local.until(QUEUE, |counts| counts.polls == 0)).await.unwrap();
    harbour.send("m").await;
    assert_eq!(bodies(&harbour.receive(0).await), ["m"]);
}

#[tokio::test]
async fn a_message_received_too_often_moves_to_the_dead_letter_queue_and_wakes_who_waits_there() {
    let harbour = Harbour::with("dead", &[]).await;
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}"#;
    let url = harbour
        .local
        .create_queue(QUEUE, &[("VisibilityTimeout", "0"), ("RedrivePolicy", policy)])
        .unwrap();
    harbour.sqs.send_message().queue_url(&url).message_body("poison").send().await.unwrap();
    let (dead_url, sqs) = (harbour.url.clone(), harbour.sqs.clone());
    let poll = tokio::spawn(async move {
        let receive = sqs.receive_message().queue_url(dead_url).wait_time_seconds(20);
        receive
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap()
    });
    soon(harbour.local.until("dead", |counts| counts.polls == 1)).await.unwrap();
    for expected in [1, 0] {
        let received = harbour.sqs.receive_message().queue_url(&url).send().await.unwrap();
        assert_eq!(received.messages().len(), expected);
    }
    let moved = soon(poll).await.unwrap();
    let source = &moved.messages()[0].attributes().unwrap()
        [&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert_eq!(source, "arn:aws:sqs:us-east-1:000000000000:orders");
    let sources =
        harbour.sqs.list_dead_letter_source_queues().queue_url(&harbour.url).send().await.unwrap();
    assert_eq!(sources.queue_urls(), [url]);
}

#[tokio::test]
async fn too_many_in_flight_is_an_error_for_short_polls_and_silence_for_long_ones() {
    let options = Options { in_flight_limit: 1, ..Options::default() };
    let local = LocalQueue::start(options).await.unwrap();
    let url = local.create_queue(QUEUE, &[]).unwrap();
    let harbour = Harbour { sqs: client(&local), local, url };
    harbour.send("a").await;
    harbour.send("b").await;
    let held = harbour.receive(0).await;
    assert_eq!(held.len(), 1);
    let short =
        harbour.sqs.receive_message().queue_url(&harbour.url).wait_time_seconds(0).send().await;
    assert!(short.unwrap_err().into_service_error().is_over_limit());
    let poll = harbour.poll().await;
    let delete = harbour.sqs.delete_message().queue_url(&harbour.url);
    delete.receipt_handle(held[0].receipt_handle().unwrap()).send().await.unwrap();
    assert_eq!(bodies(&soon(poll).await.unwrap()), ["b"], "a delete makes room");
}

#[tokio::test]
async fn deleting_a_queue_ends_its_polls_with_an_error() {
    let harbour = Harbour::open().await;
    let poll = tokio::spawn(
        harbour.sqs.receive_message().queue_url(&harbour.url).wait_time_seconds(20).send(),
    );
    soon(harbour.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    harbour.sqs.delete_queue().queue_url(&harbour.url).send().await.unwrap();
    assert!(soon(poll).await.unwrap().unwrap_err().into_service_error().is_queue_does_not_exist());
    assert_eq!(harbour.local.counts(QUEUE), None);
}

#[tokio::test]
async fn stopping_answers_open_polls_and_closes_the_port() {
    let harbour = Harbour::open().await;
    let poll = harbour.poll().await;
    let address = harbour.local.address();
    soon(harbour.local.stop()).await;
    assert!(soon(poll).await.unwrap().is_empty());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
