//! Faults on demand, as the AWS SDK and plain HTTP see them.

use std::time::Duration;

use aws_sdk_sqs::error::ProvideErrorMetadata as _;
use aws_sdk_sqs::types::DeleteMessageBatchRequestEntry;
use longshore_local::{Action, Fault, Rule};
use tokio::time::Instant;

use crate::support::harbour::{Harbour, QUEUE, bodies, soon};

#[tokio::test]
async fn requests_can_be_throttled_denied_or_failed() {
    let harbour = Harbour::open().await;
    for (fault, code) in [
        (Fault::Throttle, "RequestThrottled"),
        (Fault::RateExceeded, "ThrottlingException"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::InternalFailure, "InternalFailure"),
        (Fault::Unavailable, "ServiceUnavailable"),
    ] {
        harbour.local.faults().add(Rule::new(fault).on(Action::ReceiveMessage).next(1));
        let error = harbour.sqs.receive_message().queue_url(&harbour.url).send().await.unwrap_err();
        assert_eq!(error.code(), Some(code));
    }
    harbour.send("other actions are spared").await;
    assert_eq!(harbour.receive(0).await.len(), 1, "each struck once");
}

#[tokio::test]
async fn a_cut_connection_does_nothing_and_a_lost_answer_is_done_all_the_same() {
    let harbour = Harbour::open().await;
    let send = || harbour.sqs.send_message().queue_url(&harbour.url).message_body("m").send();
    harbour.local.faults().add(Rule::new(Fault::CutConnection).next(1));
    assert!(send().await.unwrap_err().as_service_error().is_none());
    assert_eq!(harbour.local.counts(QUEUE).unwrap().visible, 0);
    harbour.local.faults().add(Rule::new(Fault::LoseAnswer).next(1));
    assert!(send().await.unwrap_err().as_service_error().is_none());
    assert_eq!(harbour.local.counts(QUEUE).unwrap().visible, 1);
}

#[tokio::test]
async fn an_entry_of_a_batch_can_fail_on_the_services_side() {
    let harbour = Harbour::open().await;
    harbour.send("m").await;
    let handle = harbour.receive(0).await[0].receipt_handle().unwrap().to_owned();
    harbour.local.faults().add(Rule::new(Fault::FailEntry).on(Action::DeleteMessageBatch).next(1));
    for (failed, left) in [(1, 1), (0, 0)] {
        let entry = DeleteMessageBatchRequestEntry::builder()
            .id("a")
            .receipt_handle(&handle)
            .build()
            .unwrap();
        let answer = harbour
            .sqs
            .delete_message_batch()
            .queue_url(&harbour.url)
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
        assert_eq!(harbour.local.counts(QUEUE).unwrap().in_flight, left);
    }
}

#[tokio::test]
async fn a_message_can_be_delivered_twice() {
    let harbour = Harbour::open().await;
    harbour.send("m").await;
    harbour.local.faults().add(Rule::new(Fault::Duplicate).next(1));
    assert_eq!(bodies(&harbour.receive(0).await), ["m"]);
    assert_eq!(bodies(&harbour.receive(0).await), ["m"]);
    assert!(harbour.receive(0).await.is_empty());
}

#[tokio::test]
async fn latency_delays_the_answer() {
    let harbour = Harbour::open().await;
    harbour.local.faults().add(Rule::new(Fault::Latency(Duration::from_millis(300))).next(1));
    let started = Instant::now();
    harbour.send("m").await;
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn an_orphaned_poll_swallows_messages() {
    let harbour = Harbour::open().await;
    harbour.local.faults().add(Rule::new(Fault::OrphanPoll).next(1));
    let poll = harbour.poll().await;
    poll.abort();
    assert!(poll.await.unwrap_err().is_cancelled());
    harbour.send("swallowed").await;
    let counts = soon(harbour.local.until(QUEUE, |counts| counts.in_flight == 1)).await.unwrap();
    assert_eq!((counts.visible, counts.polls), (0, 0));
    assert!(harbour.receive(0).await.is_empty());
}

#[tokio::test]
async fn faults_and_state_can_be_reached_over_http() {
    let harbour = Harbour::open().await;
    let http = reqwest::Client::new();
    let faults = format!("{}/_local/faults", harbour.local.endpoint_url());
    let plan = r#"{"seed":1,"rules":[{"fault":"throttle","action":"SendMessage","next":1}]}"#;
    assert_eq!(http.put(&faults).body(plan).send().await.unwrap().status(), 200);
    let send = harbour.sqs.send_message().queue_url(&harbour.url).message_body("m");
    assert_eq!(send.send().await.unwrap_err().code(), Some("RequestThrottled"));
    harbour.send("m").await;
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
        http.get(format!("{}/_local/state", harbour.local.endpoint_url())).send().await.unwrap();
    let state: serde_json::Value = serde_json::from_str(&state.text().await.unwrap()).unwrap();
    assert_eq!(state["queues"][0]["name"], QUEUE);
    assert_eq!(state["queues"][0]["visible"], 1);
    assert_eq!(state["requests"]["SendMessage"], 2);
    assert_eq!(http.delete(&faults).send().await.unwrap().status(), 200);
    assert!(harbour.local.faults().rules().is_empty());
}

#[tokio::test]
async fn the_old_query_protocol_is_refused_in_words() {
    let harbour = Harbour::open().await;
    let form = "application/x-www-form-urlencoded";
    let request =
        reqwest::Client::new().post(harbour.local.endpoint_url()).header("content-type", form);
    let answer = request.body("Action=ListQueues&Version=2012-11-05").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("Query protocol"));
}

#[tokio::test]
async fn an_error_says_whose_fault_it_is() {
    let harbour = Harbour::open().await;
    harbour.local.faults().add(Rule::new(Fault::InternalFailure).on(Action::ListQueues));
    for (action, status, blame) in [
        ("ListQueues", 500, "InternalFailure;Receiver"),
        ("SendMessage", 400, "MissingParameter;Sender"),
    ] {
        let request = reqwest::Client::new().post(harbour.local.endpoint_url());
        let answer =
            request.header("x-amz-target", format!("AmazonSQS.{action}")).send().await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["x-amzn-query-error"], blame);
    }
}

#[tokio::test]
async fn a_request_too_long_for_sqs_is_refused_and_not_kept() {
    let harbour = Harbour::open().await;
    let request = reqwest::Client::new().post(harbour.local.endpoint_url());
    let body = vec![b' '; 9 * 1024 * 1024];
    let answer = request.header("x-amz-target", "AmazonSQS.ListQueues").body(body).send().await;
    // The server stops reading, so that a client still writing may see the connection end instead.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 400));
    assert_eq!(harbour.local.requests().total(), 0);
}
