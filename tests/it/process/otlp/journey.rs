//! One message from its sender's trace through the HTTP handler to its delete.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::MessageSystemAttributeValue;
use aws_sdk_sqs::types::{MessageAttributeValue, MessageSystemAttributeNameForSends};
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;

use super::collector::{Collector, Manners, attributes, names};
use super::worker;
use crate::process::app::App;
use crate::support::test_server::{QUEUE, TestServer};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const SENDER: &str = "b7ad6b7169203331";

fn traceparent() -> String {
    format!("00-{TRACE}-{SENDER}-01")
}

/// Sends a message as an instrumented producer does. Returns its id.
async fn send_traced(server: &TestServer) -> String {
    let text = |value: String| {
        MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
    };
    let send = server.sqs.send_message().queue_url(&server.url).message_body("crate");
    let send = send.message_attributes("traceparent", text(traceparent()));
    let send = send.message_attributes("baggage", text("tenant=42".to_owned()));
    send.send().await.unwrap().message_id.unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn span<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let found = spans.iter().find(|span| span.name == name);
    found.unwrap_or_else(|| panic!("no {name} among {:?}", names(spans)))
}

/// Trace and span of each link.
pub(super) fn links(span: &Span) -> Vec<(String, String)> {
    span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id))).collect()
}

pub(super) fn place(span: &Span) -> (String, String) {
    (hex(&span.trace_id), hex(&span.span_id))
}

pub(super) fn sender() -> (String, String) {
    (TRACE.to_owned(), SENDER.to_owned())
}

/// What every span of the queue says.
fn says(span: &Span, operation: &str, kind: SpanKind) -> BTreeMap<String, String> {
    let said = attributes(&span.attributes);
    assert_eq!(span.kind, i32::from(kind), "{}", span.name);
    assert_eq!(said["messaging.system"], "aws_sqs");
    assert_eq!(said["messaging.destination.name"], QUEUE);
    assert_eq!(said["messaging.operation.type"], operation);
    assert_eq!(span.name, format!("{} {QUEUE}", said["messaging.operation.name"]));
    said
}

async fn three_spans(collector: &Collector) -> Vec<Span> {
    let complete = |spans: &[Span]| spans.iter().any(|span| span.name.starts_with("delete"));
    collector.spans("the delete's span", complete).await
}

/// A message through a worker that links, and all that can be said of it.
async fn linked(collector: &Collector, protocol: &str) {
    let server = TestServer::open().await;
    let id = send_traced(&server).await;
    let app = App::answering(|_| async { 200 }).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    let protocol = format!("otlp.protocol={protocol}");
    let settings = ["--set", &endpoint, "--set", &protocol];
    let worker = worker(&server, app.url(), &settings, &[("OTEL_BSP_SCHEDULE_DELAY", "100")]);
    let spans = three_spans(collector).await;

    let receive = span(&spans, "receive orders");
    let process = span(&spans, "process orders");
    let delete = span(&spans, "delete orders");
    assert_eq!(links(receive), [sender()], "a receive links to the senders of what it brought");
    assert_eq!(links(process), [sender(), place(receive)]);
    assert_eq!(links(delete), [place(process)]);
    for alone in [receive, process, delete] {
        assert!(alone.parent_span_id.is_empty(), "{} has a parent", alone.name);
        assert_ne!(hex(&alone.trace_id), TRACE, "{}", alone.name);
        assert!(alone.end_time_unix_nano >= alone.start_time_unix_nano, "{}", alone.name);
    }

    let of_receive = says(receive, "receive", SpanKind::Client);
    assert_eq!(of_receive["messaging.batch.message_count"], "1");
    assert_eq!(attributes(&receive.links[0].attributes)["messaging.message.id"], id);
    let of_delete = says(delete, "settle", SpanKind::Client);
    assert_eq!(of_delete["messaging.batch.message_count"], "1");
    for request in [&of_receive, &of_delete] {
        assert_eq!(request["aws.sqs.queue.url"], server.url);
        assert_eq!(request["server.address"], "127.0.0.1");
        assert!(server.url.contains(&format!(":{}/", request["server.port"])));
        assert!(!request["aws.request_id"].is_empty());
    }
    let of_process = says(process, "process", SpanKind::Consumer);
    assert_eq!(of_process["messaging.message.id"], id);
    assert_eq!(of_process["longshore.outcome"], "done");
    assert_eq!(of_process["longshore.receive_count"], "1");
    assert!(!of_process.contains_key("messaging.batch.message_count"));

    let headers = app.headers().remove(0);
    let (trace, here) = place(process);
    assert_eq!(headers["traceparent"], format!("00-{trace}-{here}-01"));
    assert_eq!(headers["baggage"], "tenant=42");
    let xray = headers["x-amzn-trace-id"].to_str().unwrap();
    assert!(xray.contains(&format!("Parent={here}")), "{xray}");
    assert_eq!(collector.resource()["service.name"], "longshore");

    worker.shows("longshore_receive_duration_seconds_count", &[("outcome", "empty")], 1.0).await;
    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
    let all = collector.spans_so_far();
    assert_eq!(names(&all).len(), 3, "an empty receive is no span: {:?}", names(&all));
}

#[tokio::test]
async fn a_message_is_traced_from_its_sender_to_its_delete_over_http() {
    linked(&Collector::http(Manners::Good).await, "http/protobuf").await;
}

#[tokio::test]
async fn a_message_is_traced_from_its_sender_to_its_delete_over_grpc() {
    linked(&Collector::grpc(Manners::Good).await, "grpc").await;
}

#[tokio::test]
async fn the_trace_of_the_sender_continues_with_context_parent() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    send_traced(&server).await;
    let app = App::answering(|_| async { 200 }).await;
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let settings = ["--set", "otlp.traces.context=parent"];
    let _worker = worker(&server, app.url(), &settings, &environment);
    let spans = three_spans(&collector).await;

    let process = span(&spans, "process orders");
    assert_eq!((hex(&process.trace_id), hex(&process.parent_span_id)), sender());
    assert!(links(process).contains(&sender()), "and it is linked to all the same");
    let (trace, here) = place(process);
    assert_eq!(app.headers()[0]["traceparent"], format!("00-{trace}-{here}-01"));
}

#[tokio::test]
async fn a_batch_has_one_span_with_links_to_its_messages() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let ids = [send_traced(&server).await, send_traced(&server).await];
    // The second message fails.
    let answer = format!(r#"{{"batchItemFailures":[{{"itemIdentifier":"{}"}}]}}"#, ids[1]);
    let app = App::saying(answer).await;
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let settings = ["--set", "defaults.batch.max=2", "--set", "defaults.batch.window=5s"];
    let worker = worker(&server, app.url(), &settings, &environment);
    let settled = |spans: &[Span]| {
        let has = |name: &str| spans.iter().any(|span| span.name.starts_with(name));
        has("delete") && has("change")
    };
    let spans = collector.spans("the spans of the settles", settled).await;

    let process: Vec<&Span> = spans.iter().filter(|span| span.name == "process orders").collect();
    let [process] = process[..] else { panic!("{:?}", names(&spans)) };
    let receives: Vec<&Span> = spans.iter().filter(|span| span.name == "receive orders").collect();
    let mut expected: Vec<_> = receives
        .iter()
        .flat_map(|receive| receive.links.iter().flat_map(|_| [sender(), place(receive)]))
        .collect();
    let mut found = links(process);
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    assert_eq!(found.len(), 4);
    let said = says(process, "process", SpanKind::Consumer);
    assert_eq!(said["messaging.batch.message_count"], "2");
    assert_eq!(said["longshore.messages_done"], "1");
    assert_eq!(said["error.type"], "retry");
    for settle in ["delete orders", "change_visibility orders"] {
        assert_eq!(links(span(&spans, settle)), [place(process)], "{settle}");
    }
    let (trace, here) = place(process);
    assert_eq!(app.headers()[0]["traceparent"], format!("00-{trace}-{here}-01"));
    // Its log line has the span of the call.
    let line = worker.says("message not processed").await;
    assert!(line.contains(&here), "{line}");
}

#[tokio::test]
async fn an_x_ray_header_is_a_context() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(header);
    let send = server.sqs.send_message().queue_url(&server.url).message_body("crate");
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    send.message_system_attributes(name, value.build().unwrap()).send().await.unwrap();
    let app = App::answering(|_| async { 200 }).await;
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let _worker = worker(&server, app.url(), &[], &environment);
    let spans = three_spans(&collector).await;
    let root = ("5759e988bd862e3fe1be46a994272793".to_owned(), "53995c3f42cd8ad8".to_owned());
    assert_eq!(links(span(&spans, "process orders"))[0], root);
}

#[tokio::test]
async fn a_failed_message_is_an_error_in_its_trace_and_its_log_line() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let id = send_traced(&server).await;
    let app = App::answering(|_| async { 500 }).await;
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let arguments = ["--set", "defaults.breaker.enabled=false"];
    let worker = worker(&server, app.url(), &arguments, &environment);
    let returned = |spans: &[Span]| spans.iter().any(|span| span.name.starts_with("change"));
    let spans = collector.spans("the return's span", returned).await;

    let process = span(&spans, "process orders");
    let status = process.status.as_ref().unwrap();
    assert_eq!(status.code, i32::from(StatusCode::Error));
    assert!(status.message.contains("answered 500"), "{}", status.message);
    assert_eq!(attributes(&process.attributes)["error.type"], "outage");
    let line = worker.says("message not processed").await;
    let span_id = format!("\"span_id\":\"{}\"", hex(&process.span_id));
    for expected in [hex(&process.trace_id), span_id, id, format!("\"queue\":\"{QUEUE}\"")] {
        assert!(line.contains(&expected), "{expected} is not in {line}");
    }
}

#[tokio::test]
async fn baggage_is_passed_on_and_never_logged() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let secret = "card-4111111111111111,secret,=x";
    let value = MessageAttributeValue::builder().data_type("String").string_value(secret);
    let send = server.sqs.send_message().queue_url(&server.url).message_body("crate");
    let send = send.message_attributes("baggage", value.build().unwrap());
    send.send().await.unwrap();
    let app = App::answering(|_| async { 200 }).await;
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url)];
    let worker = worker(&server, app.url(), &["--log-level", "trace"], &environment);
    app.log().until(1).await;
    worker.terminate();
    let ended = worker.ends().await;
    assert_eq!(app.headers()[0]["baggage"], secret);
    let logged: Vec<_> = ended.lines.iter().filter(|line| line.contains("card-4111")).collect();
    assert!(logged.is_empty(), "{logged:#?}");
}

#[tokio::test]
async fn without_a_collector_a_context_is_passed_on_unchanged() {
    let server = TestServer::open().await;
    send_traced(&server).await;
    let app = App::answering(|_| async { 500 }).await;
    let worker = worker(&server, app.url(), &[], &[]);
    app.log().until(1).await;
    let headers = app.headers().remove(0);
    assert_eq!(headers["traceparent"], traceparent());
    assert_eq!(headers["baggage"], "tenant=42");
    let line = worker.says("message not processed").await;
    assert!(line.contains(TRACE), "the sender's trace is the one to look for: {line}");
    assert!(line.contains(&format!("\"span_id\":\"{SENDER}\"")), "{line}");
}
