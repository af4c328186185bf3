//! Faults on demand, as the AWS SDK and plain HTTP see them.

use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use longshore_local::{Action, Fault, Rule};
use tokio::time::Instant;

use crate::support::test_server::{QUEUE, TestServer, bodies, soon};

#[tokio::test]
async fn requests_can_be_throttled_denied_or_failed() {
    let server = TestServer::open().await;
    for (fault, code) in [
        (Fault::Throttle, "RequestThrottled"),
        (Fault::RateExceeded, "ThrottlingException"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::InternalFailure, "InternalFailure"),
        (Fault::Unavailable, "ServiceUnavailable"),
    ] {
        server.local.faults().add(Rule::new(fault).on(Action::ReceiveMessage).next(1));
        let error = server.sqs.receive_message().queue_url(&server.url).send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
    server.send("other actions are spared").await;
    assert_eq!(server.receive(0).await.len(), 1, "each struck once");
}

#[tokio::test]
async fn a_lost_answer_has_an_effect_and_a_cut_connection_has_none() {
    let server = TestServer::open().await;
    let send = || server.sqs.send_message().queue_url(&server.url).message_body("m").send();
    server.local.faults().add(Rule::new(Fault::CutConnection).next(1));
    assert!(send().await.unwrap_err().as_service_error().is_none());
    assert_eq!(server.local.counts(QUEUE).unwrap().visible, 0);
    server.local.faults().add(Rule::new(Fault::LoseAnswer).next(1));
    assert!(send().await.unwrap_err().as_service_error().is_none());
    assert_eq!(server.local.counts(QUEUE).unwrap().visible, 1);
}

#[tokio::test]
async fn an_entry_of_a_batch_can_fail_on_the_services_side() {
    let server = TestServer::open().await;
    server.send("m").await;
    let handle = server.receive(0).await[0].receipt_handle().unwrap().to_owned();
    server.local.faults().add(Rule::new(Fault::FailEntry).on(Action::DeleteMessageBatch).next(1));
    for (failed, left) in [(1, 1), (0, 0)] {
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id("a")
            .receipt_handle(&handle)
            .build()
            .unwrap();
        let answer = server
            .sqs
            .delete_message_batch()
            .queue_url(&server.url)
            .entries(entry)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.failed().len(), failed);
        assert!(
            answer
                .failed()
                .iter()
                .all(|entry| !entry.sender_fault() && entry.code() == "InternalError")
        );
        assert_eq!(server.local.counts(QUEUE).unwrap().in_flight, left);
    }
}

#[tokio::test]
async fn a_message_can_be_delivered_twice() {
    let server = TestServer::open().await;
    server.send("m").await;
    server.local.faults().add(Rule::new(Fault::Duplicate).next(1));
    assert_eq!(bodies(&server.receive(0).await), ["m"]);
    assert_eq!(bodies(&server.receive(0).await), ["m"]);
    assert!(server.receive(0).await.is_empty());
}

#[tokio::test]
async fn latency_delays_the_answer() {
    let server = TestServer::open().await;
    server.local.faults().add(Rule::new(Fault::Latency(Duration::from_millis(300))).next(1));
    let started = Instant::now();
    server.send("m").await;
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn an_orphaned_receive_hides_messages() {
    let server = TestServer::open().await;
    server.local.faults().add(Rule::new(Fault::OrphanPoll).next(1));
    let poll = server.poll().await;
    poll.abort();
    assert!(poll.await.unwrap_err().is_cancelled());
    server.send("swallowed").await;
    let counts = soon(server.local.until(QUEUE, |counts| counts.in_flight == 1)).await.unwrap();
    assert_eq!((counts.visible, counts.polls), (0, 0));
    assert!(server.receive(0).await.is_empty());
}

#[tokio::test]
async fn faults_and_state_can_be_reached_over_http() {
    let server = TestServer::open().await;
    let http = reqwest::Client::new();
    let faults = format!("{}/_local/faults", server.local.endpoint_url());
    let plan = r#"{"seed":1,"rules":[{"fault":"throttle","action":"SendMessage","next":1}]}"#;
    assert_eq!(http.put(&faults).body(plan).send().await.unwrap().status(), 200);
    let send = server.sqs.send_message().queue_url(&server.url).message_body("m");
    assert_eq!(send.send().await.unwrap_err().code(), Some("RequestThrottled"));
    server.send("m").await;
    assert_eq!(
        http.put(&faults)
            .body(r#"{"rules":[{"fault":"nonsense"}]}"#)
            .send()
            .await
            .unwrap()
            .status(),
        400
    );

    let state =
        http.get(format!("{}/_local/state", server.local.endpoint_url())).send().await.unwrap();
    let state: serde_json::Value = serde_json::from_str(&state.text().await.unwrap()).unwrap();
    assert_eq!(state["queues"][0]["name"], QUEUE);
    assert_eq!(state["queues"][0]["visible"], 1);
    assert_eq!(state["requests"]["SendMessage"], 2);
    assert_eq!(http.delete(&faults).send().await.unwrap().status(), 200);
    assert!(server.local.faults().rules().is_empty());
}

#[tokio::test]
async fn a_fault_fails_a_request_of_the_query_protocol() {
    let server = TestServer::open().await;
    server.local.faults().add(Rule::new(Fault::Throttle).on(Action::ListQueues).next(1));
    let form = "application/x-www-form-urlencoded";
    let list = || {
        let request =
            reqwest::Client::new().post(server.local.endpoint_url()).header("content-type", form);
        request.body("Action=ListQueues&Version=2012-11-05").send()
    };
    let answer = list().await.unwrap();
    assert_eq!(answer.status(), 403);
    let text = answer.text().await.unwrap();
    assert!(text.contains("<Type>Sender</Type><Code>RequestThrottled</Code>"), "{text}");
    assert_eq!(list().await.unwrap().status(), 200);
    assert_eq!(server.local.requests().get(Action::ListQueues), 2);
}

#[tokio::test]
async fn an_error_has_its_fault_type() {
    let server = TestServer::open().await;
    server.local.faults().add(Rule::new(Fault::InternalFailure).on(Action::ListQueues));
    for (action, status, blame) in [
        ("ListQueues", 500, "InternalFailure;Receiver"),
        ("SendMessage", 400, "MissingParameter;Sender"),
    ] {
        let request = reqwest::Client::new().post(server.local.endpoint_url());
        let answer =
            request.header("x-amz-target", format!("AmazonSQS.{action}")).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["x-amzn-query-error"], blame);
    }
}

#[tokio::test]
async fn a_request_above_the_size_limit_is_refused() {
    let server = TestServer::open().await;
    let request = reqwest::Client::new().post(server.local.endpoint_url());
    let body = vec![b' '; 9 * 1024 * 1024];
    let answer = request.header("x-amz-target", "AmazonSQS.ListQueues").body(body).send().await;
    // The server stops reading, so that a client still writing may see the connection end instead.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 400));
    assert_eq!(server.local.requests().total(), 0);
}
