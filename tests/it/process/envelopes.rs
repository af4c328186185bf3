//! Messages in envelopes through every kind of handler, and the sample of the page.

use std::path::Path;

use aws_sdk_sqs::types::MessageAttributeValue;
use serde_json::{Value, json};

use super::app::App;
use super::longshore::{Longshore, json as fields};
use crate::support::test_server::{QUEUE, TestServer};

pub(super) const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const BODY: &str = "{\"order\": 1, \"note\": \"\u{1f34a}\"}\n";

/// A notification of SNS with the body and a trace context.
pub(super) fn notification() -> String {
    let notification = json!({
        "Type": "Notification",
        "MessageId": "63a3f6b6-d533-4a47-aef9-fcf5cf758c76",
        "TopicArn": "arn:aws:sns:us-west-2:123456789012:orders",
        "Message": BODY,
        "Timestamp": "2026-03-29T05:12:16.901Z",
        "MessageAttributes": {
            "traceparent": {"Type": "String", "Value": TRACEPARENT},
            "tenant": {"Type": "Number", "Value": "42"},
        },
    });
    notification.to_string()
}

/// Sends the message as raw delivery does: with its attributes.
pub(super) async fn send_raw(server: &TestServer) {
    let value = |data_type: &str, text: &str| {
        let value = MessageAttributeValue::builder().data_type(data_type).string_value(text);
        value.build().unwrap()
    };
    let message = server.sqs.send_message().queue_url(&server.url).message_body(BODY);
    let message = message.message_attributes("traceparent", value("String", TRACEPARENT));
    message.message_attributes("tenant", value("Number", "42")).send().await.unwrap();
}

/// A worker with `unwrap`, and what is in the `more` arguments.
fn worker(server: &TestServer, unwrap: &str, more: &[&str]) -> Longshore {
    let unwrap = format!("defaults.unwrap={unwrap}");
    let quick = ["--set", "defaults.delete_linger=10ms", "--set", &unwrap, "--queue", QUEUE];
    Longshore::run(&server.local, &[&quick[..], more].concat())
}

#[tokio::test]
async fn http_handlers_get_raw_and_enveloped_messages_alike() {
    let server = TestServer::open().await;
    send_raw(&server).await;
    server.send(&notification()).await;
    let app = App::answering(|_| async { 200 }).await;
    let worker = worker(&server, "auto", &["--http", app.url()]);
    worker.shows("longshore_messages_total", &[("result", "deleted")], 2.0).await;
    assert_eq!(app.log().times(), [(BODY.to_owned(), 2)].into());
    for headers in app.headers() {
        assert_eq!(headers["traceparent"], TRACEPARENT);
        assert_eq!(headers["x-aws-sqsd-attr-tenant"], "42");
    }
    worker.terminate();
    let lines = worker.ends().await.lines;
    assert!(!lines.iter().any(|line| line.contains("envelope")), "{lines:#?}");
}

#[tokio::test]
async fn batch_handlers_get_the_message_that_was_published() {
    let server = TestServer::open().await;
    server.send(&notification()).await;
    let app = App::saying(String::new()).await;
    let worker = worker(&server, "sns", &["--set", "defaults.batch.max=1", "--http", app.url()]);
    worker.shows("longshore_messages_total", &[("result", "deleted")], 1.0).await;
    let event: Value = serde_json::from_str(app.log().times().keys().next().unwrap()).unwrap();
    let record = &event["Records"][0];
    assert_eq!(record["body"], BODY);
    assert_eq!(record["messageAttributes"]["tenant"]["stringValue"], "42");
    assert_eq!(record["messageAttributes"]["tenant"]["dataType"], "Number");
    let sent: u64 = record["attributes"]["SentTimestamp"].as_str().unwrap().parse().unwrap();
    assert!(sent > 1_774_761_136_901, "the time of SQS stays: {sent}");
}

#[tokio::test]
async fn bodies_without_the_expected_envelope_are_delivered_and_logged_once() {
    let server = TestServer::open().await;
    let bodies = ["{\"Type\":\"Notification\",\"TopicArn\":\"orders\"}", "crate", "[1]"];
    for body in bodies {
        server.send(body).await;
    }
    let app = App::answering(|_| async { 200 }).await;
    let worker = worker(&server, "sns", &["--http", app.url()]);
    worker.shows("longshore_messages_total", &[("result", "deleted")], 3.0).await;
    assert_eq!(app.log().times(), bodies.map(|body| (body.to_owned(), 1)).into());
    worker.terminate();
    let lines = worker.ends().await.lines;
    let with = |words: &str| -> Vec<&String> {
        lines.iter().filter(|line| line.contains(words)).collect()
    };
    let named = with("\"message\":\"message is not in the envelope that unwrap names\"");
    assert_eq!(named.len(), 1, "{lines:#?}");
    let named = fields(named[0]);
    assert!(named["advice"].is_string() && named["message_id"].is_string(), "{named}");
    let rest = with("more faults since the last log line");
    assert_eq!(fields(rest[0])["suppressed"], 2, "{rest:#?}");
    assert!(with("crate").is_empty(), "a body in the log: {lines:#?}");
}

/// The configuration, the body and the log lines of the page.
#[tokio::test]
async fn the_sample_of_the_page_logs_what_the_page_says() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/envelopes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let block = |language: &str| {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("\n```").unwrap().0
    };
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("envelopes.toml");
    std::fs::write(&config, block("toml")).unwrap();
    let server = TestServer::open().await;
    server.send(block("json")).await;
    let worker = Longshore::run(&server.local, &["--config", config.to_str().unwrap()]);
    for line in block("text").lines() {
        let logged = fields(&worker.says(&Value::from(line).to_string()).await);
        assert_eq!(logged["line"], line);
    }
    worker.shows("longshore_messages_total", &[("result", "deleted")], 1.0).await;
}
