//! `longshore local --init`: the queues of a file at the start.

use std::path::Path;

use serde_json::{Value, json};

use crate::support::program::{Program, output_of};

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/local.toml");

async fn ask(endpoint: &str, action: &str, request: Value) -> Value {
    let answer = reqwest::Client::new()
        .post(endpoint)
        .header("x-amz-target", format!("AmazonSQS.{action}"))
        .body(request.to_string());
    serde_json::from_str(&answer.send().await.unwrap().text().await.unwrap()).unwrap()
}

#[tokio::test]
async fn the_example_creates_its_queues_and_sends_its_messages() {
    let flags = ["--port", "0", "--queue", "other", "--account", "123456789012"];
    let mut local = Program::start(&[&["local", "--init", EXAMPLE], &flags[..]].concat());
    let line = local.line_with("A local SQS-compatible queue server at").await;
    let endpoint = line.rsplit(' ').next().unwrap();
    let attributes = async |queue: &str| {
        let asked = json!({ "QueueUrl": queue, "AttributeNames": ["All"] });
        ask(endpoint, "GetQueueAttributes", asked).await["Attributes"].take()
    };
    local.line_with("  other").await;
    let orders = attributes("orders").await;
    assert_eq!(orders["VisibilityTimeout"], "60");
    let policy: Value = serde_json::from_str(orders["RedrivePolicy"].as_str().unwrap()).unwrap();
    let dead = "arn:aws:sqs:us-east-1:123456789012:dead";
    assert_eq!(policy, json!({ "deadLetterTargetArn": dead, "maxReceiveCount": 3 }));
    assert_eq!(orders["ApproximateNumberOfMessages"], "1");
    assert_eq!(orders["ApproximateNumberOfMessagesDelayed"], "1");
    let tags = ask(endpoint, "ListQueueTags", json!({ "QueueUrl": "orders" })).await;
    assert_eq!(tags, json!({ "Tags": { "team": "billing" } }));
    let mail = attributes("mail.fifo").await;
    assert_eq!(
        (&mail["FifoQueue"], &mail["ApproximateNumberOfMessages"]),
        (&json!("true"), &json!("2"))
    );
    assert_eq!(attributes("dead").await["ApproximateNumberOfMessages"], "0");
}

/// What the command prints about the file, which it refuses.
async fn refused(file: &Path, text: &str) -> String {
    std::fs::write(file, text).unwrap();
    let output = output_of(&["local", "--port", "0", "--init", file.to_str().unwrap()]).await;
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{says}");
    assert!(output.stdout.is_empty(), "the server does not start");
    says.replace(file.to_str().unwrap(), "FILE")
}

#[tokio::test]
async fn an_invalid_file_is_refused_with_line_key_and_what_is_accepted() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("local-init.toml");
    let name = "[[queue]]\nname = \"orders\"\n";
    for (text, place, found, expected) in [
        ("[[queue]", "FILE:1:9", "[[queue]", "TOML: "),
        ("", "FILE:1:1  queue", "\"\"", "the queues of the server, each as `[[queue]]`"),
        ("queue = 1", "FILE:1:9  queue", "1", "the queues of the server, each as `[[queue]]`"),
        ("[[queues]]", "FILE:1:3  queues", "queues", "one of the keys queue"),
        ("[[queue]]\ntags = {}", "FILE:1:1  queue", "[[queue]]", "the key `name`, which it needs"),
        ("[[queue]]\nname = 1", "FILE:2:8  queue.name", "1", "a text in quotes"),
        ("[[queue]]\nname = \"a b\"", "FILE:2:8  queue.name", "\"a b\"", "InvalidParameterValue: "),
        (
            &format!("{name}{name}"),
            "FILE:4:8  queue.name",
            "\"orders\"",
            "another name, because an earlier queue has this one",
        ),
        (
            &format!("{name}attribute = {{}}"),
            "FILE:3:1  queue.attribute",
            "attribute",
            "one of the keys name, attributes, redrive, tags, messages",
        ),
        (
            &format!("{name}attributes = {{ DelaySeconds = 901 }}"),
            "FILE:3:31  queue.attributes.DelaySeconds",
            "901",
            "InvalidAttributeValue: Invalid value for the parameter DelaySeconds.",
        ),
        (
            &format!("{name}attributes = {{ DelaySeconds = 1.5 }}"),
            "FILE:3:31  queue.attributes.DelaySeconds",
            "1.5",
            "a text, a whole number, true or false",
        ),
        (
            &format!("{name}tags = [\"a\"]"),
            "FILE:3:8  queue.tags",
            "[\"a\"]",
            "a table: `tags = { Name = \"value\" }`",
        ),
        (
            &format!("{name}redrive = {{ to = \"dead\" }}"),
            "FILE:3:11  queue.redrive",
            "{ to = \"dead\" }",
            "the key `max_receives`, which it needs",
        ),
        (
            &format!("{name}redrive = {{ to = \"dead\", max_receives = \"3\" }}"),
            "FILE:3:41  queue.redrive.max_receives",
            "\"3\"",
            "a whole number",
        ),
        (
            &format!("{name}redrive = {{ to = \"dead\", max_receives = 3 }}"),
            "FILE:3:11  queue.redrive",
            "{ to = \"dead\", max_receives = 3 }",
            "Dead letter target does not exist.",
        ),
        (
            &format!("{name}messages = [\"one\", 2]"),
            "FILE:3:20  queue.messages",
            "2",
            "a text, or a table with the keys body, group, deduplication_id, delay_seconds",
        ),
        (
            &format!("{name}messages = [\"\"]"),
            "FILE:3:13  queue.messages",
            "\"\"",
            "MissingParameter: ",
        ),
    ] {
        let says = refused(&file, text).await;
        let lines: Vec<_> = says.lines().map(str::trim).collect();
        assert!(lines[0].ends_with("1 problem in the configuration"), "{says}");
        assert_eq!(lines[2], format!("1. {place}"), "{says}");
        assert_eq!(lines[3], format!("found     {found}"), "{says}");
        assert!(lines[4].starts_with("expected  ") && lines[4].contains(expected), "{says}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_names_its_flag() {
    let output = output_of(&["local", "--port", "0", "--init", "absent.toml"]).await;
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{says}");
    assert!(says.contains("--init") && says.contains("absent.toml: No such file"), "{says}");
}
