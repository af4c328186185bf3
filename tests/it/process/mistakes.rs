//! What people get wrong is said in a sentence that helps, and nothing spins over it.

use std::path::Path;
use std::time::Duration;

use longshore_local::{Action, Fault, LocalQueue, Rule};
use tokio::time::{Instant, timeout};

use super::longshore::Longshore;
use crate::config::directory_with;
use crate::support::harbour::{Harbour, QUEUE};

/// What a queue that cannot be worked may cost in this time: what it has cost already.
const QUIET: Duration = Duration::from_secs(4);

async fn assert_quiet(local: &LocalQueue) {
    let before = local.requests().total();
    let more = timeout(QUIET, local.until_requests(|requests| requests.total() > before));
    assert!(more.await.is_err(), "asked again within {QUIET:?}: {:?}", local.requests());
}

/// The line that an operator sees, and what `/readyz` says meanwhile.
async fn fatal(local: &LocalQueue, queue: &str) -> (String, String) {
    let worker = Longshore::run(local, &["--queue", queue, "--", "true"]);
    let line = worker.says("cannot receive").await;
    assert!(line.contains(r#""level":"ERROR""#), "{line}");
    assert_quiet(local).await;
    assert_eq!(worker.get("/livez").await.0, 200, "a restart would not mend it");
    let (status, reason) = worker.get("/readyz").await;
    assert_eq!(status, 503, "{reason}");
    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
    (line, reason)
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_named_and_asked_for_rarely() {
    let harbour = Harbour::open().await;
    let (line, reason) = fatal(&harbour.local, "gone").await;
    assert!(line.contains(r#""queue":"gone""#), "{line}");
    assert!(line.contains("check the queue's name, the region and the account"), "{line}");
    assert!(reason.contains("queue `gone` is not polled"), "{reason}");
    assert_eq!(harbour.local.requests().total(), 1);
}

#[tokio::test]
async fn credentials_that_are_refused_are_named_with_the_actions_they_need() {
    let harbour = Harbour::open().await;
    harbour.local.faults().add(Rule::new(Fault::AccessDenied).on(Action::ReceiveMessage));
    let (line, reason) = fatal(&harbour.local, QUEUE).await;
    assert!(line.contains("AccessDenied"), "{line}");
    assert!(line.contains("check the credentials and the policy (`sqs:ReceiveMessage`"), "{line}");
    assert!(reason.contains("AccessDenied"), "{reason}");
    assert_eq!(harbour.local.requests().get(Action::ReceiveMessage), 1);
}

#[tokio::test]
async fn an_endpoint_that_refuses_is_tried_ever_more_rarely() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let worker = Longshore::run_at(&format!("http://{nobody}"), &["--queue", QUEUE, "--", "true"]);
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
async fn an_admin_address_that_is_taken_is_named_with_the_setting_that_moves_it() {
    let harbour = Harbour::open().await;
    let taken = harbour.local.address().to_string();
    let endpoint = harbour.local.endpoint_url();
    let arguments =
        ["run", "--endpoint-url", &endpoint, "--listen", &taken, "--queue", QUEUE, "--", "true"];
    let ended = Longshore::start(&arguments).ends().await;
    assert_eq!(ended.code, Some(1));
    let line = ended.line("cannot listen on");
    assert!(line.contains(&taken) && line.contains("`admin.listen`"), "{line}");
}

#[tokio::test]
async fn a_program_that_does_not_exist_is_named_and_costs_no_message_its_receives() {
    let harbour = Harbour::open().await;
    harbour.send("waits").await;
    let command = ["--queue", QUEUE, "--", "./no-such-program"];
    let worker = Longshore::run(&harbour.local, &command);
    let line = worker.says("nobody is there to handle messages").await;
    assert!(line.contains("no-such-program"), "{line}");
    let first = Instant::now();
    worker.says_times("nobody is there to handle messages", 3).await;
    // At the least half a second, then a whole one.
    assert!(first.elapsed() >= Duration::from_millis(1400), "{:?}", first.elapsed());
    worker.terminate();
    worker.ends().await;
    let counts = harbour.local.counts(QUEUE).unwrap();
    assert_eq!((counts.visible, counts.in_flight), (1, 0));
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}
