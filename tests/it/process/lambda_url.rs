//! A function behind a runtime interface emulator, with the configuration of the page.

use std::path::Path;

use serde_json::Value;

use super::app::App;
use super::longshore::Longshore;
use crate::support::test_server::TestServer;

/// The configuration of the page, with the URL of this application.
fn sample(name: &str, app: &App) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/lambda.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, section) = page.split_once("## A runtime interface emulator").unwrap();
    let (_, block) = section.split_once("```toml\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let emulator = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations";
    assert!(block.contains(emulator), "{block}");
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&config, block.replace(emulator, app.url())).unwrap();
    config.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_emulator_gets_the_event_of_lambda_and_its_answer_counts() {
    let server = TestServer::open().await;
    server.send("two crates of oranges").await;
    let app = App::saying(r#"{"batchItemFailures": []}"#.to_owned()).await;
    let config = sample("lambda_url.toml", &app);
    let worker = Longshore::run(&server.local, &["--config", &config]);
    worker.shows("longshore_messages_total", &[("result", "deleted")], 1.0).await;
    let event: Value = serde_json::from_str(app.log().times().keys().next().unwrap()).unwrap();
    let records = event["Records"].as_array().unwrap();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["body"], "two crates of oranges");
    assert_eq!(records[0]["eventSource"], "aws:sqs");
}

#[tokio::test]
async fn an_error_that_the_emulator_answers_with_status_200_is_retried() {
    let server = TestServer::open().await;
    server.send("two crates of oranges").await;
    let app = App::saying(r#"{"errorMessage": "no stock", "errorType": "Error"}"#.to_owned()).await;
    let config = sample("lambda_url_error.toml", &app);
    let worker = Longshore::run(&server.local, &["--config", &config]);
    worker.shows("longshore_messages_total", &[("result", "retried")], 1.0).await;
    worker.says("no stock").await;
}
