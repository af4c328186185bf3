//! Metrics that are pushed are the metrics that are scraped.

use std::collections::BTreeMap;

use longshore::telemetry::catalog;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use opentelemetry_proto::tonic::metrics::v1::{HistogramDataPoint, Metric, NumberDataPoint};

use super::collector::{Collector, Manners, attributes};
use super::worker;
use crate::process::app::App;
use crate::process::prometheus::Prometheus;
use crate::support::Scrape;
use crate::support::test_server::TestServer;

/// Series by name and labels, as Prometheus would show them.
type Series = BTreeMap<(String, BTreeMap<String, String>), f64>;

fn pushed(metrics: &[Metric]) -> Series {
    let mut series = Series::new();
    for metric in metrics {
        let name = metric.name.clone();
        match metric.data.as_ref().unwrap() {
            Data::Gauge(gauge) => numbers(&mut series, &name, &gauge.data_points),
            Data::Sum(sum) => {
                assert!(sum.is_monotonic, "{name}");
                numbers(&mut series, &name, &sum.data_points);
            }
            Data::Histogram(histogram) => {
                histogram.data_points.iter().for_each(|point| buckets(&mut series, &name, point));
            }
            other => panic!("{name} is {other:?}"),
        }
    }
    series
}

fn labels(pairs: &[KeyValue]) -> BTreeMap<String, String> {
    // The account is a text of digits, which `attributes` quotes.
    let unquoted = |(key, value): (String, String)| (key, value.trim_matches('"').to_owned());
    attributes(pairs).into_iter().map(unquoted).collect()
}

fn numbers(series: &mut Series, name: &str, points: &[NumberDataPoint]) {
    for point in points {
        let value = match point.value.unwrap() {
            Value::AsDouble(value) => value,
            Value::AsInt(value) => value as f64,
        };
        series.insert((name.to_owned(), labels(&point.attributes)), value);
    }
}

fn buckets(series: &mut Series, name: &str, point: &HistogramDataPoint) {
    let own = labels(&point.attributes);
    assert_eq!((point.min, point.max), (None, None), "{name}: an empty histogram has neither");
    series.insert((format!("{name}_count"), own.clone()), point.count as f64);
    series.insert((format!("{name}_sum"), own.clone()), point.sum.unwrap());
    // A scrape leaves these buckets out.
    if point.count == 0
        && catalog::LATE_BUCKETS.iter().any(|metric| metric.name == name)
        && own.get("outcome").is_none_or(|outcome| outcome != "done")
    {
        assert!(!point.explicit_bounds.is_empty(), "{name}");
        return;
    }
    let bounds = point.explicit_bounds.iter().map(f64::to_string);
    let mut so_far = 0;
    for (bound, count) in bounds.chain(["+Inf".to_owned()]).zip(&point.bucket_counts) {
        so_far += count;
        let mut labels = own.clone();
        labels.insert("le".to_owned(), bound);
        series.insert((format!("{name}_bucket"), labels), so_far as f64);
    }
}

fn scraped(scrape: &Scrape) -> Series {
    let owned = |labels: BTreeMap<&str, &str>| {
        labels.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect()
    };
    let samples = scrape.samples();
    samples.map(|(name, labels, value)| ((name.to_owned(), owned(labels)), value)).collect()
}

/// What is of the process and not of its work is never the same twice.
fn is_ours(name: &str) -> bool {
    name.starts_with("longshore_")
}

fn sum(series: &Series, wanted: &str) -> f64 {
    series.iter().filter(|((name, _), _)| name == wanted).map(|(_, value)| value).sum()
}

async fn the_same(collector: &Collector, protocol: &str) {
    let server = TestServer::open().await;
    server.send_many(25).await;
    let app = App::answering(|count| async move { if count == 1 { 200 } else { 500 } }).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    let protocol = format!("otlp.protocol={protocol}");
    let settings = [
        ["--set", &endpoint],
        ["--set", &protocol],
        ["--set", "otlp.traces.export=false"],
        ["--set", "otlp.metrics.export=true"],
        ["--set", "shutdown.last_scrape=30s"],
    ]
    .concat();
    let worker = worker(&server, app.url(), &settings, &[]);
    app.log().until(25).await;
    let prometheus = Prometheus::of(&worker).await;
    prometheus.scrapes().await;
    worker.terminate();
    worker.says("waiting for the last scrape").await;
    let scraped = scraped(&prometheus.scrapes().await);
    assert_eq!(worker.ends().await.code, Some(0));
    let pushed = pushed(&collector.metrics());

    let mut compared = 0;
    for (series, value) in &scraped {
        let other = pushed.get(series);
        let other = other.unwrap_or_else(|| panic!("{series:?} was not pushed"));
        if is_ours(&series.0) {
            assert!((other - value).abs() <= 1e-9 * value.abs(), "{series:?}: {other} {value}");
            compared += 1;
        }
    }
    assert!(compared > 130, "only {compared} series were compared");
    for series in pushed.keys() {
        assert!(scraped.contains_key(series), "{series:?} is pushed alone");
    }
    assert_eq!(sum(&pushed, "longshore_messages_received_total"), 25.0);
    assert_eq!(sum(&pushed, "longshore_last_scrape_pending"), 1.0, "the values are final");
    assert!(pushed.keys().any(|(name, _)| name == "process_cpu_seconds_total"));
}

#[tokio::test]
async fn at_the_end_the_push_over_http_equals_the_scrape() {
    the_same(&Collector::http(Manners::Good).await, "http/protobuf").await;
}

#[tokio::test]
async fn at_the_end_the_push_over_grpc_equals_the_scrape() {
    the_same(&Collector::grpc(Manners::Good).await, "grpc").await;
}

#[tokio::test]
async fn two_workers_push_different_series_whose_sum_is_the_truth() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let app = App::answering(|_| async { 200 }).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    let settings = ["--set", &endpoint, "--set", "otlp.metrics.export=true"];
    let workers =
        [worker(&server, app.url(), &settings, &[]), worker(&server, app.url(), &settings, &[])];
    for worker in &workers {
        worker.says("consuming queue").await;
    }
    server.send_many(40).await;
    app.log().until(40).await;
    for worker in workers {
        worker.terminate();
        assert_eq!(worker.ends().await.code, Some(0));
    }
    let instances = collector.instances();
    assert_eq!(instances.len(), 2, "{:?}", instances.keys());
    assert!(!instances.contains_key(""), "a worker has no instance id");
    let received =
        |metrics: &Vec<Metric>| sum(&pushed(metrics), "longshore_messages_received_total");
    assert_eq!(instances.values().map(received).sum::<f64>(), 40.0);
}

#[tokio::test]
async fn the_environment_can_name_the_instance() {
    let collector = Collector::http(Manners::Good).await;
    let server = TestServer::open().await;
    let app = App::answering(|_| async { 200 }).await;
    let endpoint = format!("otlp.endpoint={}", collector.url);
    let settings = ["--set", &endpoint, "--set", "otlp.metrics.export=true"];
    let attributes = "service.instance.id=task-7,service.namespace=shop";
    let environment = [("OTEL_RESOURCE_ATTRIBUTES", attributes)];
    let worker = worker(&server, app.url(), &settings, &environment);
    worker.says("consuming queue").await;
    worker.terminate();
    assert_eq!(worker.ends().await.code, Some(0));
    assert_eq!(collector.resource()["service.instance.id"], "task-7");
    assert_eq!(collector.resource()["service.namespace"], "shop");
    assert_eq!(collector.resource()["service.name"], "longshore");
}
