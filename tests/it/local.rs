//! The local queue as the AWS SDK sees it.

use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use longshore::local::{Action, LocalQueue, Options};
use tokio::time::Instant;

use crate::local_support::{Harbour, QUEUE, bodies, client, soon};

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test]
async fn a_message_goes_out_comes_in_and_is_gone_once_deleted() {
    let harbour = Harbour::open().await;
    let binary =
        MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2]));
    // The SDK itself compares the digests of the answer with what it sent.
    let send = harbour.sqs.send_message().queue_url(&harbour.url).message_body("ahoy ⚓");
    let send = send.message_attributes("name", text("value"));
    send.message_attributes("bytes", binary.build().unwrap()).send().await.unwrap();

    let received = harbour.receive(0).await;
    assert_eq!(bodies(&received), ["ahoy ⚓"]);
    let system = received[0].attributes().unwrap();
    assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert_eq!(
        received[0].message_attributes().unwrap()["bytes"].binary_value().unwrap().as_ref(),
        [1, 2]
    );
    let counts = harbour.local.counts(QUEUE).unwrap();
    assert_eq!((counts.visible, counts.in_flight, counts.delayed), (0, 1, 0));

    let handle = received[0].receipt_handle().unwrap();
    harbour
        .sqs
        .delete_message()
        .queue_url(&harbour.url)
        .receipt_handle(handle)
        .send()
        .await
        .unwrap();
    assert_eq!(harbour.local.counts(QUEUE).unwrap(), Default::default());
    assert_eq!(harbour.local.requests().of(Action::SendMessage), 1);
    assert_eq!(harbour.local.requests().total(), 3);
}

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
async fn a_stale_receipt_deletes_nothing() {
    let harbour = Harbour::with(QUEUE, &[("VisibilityTimeout", "0")]).await;
    harbour.send("m").await;
    let stale = harbour.receive(0).await;
    let newest = harbour.receive(0).await;
    for (receipt, left) in [(&stale, 1), (&newest, 0)] {
        let delete = harbour.sqs.delete_message().queue_url(&harbour.url);
        delete.receipt_handle(receipt[0].receipt_handle().unwrap()).send().await.unwrap();
        assert_eq!(harbour.local.counts(QUEUE).unwrap().visible, left);
    }
}

#[tokio::test]
async fn a_batch_can_fail_in_part() {
    let harbour = Harbour::open().await;
    harbour.send("m").await;
    let handle = harbour.receive(0).await[0].receipt_handle().unwrap().to_owned();
    let good = DeleteMessageBatchRequestEntry::builder().id("good").receipt_handle(&handle);
    let bad = DeleteMessageBatchRequestEntry::builder().id("bad").receipt_handle("garbage");
    let request = harbour.sqs.delete_message_batch().queue_url(&harbour.url);
    let answer =
        request.entries(good.build().unwrap()).entries(bad.build().unwrap()).send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "good");
    let failed = &answer.failed()[0];
    assert_eq!(
        (failed.id(), failed.code(), failed.sender_fault()),
        ("bad", "ReceiptHandleIsInvalid", true)
    );
}

#[tokio::test]
async fn visibility_is_changed_by_the_batch() {
    let harbour = Harbour::open().await;
    harbour.send("m").await;
    let handle = harbour.receive(0).await[0].receipt_handle().unwrap().to_owned();
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id("a").receipt_handle(handle);
    let request = harbour.sqs.change_message_visibility_batch().queue_url(&harbour.url);
    let answer =
        request.entries(entry.visibility_timeout(0).build().unwrap()).send().await.unwrap();
    assert_eq!(answer.successful().len(), 1);
    assert_eq!(harbour.local.counts(QUEUE).unwrap().visible, 1);
}

#[tokio::test]
async fn errors_are_the_ones_the_sdk_has_types_for() {
    let harbour = Harbour::open().await;
    let gone = format!("{}/000000000000/gone", harbour.local.endpoint_url());
    let error = harbour.sqs.receive_message().queue_url(&gone).send().await.unwrap_err();
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert!(error.into_service_error().is_queue_does_not_exist());

    let delete = harbour.sqs.delete_message().queue_url(&harbour.url).receipt_handle("garbage");
    assert!(delete.send().await.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    let empty =
        harbour.sqs.delete_message_batch().queue_url(&harbour.url).set_entries(Some(Vec::new()));
    assert!(empty.send().await.unwrap_err().into_service_error().is_empty_batch_request());
    let create = harbour
        .sqs
        .create_queue()
        .queue_name(QUEUE)
        .attributes(QueueAttributeName::DelaySeconds, "7");
    assert!(create.send().await.unwrap_err().into_service_error().is_queue_name_exists());
    let send = harbour.sqs.send_message().queue_url(&harbour.url).message_body("\u{1}");
    assert!(send.send().await.unwrap_err().into_service_error().is_invalid_message_contents());
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
async fn a_fifo_queue_keeps_order_and_drops_duplicates() {
    let harbour = Harbour::with("orders.fifo", &[("FifoQueue", "true")]).await;
    for (body, id) in [("1", "a"), ("2", "b"), ("2 again", "b"), ("3", "c")] {
        let send = harbour.sqs.send_message().queue_url(&harbour.url).message_body(body);
        let sent =
            send.message_group_id("group").message_deduplication_id(id).send().await.unwrap();
        assert_eq!(sent.sequence_number().unwrap().len(), 20);
    }
    assert_eq!(bodies(&harbour.receive(0).await), ["1", "2", "3"]);
    assert!(harbour.receive(0).await.is_empty(), "the group is locked");
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

#[tokio::test]
async fn dropping_stops_the_server_too() {
    let harbour = Harbour::open().await;
    let poll = harbour.poll().await;
    drop(harbour.local);
    assert!(soon(poll).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_url_it_gives_is_the_one_the_client_came_by() {
    let harbour = Harbour::open().await;
    let url = harbour.sqs.get_queue_url().queue_name(QUEUE).send().await.unwrap();
    assert_eq!(url.queue_url(), Some(harbour.url.as_str()));
    let elsewhere = "http://queue.example/123456789012/orders";
    harbour.sqs.send_message().queue_url(elsewhere).message_body("m").send().await.unwrap();
    assert_eq!(harbour.local.counts(QUEUE).unwrap().visible, 1);
}
