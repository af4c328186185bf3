//! The local queue as the AWS SDK sees it.

use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, DeleteMessageBatchRequestEntry,
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName,
    SendMessageBatchRequestEntry,
};
use longshore_local::{Action, Options, Server};

use crate::support::test_server::{QUEUE, TestServer, bodies, client, soon};

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

#[tokio::test]
async fn a_message_is_sent_received_and_deleted() {
    let server = TestServer::open().await;
    let binary =
        MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([1, 2]));
    // The SDK itself compares the digests of the answer with what it sent.
    let send = server.sqs.send_message().queue_url(&server.url).message_body("ahoy ⚓");
    let send = send.message_attributes("name", text("value"));
    send.message_attributes("bytes", binary.build().unwrap()).send().await.unwrap();

    let received = server.receive(0).await;
    assert_eq!(bodies(&received), ["ahoy ⚓"]);
    let system = received[0].attributes().unwrap();
    assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert_eq!(
        received[0].message_attributes().unwrap()["bytes"].binary_value().unwrap().as_ref(),
        [1, 2]
    );
    let counts = server.local.counts(QUEUE).unwrap();
    assert_eq!((counts.visible, counts.in_flight, counts.delayed), (0, 1, 0));

    let handle = received[0].receipt_handle().unwrap();
    server.sqs.delete_message().queue_url(&server.url).receipt_handle(handle).send().await.unwrap();
    assert_eq!(server.local.counts(QUEUE).unwrap(), Default::default());
    assert_eq!(server.local.requests().get(Action::SendMessage), 1);
    assert_eq!(server.local.requests().total(), 3);
}

#[tokio::test]
async fn a_stale_receipt_deletes_nothing() {
    let server = TestServer::with(QUEUE, &[("VisibilityTimeout", "0")]).await;
    server.send("m").await;
    let stale = server.receive(0).await;
    let newest = server.receive(0).await;
    for (receipt, left) in [(&stale, 1), (&newest, 0)] {
        let delete = server.sqs.delete_message().queue_url(&server.url);
        delete.receipt_handle(receipt[0].receipt_handle().unwrap()).send().await.unwrap();
        assert_eq!(server.local.counts(QUEUE).unwrap().visible, left);
    }
}

#[tokio::test]
async fn a_batch_can_fail_in_part() {
    let server = TestServer::open().await;
    server.send("m").await;
    let handle = server.receive(0).await[0].receipt_handle().unwrap().to_owned();
    let good = DeleteMessageBatchRequestEntry::builder().id("good").receipt_handle(&handle);
    let bad = DeleteMessageBatchRequestEntry::builder().id("bad").receipt_handle("garbage");
    let request = server.sqs.delete_message_batch().queue_url(&server.url);
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
    let server = TestServer::open().await;
    server.send("m").await;
    let handle = server.receive(0).await[0].receipt_handle().unwrap().to_owned();
    let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id("a").receipt_handle(handle);
    let request = server.sqs.change_message_visibility_batch().queue_url(&server.url);
    let answer =
        request.entries(entry.visibility_timeout(0).build().unwrap()).send().await.unwrap();
    assert_eq!(answer.successful().len(), 1);
    assert_eq!(server.local.counts(QUEUE).unwrap().visible, 1);
}

#[tokio::test]
async fn errors_have_the_types_of_the_sdk() {
    let server = TestServer::open().await;
    let gone = format!("{}/000000000000/gone", server.local.endpoint_url());
    let error = server.sqs.receive_message().queue_url(&gone).send().await.unwrap_err();
    assert_eq!(error.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));
    assert!(error.into_service_error().is_queue_does_not_exist());

    let delete = server.sqs.delete_message().queue_url(&server.url).receipt_handle("garbage");
    assert!(delete.send().await.unwrap_err().into_service_error().is_receipt_handle_is_invalid());
    let empty =
        server.sqs.delete_message_batch().queue_url(&server.url).set_entries(Some(Vec::new()));
    assert!(empty.send().await.unwrap_err().into_service_error().is_empty_batch_request());
    let create = server
        .sqs
        .create_queue()
        .queue_name(QUEUE)
        .attributes(QueueAttributeName::DelaySeconds, "7");
    assert!(create.send().await.unwrap_err().into_service_error().is_queue_name_exists());
    let send = server.sqs.send_message().queue_url(&server.url).message_body("\u{1}");
    assert!(send.send().await.unwrap_err().into_service_error().is_invalid_message_contents());
}

#[tokio::test]
async fn a_fifo_queue_keeps_order_and_drops_duplicates() {
    let server = TestServer::with("orders.fifo", &[("FifoQueue", "true")]).await;
    for (body, id) in [("1", "a"), ("2", "b"), ("2 again", "b"), ("3", "c")] {
        let send = server.sqs.send_message().queue_url(&server.url).message_body(body);
        let sent =
            send.message_group_id("group").message_deduplication_id(id).send().await.unwrap();
        assert_eq!(sent.sequence_number().unwrap().len(), 20);
    }
    assert_eq!(bodies(&server.receive(0).await), ["1", "2", "3"]);
    assert!(server.receive(0).await.is_empty(), "the group is locked");
}

#[tokio::test]
async fn dropping_stops_the_server_too() {
    let server = TestServer::open().await;
    let poll = server.poll().await;
    drop(server.local);
    assert!(soon(poll).await.unwrap().is_empty());
}

#[tokio::test]
async fn queue_urls_have_the_host_of_the_client() {
    let server = TestServer::open().await;
    let url = server.sqs.get_queue_url().queue_name(QUEUE).send().await.unwrap();
    assert_eq!(url.queue_url(), Some(server.url.as_str()));
    let elsewhere = "http://queue.example/123456789012/orders";
    server.sqs.send_message().queue_url(elsewhere).message_body("m").send().await.unwrap();
    assert_eq!(server.local.counts(QUEUE).unwrap().visible, 1);
}

#[tokio::test]
async fn cooldowns_apply_after_a_delete_and_a_purge() {
    let options = Options { cooldowns: true, ..Options::default() };
    let local = Server::start_with(options).await.unwrap();
    let url = local.create_queue(QUEUE, &[]).unwrap();
    let sqs = client(&local);
    sqs.purge_queue().queue_url(&url).send().await.unwrap();
    let again = sqs.purge_queue().queue_url(&url).send().await.unwrap_err();
    assert!(again.into_service_error().is_purge_queue_in_progress());
    sqs.delete_queue().queue_url(&url).send().await.unwrap();
    let again = sqs.create_queue().queue_name(QUEUE).send().await.unwrap_err();
    assert!(again.into_service_error().is_queue_deleted_recently());
}

#[tokio::test]
async fn a_fifo_batch_without_a_group_is_refused_as_a_whole() {
    let server = TestServer::with("orders.fifo", &[("FifoQueue", "true")]).await;
    let entry = |id: &str| {
        SendMessageBatchRequestEntry::builder()
            .id(id)
            .message_body("m")
            .message_deduplication_id(id)
    };
    let batch = server.sqs.send_message_batch().queue_url(&server.url);
    let batch = batch
        .entries(entry("a").message_group_id("g").build().unwrap())
        .entries(entry("b").build().unwrap());
    assert_eq!(batch.send().await.unwrap_err().code(), Some("InvalidParameterValue"));
    assert_eq!(server.local.counts("orders.fifo").unwrap().visible, 0);
}

#[tokio::test]
async fn queues_are_listed_by_prefix_and_page_by_page() {
    let server = TestServer::open().await;
    let urls = ["a-1", "a-2", "a-3"].map(|name| server.local.create_queue(name, &[]).unwrap());
    let pages = server.sqs.list_queues().queue_name_prefix("a-").max_results(2).into_paginator();
    let pages: Vec<_> = pages.send().try_collect().await.unwrap();
    let pages: Vec<_> = pages.iter().map(|page| page.queue_urls()).collect();
    assert_eq!(pages, [&urls[..2], &urls[2..]]);
}
