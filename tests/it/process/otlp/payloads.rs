//! The read of a payload is in the trace of its message.

use std::collections::BTreeMap;

use aws_sdk_sqs::types::MessageAttributeValue;
use longshore::testing::FakePayloads;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

use super::collector::{Collector, Manners, attributes};
use super::journey::{links, place, sender};
use super::worker;
use crate::process::app::App;
use crate::process::envelopes::TRACEPARENT;
use crate::support::s3_server::S3Server;
use crate::support::test_server::TestServer;

async fn send_pointer(server: &TestServer, key: &str) {
    let value = |data_type: &str, text: &str| {
        let value = MessageAttributeValue::builder().data_type(data_type).string_value(text);
        value.build().unwrap()
    };
    let body = FakePayloads::pointer("payloads", key);
    let message = server.sqs.send_message().queue_url(&server.url).message_body(body);
    let message = message.message_attributes("ExtendedPayloadSize", value("Number", "7"));
    message.message_attributes("traceparent", value("String", TRACEPARENT)).send().await.unwrap();
}

#[tokio::test]
async fn reads_and_deletes_of_payloads_are_client_spans_in_the_trace_of_the_sender() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let s3 = S3Server::start(BTreeMap::from([
        ("GET /payloads/key", (200, vec![], b"payload".to_vec())),
        ("DELETE /payloads/key", (204, vec![], vec![])),
    ]))
    .await;
    send_pointer(&server, "key").await;
    send_pointer(&server, "gone").await;
    let app = App::answering(|_| async { 200 }).await;
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let endpoint = format!("aws.s3_endpoint_url={}", s3.url);
    let settings = [
        ["--set", "otlp.traces.context=parent"],
        ["--set", "defaults.payloads.buckets=[\"payloads\"]"],
        ["--set", "defaults.payloads.delete=true"],
        ["--set", &endpoint],
    ];
    let _worker = worker(&server, app.url(), settings.as_flattened(), &environment);
    let of_s3 = |spans: &[Span]| -> Vec<Span> {
        spans.iter().filter(|span| span.name.starts_with("S3/")).cloned().collect()
    };
    let spans = collector.spans("two reads and a delete", |spans| of_s3(spans).len() >= 3).await;
    assert_eq!(app.log().times(), [("payload".to_owned(), 1)].into());
    let mut seen = Vec::new();
    for span in of_s3(&spans) {
        let said = attributes(&span.attributes);
        assert_eq!(span.kind, i32::from(SpanKind::Client));
        assert_eq!((place(&span).0, said["aws.s3.bucket"].as_str()), (sender().0, "payloads"));
        assert!(links(&span).contains(&sender()));
        let failed = said.get("error.type").cloned().unwrap_or_default();
        seen.push(format!("{} {} {failed}", span.name, said["aws.s3.key"]));
    }
    seen.sort();
    assert_eq!(seen, ["S3/DeleteObject key ", "S3/GetObject gone missing", "S3/GetObject key "]);
}
