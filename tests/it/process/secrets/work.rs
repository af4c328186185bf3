//! A worker that receives, succeeds, fails, retries and stops.

use aws_sdk_sqs::types::MessageAttributeValue;

use super::{CREDENTIALS, FORMATS, assert_no_secret, assert_no_secret_in_lines};
use super::{assert_no_secret_on_pages, with_user};
use crate::process::app::App;
use crate::process::longshore::Longshore;
use crate::process::otlp::collector::{Collector, Manners};
use crate::support::test_server::{QUEUE, TestServer, soon};

/// Sends a message whose body and attributes are secret.
async fn send(server: &TestServer) {
    let text = |value: &str| {
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(value);
        attribute.build().unwrap()
    };
    let send = server.sqs.send_message().queue_url(&server.url).message_body("hush-body");
    let send = send.message_attributes("hush-name", text("hush-value"));
    let send = send.message_attributes("baggage", text("card=hush-baggage"));
    send.message_attributes("tracestate", text("v=hush-state")).send().await.unwrap();
}

/// A worker with secrets in its handler URL, its queue URL, its collector and its environment.
fn worker(queue: &str, handler: &[&str], collector: &str, format: &str) -> Longshore {
    let own = ["run", "--listen", "127.0.0.1:0", "--log-level", "trace", "--log-format", format];
    let quick = ["--set", "defaults.retry.base=1ms", "--set", "defaults.wait=1s"];
    let metrics = ["--set", "otlp.metrics.export=true", "--set", "otlp.metrics.interval=1s"];
    let arguments = [&own[..], &quick, &metrics, &["--queue", queue], handler].concat();
    let endpoint = [("OTEL_EXPORTER_OTLP_ENDPOINT", collector), ("OTEL_BSP_SCHEDULE_DELAY", "50")];
    Longshore::start_in(&arguments, &[&CREDENTIALS[..], &endpoint].concat())
}

#[tokio::test]
async fn of_a_worker_with_an_http_handler() {
    for format in FORMATS {
        let server = TestServer::open().await;
        let collector = Collector::http(Manners::Good).await;
        // Every kind of answer, then success.
        let statuses = [400, 500, 302, 431, 200, 200];
        let app = App::answering(move |n| async move { statuses[(n as usize - 1).min(5)] }).await;
        send(&server).await;
        let queue = with_user("http", server.url.strip_prefix("http://").unwrap());
        let handler = with_user("http", app.url().strip_prefix("http://").unwrap());
        let to = with_user("http", collector.url.strip_prefix("http://").unwrap());
        let worker = worker(&queue, &["--http", &handler], &to, format);
        let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
        soon(empty).await.unwrap();
        assert_no_secret_on_pages(&worker).await;
        worker.terminate();
        let ended = worker.ends().await;
        assert_eq!(ended.code, Some(0), "{:#?}", ended.lines);
        assert_no_secret_in_lines(&ended);
        let spans = collector.spans_so_far();
        assert!(spans.iter().any(|span| span.name.starts_with("process")));
        for span in spans {
            assert_no_secret("a span", &format!("{:?} {:?}", span.name, span.attributes));
            assert_no_secret("the status of a span", &format!("{:?}", span.status));
        }
    }
}

#[tokio::test]
async fn of_a_worker_with_a_command() {
    for format in FORMATS {
        let server = TestServer::open().await;
        send(&server).await;
        // It fails at the first receive. Nothing of the message is in what it writes.
        let script = r#"[ "$LONGSHORE_RECEIVE_COUNT" -gt 1 ] || { echo failed >&2; exit 1; }"#;
        let handler = ["--", "sh", "-c", script, "handle", "--password", "hush-argument"];
        let worker = worker(&server.url, &handler, "http://127.0.0.1:1", format);
        let empty = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
        soon(empty).await.unwrap();
        assert_no_secret_on_pages(&worker).await;
        worker.terminate();
        let ended = worker.ends().await;
        ended.line("failed");
        assert_no_secret_in_lines(&ended);
    }
}
