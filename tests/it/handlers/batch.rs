//! Several messages in one call of a command or an HTTP service.

use std::time::{Duration, UNIX_EPOCH};

use longshore::handler::{HttpHandler, RejectStatus};
use longshore::{BatchHandler, Message, Verdict};
use serde_json::{Value, json};

use super::scene::{Server, Traces, bytes, call, soon, text, undisturbed};

fn messages() -> Vec<Message> {
    let mut messages = ["a", "b", "c"].map(|id| Message::new(id, format!("receipt-{id}"), id));
    let full = &mut messages[0];
    full.receive_count = 2;
    full.sent_at = Some(UNIX_EPOCH + Duration::from_millis(1_763_922_300_750));
    full.first_received_at = Some(UNIX_EPOCH + Duration::from_millis(1_763_922_301_000));
    full.group_id = Some("customer-7".to_owned());
    full.sender_id = Some("AIDAEXAMPLE".to_owned());
    full.deduplication_id = Some("d-1".to_owned());
    full.sequence_number = Some("18849496460467696128".to_owned());
    full.body_md5 = Some("0cc175b9c0f1b6a831c399e269772661".to_owned());
    full.trace_header = Some("Root=1-5759e988-bd862e3fe1be46a994272793".to_owned());
    full.attributes.insert("kind".to_owned(), text("order"));
    full.attributes.insert("raw".to_owned(), bytes(&[0, 255]));
    messages.into()
}

/// The event that AWS documents.
fn assert_is_event(event: &str) {
    let event: Value = serde_json::from_str(event).unwrap();
    let records = event["Records"].as_array().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(
        records[0],
        json!({
            "messageId": "a",
            "receiptHandle": "receipt-a",
            "body": "a",
            "attributes": {
                "ApproximateReceiveCount": "2",
                "SentTimestamp": "1763922300750",
                "ApproximateFirstReceiveTimestamp": "1763922301000",
                "MessageGroupId": "customer-7",
                "SenderId": "AIDAEXAMPLE",
                "MessageDeduplicationId": "d-1",
                "SequenceNumber": "18849496460467696128",
                "AWSTraceHeader": "Root=1-5759e988-bd862e3fe1be46a994272793",
            },
            "messageAttributes": {
                "kind": { "stringValue": "order", "dataType": "String" },
                "raw": { "binaryValue": "AP8=", "dataType": "Binary" },
            },
            "md5OfBody": "0cc175b9c0f1b6a831c399e269772661",
            "eventSource": "aws:sqs",
        })
    );
    let attributes = json!({ "ApproximateReceiveCount": "1" });
    assert_eq!(
        (&records[1]["attributes"], &records[1]["messageAttributes"]),
        (&attributes, &json!({}))
    );
}

fn failed(verdicts: &[Verdict]) -> Vec<usize> {
    (0..verdicts.len()).filter(|index| verdicts[*index] != Verdict::Done).collect()
}

const ONE_FAILED: &str = r#"{"batchItemFailures": [{"itemIdentifier": "b"}]}"#;

async fn verdicts_of(script: &str) -> Vec<Verdict> {
    soon(Traces::new().script(script).handle_batch(&messages(), undisturbed())).await
}

#[tokio::test]
async fn a_command_gets_the_event_and_answers_on_standard_output() {
    let traces = Traces::new();
    let script = format!(
        r#"cat > "$1/event"; echo "$LONGSHORE_QUEUE $LONGSHORE_BATCH_SIZE" > "$1/variables"
        echo note >&2; echo '{ONE_FAILED}'"#
    );
    let verdicts = soon(traces.script(&script).handle_batch(&messages(), undisturbed())).await;
    assert_is_event(&traces.read("event"));
    assert_eq!(traces.read("variables"), "orders 3\n");
    assert_eq!(failed(&verdicts), [1]);
    assert_eq!(verdicts[1], Verdict::retry("reported in batchItemFailures"));
}

#[tokio::test]
async fn the_exit_code_of_a_command_counts_for_all_messages() {
    assert_eq!(failed(&verdicts_of("exit 0").await), [0; 0]);
    let retry = Verdict::retry("exit code 1: no database");
    let script = format!("echo '{ONE_FAILED}'; echo no database >&2; exit 1");
    assert_eq!(verdicts_of(&script).await, vec![retry; 3]);
    let reject = Verdict::reject("exit code 65 (EX_DATAERR)");
    assert_eq!(verdicts_of("exit 65").await, vec![reject; 3]);
    assert!(matches!(verdicts_of("echo done").await[..], [Verdict::Retry { .. }, _, _]));
    let long = "head -c 9000000 /dev/zero";
    assert!(
        matches!(&verdicts_of(long).await[0], Verdict::Retry { reason, .. } if reason.contains("8 MiB"))
    );
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_unavailable_for_all_messages() {
    let handler =
        longshore::handler::CommandHandler::new(vec!["./no-such-program".to_owned()]).unwrap();
    let verdicts = soon(handler.handle_batch(&messages(), undisturbed())).await;
    assert!(
        verdicts.iter().all(|verdict| matches!(verdict, Verdict::Unavailable { .. })),
        "{verdicts:?}"
    );
}

async fn verdicts_on(answer: &str) -> (Vec<Verdict>, String) {
    let server = Server::start().await;
    let reject_status = RejectStatus::new([422]).unwrap();
    let handler = HttpHandler::new(&server.url()).unwrap().reject_status(reject_status);
    let serve = async {
        let (mut connection, request) = server.called().await;
        connection.answer(answer).await;
        request
    };
    let messages = messages();
    let handled = handler.handle_batch(&messages, undisturbed());
    let (verdicts, request) = soon(async { tokio::join!(handled, serve) }).await;
    assert!(
        request.head.to_ascii_lowercase().contains("x-aws-sqsd-queue: orders"),
        "{}",
        request.head
    );
    (verdicts, request.body)
}

fn response(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

#[tokio::test]
async fn an_http_service_gets_the_event_and_answers_in_the_body() {
    let (verdicts, event) = verdicts_on(&response("200 OK", ONE_FAILED)).await;
    assert_is_event(&event);
    assert_eq!(failed(&verdicts), [1]);
    let (verdicts, _) = verdicts_on(&response("200 OK", "")).await;
    assert_eq!(failed(&verdicts), [0; 0]);
}

#[tokio::test]
async fn another_status_or_a_bad_answer_counts_for_all_messages() {
    let (verdicts, _) = verdicts_on(&response("503 Service Unavailable", ONE_FAILED)).await;
    assert_eq!(verdicts, vec![Verdict::outage("answered 503"); 3]);
    let (verdicts, _) = verdicts_on(&response("400 Bad Request", "")).await;
    assert_eq!(verdicts, vec![Verdict::retry("answered 400"); 3]);
    let (verdicts, _) = verdicts_on(&response("422 Unprocessable Content", ONE_FAILED)).await;
    assert_eq!(verdicts, vec![Verdict::reject("answered 422"); 3]);
    let (verdicts, _) = verdicts_on(&response("200 OK", "done")).await;
    assert_eq!(failed(&verdicts), [0, 1, 2]);
    let (verdicts, _) = verdicts_on("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{").await;
    assert!(
        verdicts.iter().all(|verdict| matches!(verdict, Verdict::Outage { .. })),
        "{verdicts:?}"
    );
}

#[tokio::test]
async fn a_batch_that_must_stop_is_retried() {
    let server = Server::start().await;
    let handler = HttpHandler::new(&server.url()).unwrap();
    let call = call();
    call.stop();
    let verdicts = soon(handler.handle_batch(&messages(), call.context())).await;
    assert_eq!(verdicts, vec![Verdict::retry("stopped before the request was sent"); 3]);
}
