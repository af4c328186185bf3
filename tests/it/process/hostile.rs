//! Messages whose sender wants to change what a command does, or what an operator reads.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::MessageSystemAttributeValue;
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeNameForSends};

use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer};

/// An escape of a terminal in one character, a line break, a forged log line, and markup. SQS refuses
/// the character ESC, so the command writes it.
const BODY: &str =
    "evil\u{9b}31m\r{\"level\":\"ERROR\",\"message\":\"forged\"}\u{7f}<script>x</script>";

/// Sends a message with attributes that name variables of the system, and a broken X-Ray header.
async fn send(server: &TestServer) {
    let text = |value: &str| {
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(value);
        attribute.build().unwrap()
    };
    let mut send = server.sqs.send_message().queue_url(&server.url).message_body(BODY);
    for name in ["LD_PRELOAD", "PATH", "IFS", "BASH_ENV", "NOTIFY_SOCKET", "LONGSHORE_QUEUE"] {
        send = send.message_attributes(name, text("/evil"));
    }
    let broken = "Root=1-5759e988-bd862e3fe1be46a994272793;Evil field=a,b";
    let header = MessageSystemAttributeValue::builder().data_type("String").string_value(broken);
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    send = send.message_system_attributes(name, header.build().unwrap());
    send.message_group_id("evil-group").send().await.unwrap();
}

/// A worker whose command writes its environment and the message to stderr and fails.
fn worker(server: &TestServer, more: &[&str]) -> Longshore {
    let own = ["--log-level", "trace", "--set", "defaults.wait=1s", "--queue", QUEUE];
    let command = ["--", "sh", "-c", "{ env; printf '\\033[2J'; cat; } >&2; exit 65"];
    Longshore::run(&server.local, &[more, &own[..], &command].concat())
}

/// The names of the variables that the command had.
fn variables(lines: &[String]) -> BTreeSet<String> {
    let values = lines.iter().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        Some(line["line"].as_str()?.to_owned())
    });
    let evil = values.filter(|line| line.ends_with("=/evil"));
    evil.map(|line| line.split('=').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_attribute_sets_only_a_variable_with_the_prefix_of_attributes() {
    let server = TestServer::open().await;
    send(&server).await;
    let worker = worker(&server, &[]);
    worker.says("exit code 65").await;
    worker.terminate();
    let names = variables(&worker.ends().await.lines);
    let expected = ["BASH_ENV", "IFS", "LD_PRELOAD", "LONGSHORE_QUEUE", "NOTIFY_SOCKET", "PATH"];
    let expected = expected.map(|name| format!("LONGSHORE_ATTR_{name}"));
    assert_eq!(names, BTreeSet::from(expected));
}

#[tokio::test]
async fn a_message_cannot_command_a_terminal_or_forge_a_log_line() {
    for format in ["json", "human"] {
        let server = TestServer::open().await;
        send(&server).await;
        let worker = worker(&server, &["--log-format", format]);
        worker.says("exit code 65").await;
        worker.terminate();
        for line in worker.ends().await.lines {
            assert!(!line.chars().any(char::is_control), "{line:?}");
            assert!(!line.starts_with("{\"level\""), "{line}");
            // The command writes the header. The worker does not complain about it.
            let complains =
                line.contains("Evil field") && !line.contains("command wrote to stderr");
            assert!(!complains, "{line}");
        }
    }
}

#[tokio::test]
async fn no_metric_has_text_of_a_message_and_no_page_has_its_markup() {
    let server = TestServer::open().await;
    let worker = worker(&server, &[]);
    send(&server).await;
    worker.says("exit code 65").await;
    let (_, metrics) = worker.get("/metrics").await;
    assert!(metrics.contains("longshore_messages_total"), "{metrics}");
    assert!(!metrics.to_lowercase().contains("evil"), "{metrics}");
    let (_, page) = worker.get("/").await;
    assert!(page.contains("&lt;script&gt;x&lt;/script&gt;") || page.contains("&#60;script&#62;x"));
    assert!(
        !page.contains("<script>x") && !page.contains(['\u{1b}', '\u{9b}', '\u{7f}']),
        "{page}"
    );
    let (_, report) = worker.get("/slo").await;
    assert!(
        report.contains("evil") && !report.contains(['\u{1b}', '\u{9b}', '\u{7f}']),
        "{report}"
    );
}
