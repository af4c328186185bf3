//! Long texts of servers: what the worker logs and reports of them is bounded.

use axum::Router;
use axum::http::StatusCode;
use serde_json::json;
use tokio::net::TcpListener;

use super::longshore::Longshore;
use crate::support::test_server::QUEUE;

/// A server that answers each request with this error of SQS. It ends with the test.
async fn refusing_with(code: &str, message: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let error = json!({ "__type": format!("com.amazonaws.sqs#{code}"), "message": message });
    let answer = (StatusCode::BAD_REQUEST, error.to_string());
    let router = Router::new().fallback(move || std::future::ready(answer.clone()));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    endpoint
}

#[tokio::test]
async fn a_long_error_of_sqs_is_cut_in_the_log_and_in_every_report() {
    let long = "xxxxx ".repeat(400_000);
    for (code, message) in [("QueueDoesNotExist", &*long), (&*long, "short")] {
        let endpoint = refusing_with(code, message).await;
        let worker = Longshore::run_at(&endpoint, &["--queue", QUEUE, "--", "true"]);
        let line = worker.says("cannot receive").await;
        assert!(line.contains("xxxxx"), "the log has the start of the error");
        assert!(line.len() < 2_000, "the log line has {} bytes", line.len());
        for (path, most) in [("/readyz", 1_000), ("/slo", 10_000), ("/", 100_000)] {
            let (_, text) = worker.get(path).await;
            assert!(text.contains("xxxxx"), "{path} has the start of the error");
            assert!(text.len() < most, "{path} has {} bytes", text.len());
        }
    }
}
