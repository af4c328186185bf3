//! Routes of a configuration file: the sample of the page, and what `check` says of it.

use std::path::{Path, PathBuf};

use aws_sdk_sqs::types::MessageAttributeValue;
use serde_json::Value;

use super::longshore::{Longshore, json as fields};
use crate::support::test_server::TestServer;

/// The first block of the page in this language.
fn block(language: &str) -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/routes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split_once("\n```").unwrap().0.to_owned()
}

fn sample() -> PathBuf {
    let config = Path::new(env!("CARGO_TARGET_TMPDIR")).join("routes.toml");
    std::fs::write(&config, block("toml")).unwrap();
    config
}

#[tokio::test]
async fn the_sample_of_the_page_logs_what_the_page_says() {
    let server = TestServer::open().await;
    server.send(r#"{"delivery":{"kind":"express-24h"}}"#).await;
    let kind = MessageAttributeValue::builder().data_type("String").string_value("refund");
    let refund = server.sqs.send_message().queue_url(&server.url).message_body(r#"{"order":7}"#);
    refund.message_attributes("type", kind.build().unwrap()).send().await.unwrap();
    server.send("no route takes this").await;

    let worker = Longshore::run(&server.local, &["--config", sample().to_str().unwrap()]);
    for line in block("text").lines() {
        let logged = fields(&worker.says(&Value::from(line).to_string()).await);
        assert_eq!(logged["line"], line);
    }
    for (route, outcome) in [("refunds", "done"), ("express", "done"), ("default", "reject")] {
        let labels = [("route", route), ("outcome", outcome)];
        worker.shows("longshore_processing_duration_seconds_count", &labels, 1.0).await;
    }
    let rejected = fields(&worker.says("message not processed").await);
    assert_eq!(rejected["reason"], "no route takes the message");
    worker.shows("longshore_handler_errors_total", &[("route", "default")], 1.0).await;
    worker.shows("longshore_handler_errors_total", &[("route", "refunds")], 0.0).await;
}
