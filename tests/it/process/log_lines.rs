//! What the log says, and how often.

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::{QUEUE, TestServer};

const FAULTS: usize = 40;

/// A worker whose application fails every message once. The messages are at fault, so the circuit
/// breaker stays closed.
async fn refused(more: &[&str]) -> Vec<String> {
    let server = TestServer::open().await;
    server.send_many(FAULTS).await;
    let app = App::answering(|_| async { 400 }).await;
    let quick = ["--set", "defaults.wait=1s", "--set", "defaults.retry.base=1h"];
    let long = ["--set", "defaults.retry.max=1h"];
    let queue = ["--queue", QUEUE, "--http", app.url()];
    let worker = Longshore::run(&server.local, &[&quick[..], &long, more, &queue].concat());
    app.log().until(FAULTS).await;
    worker.terminate();
    worker.ends().await.lines
}

fn with<'a>(lines: &'a [String], words: &str) -> Vec<&'a String> {
    lines.iter().filter(|line| line.contains(words)).collect()
}

#[tokio::test]
async fn a_fault_of_every_message_is_one_log_line_and_a_count() {
    let lines = refused(&[]).await;
    let named = with(&lines, "message not processed");
    assert_eq!(named.len(), 1, "{named:#?}");
    assert!(named[0].contains(r#""level":"WARN""#) && named[0].contains("message_id"));
    let rest = with(&lines, "more messages not processed");
    assert_eq!(rest.len(), 1, "{rest:#?}");
    assert!(rest[0].contains(&format!(r#""suppressed":{}"#, FAULTS - 1)), "{}", rest[0]);
}

#[tokio::test]
async fn at_debug_each_message_has_a_line_without_its_body() {
    let lines = refused(&["--log-level", "debug"]).await;
    let handled = with(&lines, "message handled");
    assert_eq!(handled.len(), FAULTS);
    for line in &handled {
        for field in ["queue", "message_id", "ending", "seconds"] {
            assert!(line.contains(&format!("\"{field}\":")), "no {field} in {line}");
        }
    }
    for body in 0..FAULTS {
        let body = format!("\"m{body}\"");
        assert!(!lines.iter().any(|line| line.contains(&body)), "{body} is in the log");
    }
}
