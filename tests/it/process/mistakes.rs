//! What people get wrong is said in a sentence that helps, and nothing spins over it.

use std::path::Path;
use std::time::Duration;

use longshore_local::{Action, Fault, Rule, Server};
use tokio::time::{Instant, timeout};

use super::longshore::Longshore;
use crate::config::directory_with;
use crate::support::test_server::{QUEUE, TestServer};

/// What a queue that cannot be worked may cost in this time: what it has cost already.
const QUIET: Duration = Duration::from_secs(4);

async fn assert_no_request_follows(local: &Server) {
    let before = local.requests().total();
    let more = timeout(QUIET, local.until_requests(|requests| requests.total() > before));
    assert!(more.await.is_err(), "asked again within {QUIET:?}: {:?}", local.requests());
}

/// The line that an operator sees, and what `/readyz` says meanwhile.
async fn fatal(local: &Server, queue: &str) -> (String, String) {
    let worker = Longshore::run(local, &["--queue", queue, "--", "true"]);
    let line = worker.says("cannot receive").await;
    assert!(line.contains(r#""level":"ERROR""#), "{line}");
    assert_no_request_follows(local).await;
    assert_eq!(worker.get("/livez").await.0, 200, "a restart would not fix it");
    let (status, reason) = worker.get("/readyz").await;
    assert_eq!(status, 503, "{reason}");
    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
    (line, reason)
}

#[tokio::test]
async fn a_missing_queue_is_named_and_retried_rarely() {
    let server = TestServer::open().await;
    let (line, reason) = fatal(&server.local, "gone").await;
    assert!(line.contains(r#""queue":"gone""#), "{line}");
    assert!(line.contains("check the name, region and account of the queue"), "{line}");
    assert!(reason.contains("queue `gone` is not polled"), "{reason}");
    assert_eq!(server.local.requests().total(), 1);
}

#[tokio::test]
async fn denied_credentials_are_reported_with_the_needed_actions() {
    let server = TestServer::open().await;
    server.local.faults().add(Rule::new(Fault::AccessDenied).on(Action::ReceiveMessage));
    let (line, reason) = fatal(&server.local, QUEUE).await;
    assert!(line.contains("AccessDenied"), "{line}");
    assert!(line.contains("check the credentials and the policy (`sqs:ReceiveMessage`"), "{line}");
    let plain = "ReceiveMessage failed (AccessDenied): User is not authorized to perform: ";
    assert!(reason.contains(plain) && !reason.contains("Error {"), "{reason}");
    assert_eq!(server.local.requests().get(Action::ReceiveMessage), 1);
}

#[tokio::test]
async fn an_unreachable_endpoint_is_retried_with_back_off() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let worker = Longshore::run_at(&format!("http://{closed}"), &["--queue", QUEUE, "--", "true"]);
    let line = worker.says("receive failed").await;
    let first = Instant::now();
    assert!(line.contains("check `aws.endpoint_url`, the region and the network"), "{line}");
    assert!(line.contains("refused"), "{line}");
    worker.says(r#""failures":4"#).await;
    // At the least a quarter, a half and a whole second between the four.
    assert!(first.elapsed() >= Duration::from_millis(1700), "{:?}", first.elapsed());
    let unavailable = [("result", "unavailable")];
    let tried = worker.scrape().await.sum("longshore_api_requests_total", &unavailable);
    assert!((4.0..=5.0).contains(&tried), "{tried}");
    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
}

const FIVE: &str = r#"
concurency = 4

[shutdown]
grace = 20

[[queue]]
name = "orders"
handler = { command = ["./handle"] }
visibility = "5s"
wait = "0s"
on_reject = "drop"
"#;

#[tokio::test]
async fn five_mistakes_are_five_problems_and_nothing_runs() {
    let directory = directory_with("process_five_mistakes", FIVE);
    let file = directory.join("longshore.toml");
    let ended = Longshore::start(&["run", "-c", path(&file)]).ends().await;
    assert_eq!(ended.code, Some(64));
    assert!(ended.line("longshore:").contains("5 problems in the configuration"));
    for (number, key) in
        ["concurency", "shutdown.grace", "visibility", "wait", "on_reject"].iter().enumerate()
    {
        let problem = format!("  {}. ", number + 1);
        assert!(ended.line(&problem).contains("longshore.toml:"), "{:#?}", ended.lines);
        ended.line(key);
    }
    assert!(!ended.lines.iter().any(|line| line.contains("longshore started")));
}

#[tokio::test]
async fn a_taken_admin_address_is_reported_with_its_setting() {
    let server = TestServer::open().await;
    let taken = server.local.address().to_string();
    let endpoint = server.local.endpoint_url();
    let arguments =
        ["run", "--endpoint-url", &endpoint, "--listen", &taken, "--queue", QUEUE, "--", "true"];
    let ended = Longshore::start(&arguments).ends().await;
    assert_eq!(ended.code, Some(1));
    let line = ended.line("cannot listen on");
    assert!(line.contains(&taken) && line.contains("`admin.listen`"), "{line}");
}

#[tokio::test]
async fn a_missing_program_does_not_use_up_receives() {
    let server = TestServer::open().await;
    server.send("waits").await;
    let command = ["--queue", QUEUE, "--", "./no-such-program"];
    let worker = Longshore::run(&server.local, &command);
    let line = worker.says("circuit breaker is open").await;
    assert!(line.contains("cannot start ./no-such-program: the file does not exist"), "{line}");
    let first = Instant::now();
    worker.says_times("circuit breaker is open", 3).await;
    // At the least half a second, then a whole one.
    assert!(first.elapsed() >= Duration::from_millis(1400), "{:?}", first.elapsed());
    worker.terminate();
    worker.ends().await;
    let counts = server.local.counts(QUEUE).unwrap();
    assert_eq!((counts.visible, counts.in_flight), (1, 0));
    assert_eq!(server.local.requests().get(Action::ReceiveMessage), 0);
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
