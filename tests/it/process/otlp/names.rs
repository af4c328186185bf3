//! The names of pushed metrics: those of Longshore, those of OpenTelemetry's conventions, or both.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric};

use super::collector::{Collector, Manners, attributes};
use super::worker;
use crate::process::app::App;
use crate::process::prometheus::Prometheus;
use crate::support::Scrape;
use crate::support::test_server::{QUEUE, TestServer};

const MESSAGES: usize = 25;
const CONSUMED: &str = "messaging.client.consumed.messages";
const OPERATION: &str = "messaging.client.operation.duration";
const PROCESS: &str = "messaging.process.duration";

/// What a worker pushed at last, and what it showed in its last scrape. One message is rejected.
async fn worked_with(names: &[&str]) -> (Vec<Metric>, Scrape) {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    server.send_many(MESSAGES).await;
    let calls = Arc::new(AtomicUsize::new(0));
    let answer = move |_| {
        let is_first = calls.fetch_add(1, Relaxed) == 0;
        async move { if is_first { 422 } else { 200 } }
    };
    let app = App::answering(answer).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    let mut settings = vec!["--set", &endpoint, "--set", "otlp.traces.export=false"];
    settings.extend(["--set", "otlp.metrics.export=true", "--set", "shutdown.last_scrape=30s"]);
    settings.extend(names);
    let worker = worker(&server, app.url(), &settings, &[]);
    app.log().until(MESSAGES).await;
    let prometheus = Prometheus::of(&worker).await;
    prometheus.scrapes().await;
    worker.terminate();
    worker.says("waiting for the last scrape").await;
    let scrape = prometheus.scrapes().await;
    assert_eq!(worker.ends().await.code, Some(0));
    assert!(!scrape.text.contains("messaging"), "the push changes no scrape");
    (collector.metrics(), scrape)
}

fn names(metrics: &[Metric]) -> BTreeSet<&str> {
    metrics.iter().map(|metric| metric.name.as_str()).collect()
}

fn metric<'a>(metrics: &'a [Metric], name: &str) -> &'a Metric {
    let found = metrics.iter().find(|metric| metric.name == name);
    found.unwrap_or_else(|| panic!("no {name} among {:?}", names(metrics)))
}

/// The series of a histogram, each with its attributes.
fn histogram<'a>(
    metrics: &'a [Metric],
    name: &str,
) -> Vec<(BTreeMap<String, String>, &'a HistogramDataPoint)> {
    let metric = metric(metrics, name);
    assert_eq!(metric.unit, "s");
    let Some(Data::Histogram(histogram)) = &metric.data else { panic!("{metric:?}") };
    histogram.data_points.iter().map(|point| (attributes(&point.attributes), point)).collect()
}

/// The attributes that every series has.
fn check_destination(found: &BTreeMap<String, String>) {
    assert_eq!(found["messaging.system"], "aws_sqs");
    assert_eq!(found["messaging.destination.name"], QUEUE);
    assert_eq!(found["server.address"], "127.0.0.1");
    // `attributes` quotes a number that came as a text.
    assert!(found["server.port"].parse::<u16>().is_ok(), "{found:?}");
}

fn check_conventions(metrics: &[Metric], scrape: &Scrape) {
    let consumed = metric(metrics, CONSUMED);
    assert_eq!(consumed.unit, "{message}");
    let Some(Data::Sum(sum)) = &consumed.data else { panic!("{consumed:?}") };
    let [point] = &sum.data_points[..] else { panic!("{sum:?}") };
    check_destination(&attributes(&point.attributes));
    let received = scrape.sum("longshore_messages_received_total", &[]);
    assert_eq!(point.value, Some(Value::AsInt(received as i64)));

    let mut processed = BTreeMap::new();
    for (found, point) in histogram(metrics, PROCESS) {
        check_destination(&found);
        assert_eq!(found["messaging.operation.name"], "process");
        assert_eq!(point.explicit_bounds.len(), 14);
        *processed.entry(found.get("error.type").cloned()).or_insert(0) += point.count;
    }
    let done = [("outcome", "done")];
    let duration = "longshore_processing_duration_seconds_count";
    assert_eq!(processed[&None] as f64, scrape.sum(duration, &done));
    assert_eq!(processed.values().sum::<u64>() as f64, scrape.sum(duration, &[]));
    assert!(processed.len() > 1, "the failure has no error.type: {processed:?}");

    let mut operations = BTreeMap::new();
    for (found, point) in histogram(metrics, OPERATION) {
        check_destination(&found);
        assert!(!found.contains_key("error.type"), "{found:?}");
        let name = found["messaging.operation.name"].clone();
        let is_receive = name == "receive";
        assert_eq!(found["messaging.operation.type"] == "receive", is_receive, "{found:?}");
        operations.insert(name, point.count as f64);
    }
    for action in ["receive", "delete"] {
        let requests = scrape.sum("longshore_api_requests_total", &[("action", action)]);
        assert_eq!(operations[action], requests, "{action}");
    }
    assert!(!operations.contains_key("get_attributes"), "{operations:?}");
}

#[tokio::test]
async fn the_conventions_can_name_the_pushed_metrics() {
    let (metrics, scrape) = worked_with(&["--set", "otlp.metrics.names=semconv"]).await;
    assert_eq!(names(&metrics), BTreeSet::from([CONSUMED, OPERATION, PROCESS]));
    check_conventions(&metrics, &scrape);
}

#[tokio::test]
async fn both_names_push_the_metrics_of_a_scrape_and_those_of_the_conventions() {
    let (alone, _) = worked_with(&[]).await;
    assert!(names(&alone).iter().all(|name| !name.starts_with("messaging.")));
    let (both, scrape) = worked_with(&["--set", "otlp.metrics.names=both"]).await;
    check_conventions(&both, &scrape);
    let more: BTreeSet<&str> = names(&both).difference(&names(&alone)).copied().collect();
    assert_eq!(more, BTreeSet::from([CONSUMED, OPERATION, PROCESS]));
    assert_eq!(names(&alone).difference(&names(&both)).count(), 0);
}
