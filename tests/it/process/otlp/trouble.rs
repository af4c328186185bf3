//! A collector that is away, slow or unwilling concerns no message, and delays no exit beyond its budget.

use std::time::Duration;

use tokio::time::Instant;

use super::collector::{Collector, Manners};
use super::worker;
use crate::process::app::App;
use crate::process::longshore::Ended;
use crate::support::harbour::{Harbour, QUEUE};

const MESSAGES: usize = 60;

/// All messages handled and deleted, both signals exported to `url`, on so many threads; how it ended,
/// and how long after SIGTERM.
async fn worked(url: &str, protocol: &str, threads: &str) -> (Ended, Duration) {
    let harbour = Harbour::open().await;
    harbour.send_many(MESSAGES).await;
    let app = App::answering(|_| async { 200 }).await;
    let endpoint = format!("otlp.endpoint={url}");
    let protocol = format!("otlp.protocol={protocol}");
    let settings = [
        ["--set", &endpoint],
        ["--set", &protocol],
        ["--set", "otlp.metrics.export=true"],
        ["--set", "otlp.metrics.interval=1s"],
        ["--set", "shutdown.flush=700ms"],
    ]
    .concat();
    let environment = [("OTEL_BSP_SCHEDULE_DELAY", "100"), ("TOKIO_WORKER_THREADS", threads)];
    let worker = worker(&harbour, app.url(), &settings, &environment);
    app.log().until(MESSAGES).await;
    let gone = harbour.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    crate::support::harbour::soon(gone).await.unwrap();
    let told = Instant::now();
    worker.terminate();
    (worker.ends().await, told.elapsed())
}

/// A poll of a second, the flush, and what a busy machine adds.
const SOON: Duration = Duration::from_secs(5);

fn clean(ended: &Ended) {
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.ledger()[3..], [0, 0]);
}

#[tokio::test]
async fn nobody_listens() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for protocol in ["http/protobuf", "grpc"] {
        let (ended, took) = worked(&format!("http://{address}"), protocol, "2").await;
        clean(&ended);
        assert!(took < SOON, "{took:?}");
        let complaint = ended.line("cannot export by OTLP");
        assert!(complaint.contains("WARN") && complaint.contains(&address.to_string()));
        for signal in ["traces", "metrics"] {
            let signal = format!("\"signal\":\"{signal}\"");
            let about = |line: &&String| line.contains("cannot export") && line.contains(&signal);
            assert!(ended.lines.iter().filter(about).count() <= 1, "{:#?}", ended.lines);
        }
    }
}

#[tokio::test]
async fn it_never_answers_on_one_thread() {
    for (protocol, collector) in [
        ("http/protobuf", Collector::http(Manners::Slow(Duration::from_secs(3600))).await),
        ("grpc", Collector::grpc(Manners::Slow(Duration::from_secs(3600))).await),
    ] {
        let (ended, took) = worked(&collector.url, protocol, "1").await;
        clean(&ended);
        assert!(took < SOON, "{took:?}");
        collector.requests(1).await;
        assert!(ended.line("did not reach the collector").contains("WARN"));
    }
}

#[tokio::test]
async fn it_refuses() {
    for (protocol, collector) in [
        ("http/protobuf", Collector::http(Manners::Refusing).await),
        ("grpc", Collector::grpc(Manners::Refusing).await),
    ] {
        let (ended, took) = worked(&collector.url, protocol, "2").await;
        clean(&ended);
        assert!(took < SOON, "{took:?}");
        assert!(ended.line("could not be exported").contains("WARN"));
    }
}

#[tokio::test]
async fn one_signal_that_hangs_costs_the_other_nothing() {
    let good = Collector::http(Manners::Good).await;
    let silent = Collector::http(Manners::Slow(Duration::from_secs(3600))).await;
    let harbour = Harbour::open().await;
    harbour.send("crate").await;
    let app = App::answering(|_| async { 200 }).await;
    let metrics = format!("otlp.metrics.endpoint={}/v1/metrics", silent.url);
    let settings = ["--set", &metrics, "--set", "otlp.metrics.export=true"];
    let never =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*good.url), ("OTEL_BSP_SCHEDULE_DELAY", "3600000")];
    let worker = worker(&harbour, app.url(), &settings, &never);
    app.log().until(1).await;
    worker.terminate();
    assert!(worker.ends().await.line("did not reach the collector").contains("WARN"));
    assert_eq!(good.spans_so_far().len(), 3);
}

#[tokio::test]
async fn one_thread_is_enough_for_all_of_it() {
    for (protocol, collector) in [
        ("http/protobuf", Collector::http(Manners::Good).await),
        ("grpc", Collector::grpc(Manners::Good).await),
    ] {
        let (ended, _) = worked(&collector.url, protocol, "1").await;
        clean(&ended);
        let spans = collector.spans_so_far();
        let processed = spans.iter().filter(|span| span.name.starts_with("process")).count();
        assert_eq!(processed, MESSAGES, "{protocol}");
        assert!(!ended.lines.iter().any(|line| line.contains("WARN")), "{:#?}", ended.lines);
    }
}
