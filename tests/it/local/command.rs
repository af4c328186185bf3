//! `longshore local`, the command: what it says, whom it serves, how it ends.

use std::net::TcpListener;

use longshore::Connection;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::program::{Program, get, output_of};
use crate::support::test_server::soon;

/// Asks for an action, as a client that signs nothing.
async fn ask(endpoint: &str, action: &str, request: Value) -> Value {
    let answer = reqwest::Client::new()
        .post(endpoint)
        .header("x-amz-target", format!("AmazonSQS.{action}"))
        .body(request.to_string());
    serde_json::from_str(&answer.send().await.unwrap().text().await.unwrap()).unwrap()
}

/// The endpoint that the first line names.
async fn endpoint(local: &mut Program) -> String {
    let line = local.line_with("A local SQS-compatible queue server at").await;
    line.rsplit(' ').next().unwrap().to_owned()
}

#[tokio::test]
async fn it_serves_the_queues_of_its_flags() {
    let arguments = ["local", "--port", "0", "--queue", "orders:VisibilityTimeout=45"];
    let mut local = Program::start(&[&arguments[..], &["--queue", "mail"]].concat());
    let endpoint = endpoint(&mut local).await;
    assert!(endpoint.starts_with("http://127.0.0.1:"), "loopback by default: {endpoint}");
    let line = local.line_with("  orders").await;
    let url = line.rsplit(' ').next().unwrap();
    local.line_with("  mail").await;

    let sender = Connection::local(&endpoint).sender(url);
    assert_eq!(sender.send_batch(&["one".to_owned(), "two".to_owned()]).await.unwrap(), []);
    let asked = json!({ "QueueUrl": url, "AttributeNames": ["All"] });
    let attributes = &ask(&endpoint, "GetQueueAttributes", asked).await["Attributes"];
    assert_eq!(attributes["VisibilityTimeout"], "45");
    assert_eq!(attributes["ApproximateNumberOfMessages"], "2");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_free_descriptor_it_closes_idle_connections() {
    let mut local = Program::start(&["local", "--port", "0", "--queue", "orders"]);
    let endpoint = endpoint(&mut local).await;
    let state = format!("{endpoint}/_local/state");
    assert!(get(&state).await.contains("orders"));
    local.limit_descriptors(4);
    let mut idle = Vec::new();
    for _ in 0..12 {
        let address = endpoint.strip_prefix("http://").unwrap();
        idle.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    assert!(soon(get(&state)).await.contains("orders"));
}

#[tokio::test]
async fn sigterm_ends_it_with_0_also_while_a_client_polls() {
    let mut local = Program::start(&["local", "--port", "0", "--queue", "orders"]);
    let endpoint = endpoint(&mut local).await;
    let line = local.line_with("  orders").await;
    let request = json!({ "QueueUrl": line.rsplit(' ').next(), "WaitTimeSeconds": 20 });
    let asking = endpoint.clone();
    let poll = tokio::spawn(async move { ask(&asking, "ReceiveMessage", request).await });
    let state = format!("{endpoint}/_local/state");
    soon(async {
        while !get(&state).await.contains("\"polls\": 1") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    local.signal(Signal::TERM);
    assert_eq!(soon(poll).await.unwrap(), json!({}));
    let (status, _) = soon(local.ends()).await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn a_taken_port_is_reported_with_a_next_step() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let output = output_of(&["local", "--listen", &address.to_string()]).await;
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(says.contains(&format!("cannot listen on {address}")), "{says}");
    assert!(says.contains("--port 0 selects a free port"), "{says}");
    assert!(output.stdout.is_empty());
}

#[tokio::test]
async fn an_invalid_queue_is_refused_with_the_text_of_sqs() {
    let output = output_of(&["local", "--port", "0", "--queue", "orders:DelaySeconds=901"]).await;
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(says.contains("cannot create the queue `orders`: InvalidAttributeValue"), "{says}");
}

/// Sends a request to `/_local/clock`.
async fn advance(endpoint: &str, body: &str) -> (u16, Value) {
    let request = reqwest::Client::new().post(format!("{endpoint}/_local/clock"));
    let answer = request.body(body.to_owned()).send().await.unwrap();
    (answer.status().as_u16(), serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

#[tokio::test]
async fn a_request_advances_the_time_of_its_queues() {
    let mut local = Program::start(&["local", "--port", "0", "--queue", "orders"]);
    let endpoint = endpoint(&mut local).await;
    let queue = json!({ "QueueUrl": "orders", "MessageBody": "m", "DelaySeconds": 900 });
    ask(&endpoint, "SendMessage", queue.clone()).await;
    let (status, time) = advance(&endpoint, r#"{"advance_seconds":900}"#).await;
    assert_eq!((status, &time["ahead_ms"]), (200, &json!(900_000)));
    let shown: Value =
        serde_json::from_str(&get(&format!("{endpoint}/_local/clock")).await).unwrap();
    assert_eq!(shown["ahead_ms"], 900_000);
    assert!(shown["now_ms"].as_u64() >= time["now_ms"].as_u64());
    let received = ask(&endpoint, "ReceiveMessage", queue).await;
    assert_eq!(received["Messages"].as_array().unwrap().len(), 1);
    assert_eq!(advance(&endpoint, r#"{"advance_seconds":-1}"#).await.0, 400);
}

#[tokio::test]
async fn the_region_the_account_and_the_cooldowns_are_those_of_its_flags() {
    let flags = ["--region", "eu-west-1", "--account", "123456789012", "--cooldowns"];
    let start = ["local", "--port", "0", "--queue", "orders"];
    let mut local = Program::start(&[&start[..], &flags].concat());
    let endpoint = endpoint(&mut local).await;
    let line = local.line_with("  orders").await;
    let url = line.rsplit(' ').next().unwrap();
    local.line_with(&format!("aws --endpoint-url {endpoint} --region eu-west-1 ")).await;
    local.line_with(&format!("AWS_ENDPOINT_URL={endpoint} AWS_REGION=eu-west-1")).await;
    local.line_with("AWS_DEFAULT_REGION=eu-west-1").await;
    assert_eq!(url, format!("{endpoint}/123456789012/orders"));
    let asked = json!({ "QueueUrl": url, "AttributeNames": ["QueueArn"] });
    let arn = &ask(&endpoint, "GetQueueAttributes", asked).await["Attributes"]["QueueArn"];
    assert_eq!(arn, "arn:aws:sqs:eu-west-1:123456789012:orders");

    let queue = json!({ "QueueUrl": url, "QueueName": "orders" });
    let kind = async |action| ask(&endpoint, action, queue.clone()).await["__type"].take();
    assert_eq!(kind("PurgeQueue").await, json!(null));
    assert_eq!(kind("PurgeQueue").await, "com.amazonaws.sqs#PurgeQueueInProgress");
    advance(&endpoint, r#"{"advance_seconds":60}"#).await;
    assert_eq!(kind("PurgeQueue").await, json!(null));
    assert_eq!(kind("DeleteQueue").await, json!(null));
    assert_eq!(kind("CreateQueue").await, "com.amazonaws.sqs#QueueDeletedRecently");
    advance(&endpoint, r#"{"advance_seconds":60}"#).await;
    assert_eq!(kind("CreateQueue").await, json!(null));
}

#[tokio::test]
async fn an_invalid_account_or_region_is_wrong_usage() {
    for (flag, value, expected) in [
        ("--account", "12345678901", "expected 12 digits"),
        ("--account", "12345678901a", "expected 12 digits"),
        ("--region", "", "expected a region such as eu-west-1"),
        ("--region", "eu/west", "expected a region such as eu-west-1"),
    ] {
        let output = output_of(&["local", "--port", "0", flag, value]).await;
        let says = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(64), "{says}");
        assert!(says.contains(expected), "{says}");
    }
}
