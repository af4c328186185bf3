//! One trace, whether a message is in an envelope or not.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::trace::v1::Span;

use super::collector::{Collector, Manners};
use super::journey::{links, place, sender};
use super::worker;
use crate::process::app::App;
use crate::process::envelopes::{notification, send_raw};
use crate::support::test_server::TestServer;

#[tokio::test]
async fn raw_and_enveloped_messages_are_in_the_trace_of_their_sender() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    send_raw(&server).await;
    server.send(&notification()).await;
    let app = App::answering(|_| async { 200 }).await;
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url), ("OTEL_BSP_SCHEDULE_DELAY", "100")];
    let settings = ["--set", "otlp.traces.context=parent", "--set", "defaults.unwrap=auto"];
    let _worker = worker(&server, app.url(), &settings, &environment);
    let handled = |spans: &[Span]| -> Vec<Span> {
        spans.iter().filter(|span| span.name == "process orders").cloned().collect()
    };
    let both = |spans: &[Span]| handled(spans).len() == 2;
    let spans = collector.spans("the spans of both handlers", both).await;
    let handled = handled(&spans);
    let (trace, _) = sender();
    let traces: BTreeSet<_> = handled.iter().map(|span| place(span).0).collect();
    assert_eq!(traces, [trace].into());
    assert!(handled.iter().all(|span| links(span).contains(&sender())));
}
