//! A collector that is away, slow or unwilling concerns no message, and delays no exit beyond its
//! budget.

use std::time::Duration;

use tokio::time::Instant;

use super::collector::{Collector, Manners};
use super::worker;
use crate::process::app::App;
use crate::process::longshore::Ended;
use crate::support::test_server::{QUEUE, TestServer};

const MESSAGES: usize = 60;

/// All messages handled and deleted, both signals exported to `url`, on this number of threads; how
/// it ended, and how long after SIGTERM.
async fn worked(url: &str, protocol: &str, threads: &str) -> (Ended, Duration) {
    let server = TestServer::open().await;
    server.send_many(MESSAGES).await;
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
    let worker = worker(&server, app.url(), &settings, &environment);
    app.log().until(MESSAGES).await;
    let gone = server.local.until(QUEUE, |counts| counts.visible + counts.in_flight == 0);
    crate::support::test_server::soon(gone).await.unwrap();
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
async fn no_collector_listens() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for protocol in ["http/protobuf", "grpc"] {
        let (ended, took) = worked(&format!("http://{address}"), protocol, "2").await;
        clean(&ended);
        assert!(took < SOON, "{took:?}");
        let complaint = ended.line("OTLP export failed; ");
        assert!(complaint.contains("WARN") && complaint.contains(&address.to_string()));
        for signal in ["traces", "metrics"] {
            let signal = format!("\"signal\":\"{signal}\"");
            let about =
                |line: &&String| line.contains("OTLP export failed; ") && line.contains(&signal);
            assert!(ended.lines.iter().filter(about).count() <= 1, "{:#?}", ended.lines);
        }
    }
}

#[tokio::test]
async fn a_silent_collector_does_not_block_the_only_thread() {
    for (protocol, collector) in [
        ("http/protobuf", Collector::http(Manners::Slow(Duration::from_secs(3600))).await),
        ("grpc", Collector::grpc(Manners::Slow(Duration::from_secs(3600))).await),
    ] {
        let (ended, took) = worked(&collector.url, protocol, "1").await;
        clean(&ended);
        assert!(took < SOON, "{took:?}");
        collector.requests(1).await;
        assert!(ended.line("final OTLP export").contains("WARN"));
    }
}

#[tokio::test]
async fn a_refusing_collector_is_reported() {
    for (protocol, collector) in [
        ("http/protobuf", Collector::http(Manners::Refusing).await),
        ("grpc", Collector::grpc(Manners::Refusing).await),
    ] {
        let (ended, took) = worked(&collector.url, protocol, "2").await;
        clean(&ended);
        assert!(took < SOON, "{took:?}");
        assert!(ended.line("final OTLP export failed").contains("WARN"));
    }
}

#[tokio::test]
async fn one_hanging_signal_does_not_delay_the_other() {
    let good = Collector::http(Manners::Good).await;
    let silent = Collector::http(Manners::Slow(Duration::from_secs(3600))).await;
    let server = TestServer::open().await;
    server.send("crate").await;
    let app = App::answering(|_| async { 200 }).await;
    let metrics = format!("otlp.metrics.endpoint={}/v1/metrics", silent.url);
    let settings = ["--set", &metrics, "--set", "otlp.metrics.export=true"];
    let never =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*good.url), ("OTEL_BSP_SCHEDULE_DELAY", "3600000")];
    let worker = worker(&server, app.url(), &settings, &never);
    app.log().until(1).await;
    worker.terminate();
    assert!(worker.ends().await.line("final OTLP export").contains("WARN"));
    assert_eq!(good.spans_so_far().len(), 3);
}

#[tokio::test]
async fn one_thread_is_enough() {
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
