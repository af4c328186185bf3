//! The HTTP handler from end to end: what an application answers is what becomes of its messages.

use std::time::Duration;

use aws_sdk_sqs::types::MessageAttributeValue;
use longshore_local::{Action, Counts};

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer, soon};

const QUICK: [&str; 4] =
    ["--set", "defaults.retry.base=1ms", "--set", "defaults.delete_linger=10ms"];

#[tokio::test]
async fn a_200_deletes_and_a_500_retries() {
    let server = TestServer::open().await;
    server.send("stubborn").await;
    let app = App::answering(|count| async move { if count < 3 { 500 } else { 200 } }).await;
    let arguments = [&QUICK[..], &["--queue", QUEUE, "--http", app.url()]].concat();
    let worker = Longshore::run(&server.local, &arguments);
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    assert_eq!(soon(empty).await.unwrap().delayed, 0);
    assert_eq!(app.log().times()["stubborn"], 3);
    let line = worker.says("message not processed").await;
    assert!(line.contains("answered 500"), "{line}");
    assert!(!line.contains("stubborn"), "a body in the log: {line}");
}

async fn send_with_attribute(server: &TestServer, body: &str) {
    let tenant = MessageAttributeValue::builder().data_type("String").string_value("42");
    let message = server.sqs.send_message().queue_url(&server.url).message_body(body);
    let message = message.message_attributes("tenant", tenant.build().unwrap());
    message.send().await.unwrap();
}

#[tokio::test]
async fn refused_headers_cost_no_receive_and_are_one_warning() {
    let server = TestServer::open().await;
    let app = App::answering(|count| async move { if count == 1 { 431 } else { 200 } }).await;
    let arguments = [&QUICK[..], &["--queue", QUEUE, "--http", app.url()]].concat();
    let worker = Longshore::run(&server.local, &arguments);
    for body in ["one", "two"] {
        send_with_attribute(&server, body).await;
    }
    worker.shows("longshore_messages_total", &[("result", "deleted")], 2.0).await;
    assert_eq!(worker.scrape().await.sum("longshore_messages_received_total", &[]), 2.0);
    assert_eq!(app.log().times(), [("one".into(), 2), ("two".into(), 2)].into());
    worker.terminate();
    let ended = worker.ends().await;
    let refused = |line: &&String| line.contains("application refused the headers");
    let warnings: Vec<_> = ended.lines.iter().filter(refused).collect();
    assert_eq!(warnings.len(), 1, "{warnings:#?}");
    for field in [r#""level":"WARN""#, r#""advice":"#, r#""message_id":"#, r#""queue":"#] {
        assert!(warnings[0].contains(field), "{}", warnings[0]);
    }
}

#[tokio::test]
async fn while_the_application_is_down_no_message_is_received() {
    let server = TestServer::open().await;
    server.send_many(3).await;
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}/");
    let arguments = [&QUICK[..], &["--queue", QUEUE, "--http", &url]].concat();
    let worker = Longshore::run(&server.local, &arguments);
    worker.says_times("circuit breaker is open", 2).await;
    let scrape = worker.scrape().await;
    assert_eq!(scrape.sum("longshore_messages_received_total", &[]), 0.0);
    assert_eq!(scrape.sum("longshore_breaker_state", &[("state", "open")]), 1.0);
    assert_eq!(server.local.requests().get(Action::ReceiveMessage), 0);

    let app = App::at(address, |_| std::future::ready(200)).await;
    app.log().until(3).await;
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    let polling = server.local.until(QUEUE, |counts| counts.polls == 1);
    assert_eq!(Counts { polls: 0, ..soon(polling).await.unwrap() }, Counts::default());
    assert!(app.log().times().values().all(|times| *times == 1));
}

#[tokio::test]
async fn a_message_is_retried_after_the_timeout_of_its_handler() {
    let server = TestServer::open().await;
    server.send("slow at first").await;
    let app = App::answering(|count| async move {
        tokio::time::sleep(Duration::from_secs(if count < 2 { 30 } else { 0 })).await;
        200
    })
    .await;
    let limit = ["--set", "defaults.handler.timeout=1s"];
    let arguments = [&QUICK[..], &limit, &["--queue", QUEUE, "--http", app.url()]].concat();
    let worker = Longshore::run(&server.local, &arguments);
    let line = worker.says("message not processed").await;
    assert!(line.contains("timed_out"), "{line}");
    let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    soon(empty).await.unwrap();
    assert_eq!(app.log().times()["slow at first"], 2);
}
