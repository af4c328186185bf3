//! The crate's user: a worker in a program of his own, here with everything on one thread.

use longshore::otlp::{Exported, OtlpConfig, OtlpProtocol};
use longshore::otlp::{Flushed, Otlp};
use longshore::trace::TARGET;
use longshore::{Context, Message, Worker};
use std::time::Duration;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

use super::collector::{Collector, Manners, names};
use crate::support::{FakeQueue, Rig, config};

fn exporting(collector: &Collector) -> Otlp {
    let mut config = OtlpConfig::default();
    config.endpoint = Some(collector.url.parse().unwrap());
    config.protocol = OtlpProtocol::Grpc;
    config.metrics.signal.export = Some(Exported(true));
    Otlp::start(&config).unwrap()
}

/// The collector, the worker and the flush share this test's only thread.
#[tokio::test(flavor = "current_thread")]
async fn a_span_of_the_handler_is_in_the_trace_of_the_message() {
    let collector = Collector::grpc(Manners::Good).await;
    let otlp = exporting(&collector);
    let wanted = Targets::new()
        .with_target(TARGET, LevelFilter::DEBUG)
        .with_target("dock", LevelFilter::INFO);
    let layer = otlp.layer().map(|layer| layer.with_filter(wanted));
    let subscriber = tracing_subscriber::registry().with(layer);
    // With a single subscriber, a test on another thread can switch off events that this one hears:
    // a new event is then judged by the subscriber of the thread that registers it.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let listening = tracing::subscriber::set_default(subscriber);
    let queue = FakeQueue::default();
    queue.send("crate");
    let handler = |_: Message, context: Context| async move {
        let inner = tracing::info_span!(target: "dock", "unload");
        assert!(context.trace().traceparent.is_some());
        inner.in_scope(|| ());
    };
    let worker = Worker::builder().metrics(otlp.worker_metrics());
    let rig = Rig::run(worker.add(config("orders").build().unwrap(), queue.clone(), handler));
    queue.until("the delete", |queue| queue.deleted() == ["crate"]).await;
    rig.stop().await;
    drop(listening);
    assert_eq!(otlp.flush(Duration::from_secs(30)).await, Flushed::Done);

    let spans = collector.spans_so_far();
    let named = |name: &str| spans.iter().find(|span| span.name == name).unwrap();
    let (inner, process) = (named("unload"), named("process orders"));
    assert_eq!(inner.trace_id, process.trace_id, "{:?}", names(&spans));
    assert_eq!(inner.parent_span_id, process.span_id);
    let metrics = collector.metrics();
    assert!(metrics.iter().any(|metric| metric.name == "longshore_messages_received_total"));
}

#[tokio::test(flavor = "current_thread")]
async fn an_export_can_be_dropped_without_a_flush() {
    let collector = Collector::grpc(Manners::Slow(Duration::from_secs(3600))).await;
    let otlp = exporting(&collector);
    // With something to push, which the SDK would wait five seconds for.
    let metrics = otlp.worker_metrics();
    let began = tokio::time::Instant::now();
    drop(otlp);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    drop(metrics);
    let off = Otlp::start(&OtlpConfig::default()).unwrap();
    assert_eq!(off.flush(Duration::ZERO).await, Flushed::Off);
}
