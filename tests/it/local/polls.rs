//! Long polls of the local queue, as the AWS SDK sees them.

use std::time::Duration;

use aws_sdk_sqs::types::{MessageSystemAttributeName, SendMessageBatchRequestEntry};
use longshore_local::{Options, Server};
use tokio::time::Instant;

use crate::support::test_server::{QUEUE, TestServer, bodies, client, soon};

#[tokio::test]
async fn a_long_poll_wakes_when_a_message_is_sent() {
    let server = TestServer::open().await;
    let poll = server.poll().await;
    server.send("m").await;
    assert_eq!(bodies(&soon(poll).await.unwrap()), ["m"]);
    assert_eq!(server.local.open_polls(QUEUE), 0);
}

#[tokio::test]
async fn one_message_wakes_one_poll_and_the_first_to_come() {
    let server = TestServer::open().await;
    let first = server.poll().await;
    let second = server.poll().await;
    server.send("m").await;
    assert_eq!(bodies(&soon(first).await.unwrap()), ["m"]);
    assert_eq!(server.local.open_polls(QUEUE), 1);
    assert!(!second.is_finished());
}

#[tokio::test]
async fn a_long_poll_gets_a_whole_batch_at_once() {
    let server = TestServer::open().await;
    let poll = server.poll().await;
    let entries = (0..10)
        .map(|n| SendMessageBatchRequestEntry::builder().id(n.to_string()).message_body("m"));
    let entries = entries.map(|entry| entry.build().unwrap()).collect();
    server
        .sqs
        .send_message_batch()
        .queue_url(&server.url)
        .set_entries(Some(entries))
        .send()
        .await
        .unwrap();
    assert_eq!(soon(poll).await.unwrap().len(), 10);
}

#[tokio::test]
async fn a_long_poll_wakes_when_a_message_is_released() {
    let server = TestServer::open().await;
    server.send("m").await;
    let held = server.receive(0).await;
    let poll = server.poll().await;
    let change =
        server.sqs.change_message_visibility().queue_url(&server.url).visibility_timeout(0);
    change.receipt_handle(held[0].receipt_handle().unwrap()).send().await.unwrap();
    assert_eq!(bodies(&soon(poll).await.unwrap()), ["m"]);
}

#[tokio::test]
async fn a_long_poll_wakes_when_a_visibility_timeout_and_when_a_delay_ends() {
    let server = TestServer::with(QUEUE, &[("VisibilityTimeout", "1")]).await;
    server.send("held").await;
    server.receive(0).await;
    assert_eq!(bodies(&soon(server.poll().await).await.unwrap()), ["held"]);
    server.sqs.purge_queue().queue_url(&server.url).send().await.unwrap();
    let late =
        server.sqs.send_message().queue_url(&server.url).message_body("late").delay_seconds(1);
    late.send().await.unwrap();
    assert_eq!(bodies(&soon(server.poll().await).await.unwrap()), ["late"]);
}

#[tokio::test]
async fn an_empty_long_poll_waits_for_its_whole_time() {
    let server = TestServer::open().await;
    let started = Instant::now();
    assert!(server.receive(1).await.is_empty());
    let waited = started.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(3)).contains(&waited), "{waited:?}");
}

#[tokio::test]
async fn the_wait_of_the_queue_is_the_default() {
    let server = TestServer::with(QUEUE, &[("ReceiveMessageWaitTimeSeconds", "20")]).await;
    assert!(soon(server.receive(0)).await.is_empty(), "an explicit 0 is a short poll");
    let receive = server.sqs.receive_message().queue_url(&server.url);
    let poll = tokio::spawn(receive.send());
    soon(server.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    server.send("m").await;
    assert_eq!(soon(poll).await.unwrap().unwrap().messages().len(), 1);
}

#[tokio::test]
async fn a_receive_of_a_closed_connection_gets_no_message() {
    let server = TestServer::open().await;
    server.poll().await.abort();
    soon(server.local.until(QUEUE, |counts| counts.polls == 0)).await.unwrap();
    server.send("m").await;
    assert_eq!(bodies(&server.receive(0).await), ["m"]);
}

#[tokio::test]
async fn a_message_that_moves_to_the_dead_letter_queue_wakes_its_polls() {
    let server = TestServer::with("dead", &[]).await;
    let policy =
        r#"{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":1}"#;
    let url = server
        .local
        .create_queue(QUEUE, &[("VisibilityTimeout", "0"), ("RedrivePolicy", policy)])
        .unwrap();
    server.sqs.send_message().queue_url(&url).message_body("poison").send().await.unwrap();
    let (dead_url, sqs) = (server.url.clone(), server.sqs.clone());
    let poll = tokio::spawn(async move {
        let receive = sqs.receive_message().queue_url(dead_url).wait_time_seconds(20);
        receive
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await
            .unwrap()
    });
    soon(server.local.until("dead", |counts| counts.polls == 1)).await.unwrap();
    for expected in [1, 0] {
        let received = server.sqs.receive_message().queue_url(&url).send().await.unwrap();
        assert_eq!(received.messages().len(), expected);
    }
    let moved = soon(poll).await.unwrap();
    let source = &moved.messages()[0].attributes().unwrap()
        [&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert_eq!(source, "arn:aws:sqs:us-east-1:000000000000:orders");
    let sources =
        server.sqs.list_dead_letter_source_queues().queue_url(&server.url).send().await.unwrap();
    assert_eq!(sources.queue_urls(), [url]);
}

#[tokio::test]
async fn too_many_in_flight_is_an_error_only_for_short_polls() {
    let options = Options { in_flight_limit: 1, ..Options::default() };
    let local = Server::start_with(options).await.unwrap();
    let url = local.create_queue(QUEUE, &[]).unwrap();
    let server = TestServer { sqs: client(&local), local, url };
    server.send("a").await;
    server.send("b").await;
    let held = server.receive(0).await;
    assert_eq!(held.len(), 1);
    let short =
        server.sqs.receive_message().queue_url(&server.url).wait_time_seconds(0).send().await;
    assert!(short.unwrap_err().into_service_error().is_over_limit());
    let poll = server.poll().await;
    let delete = server.sqs.delete_message().queue_url(&server.url);
    delete.receipt_handle(held[0].receipt_handle().unwrap()).send().await.unwrap();
    assert_eq!(bodies(&soon(poll).await.unwrap()), ["b"], "a delete makes room");
}

#[tokio::test]
async fn deleting_a_queue_ends_its_polls_with_an_error() {
    let server = TestServer::open().await;
    let poll = tokio::spawn(
        server.sqs.receive_message().queue_url(&server.url).wait_time_seconds(20).send(),
    );
    soon(server.local.until(QUEUE, |counts| counts.polls == 1)).await.unwrap();
    server.sqs.delete_queue().queue_url(&server.url).send().await.unwrap();
    assert!(soon(poll).await.unwrap().unwrap_err().into_service_error().is_queue_does_not_exist());
    assert_eq!(server.local.counts(QUEUE), None);
}

#[tokio::test]
async fn stopping_answers_open_polls_and_closes_the_port() {
    let server = TestServer::open().await;
    let poll = server.poll().await;
    let address = server.local.address();
    soon(server.local.stop()).await;
    assert!(soon(poll).await.unwrap().is_empty());
    assert!(tokio::net::TcpStream::connect(address).await.is_err());
}
