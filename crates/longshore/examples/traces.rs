//! Exports traces to an OpenTelemetry collector. The span of each handler is in the trace of the
//! sender, and a span of the handler's own is below it.
//!
//! ```sh
//! longshore local --queue orders &
//! cargo run --package longshore --features otlp --example traces -- http://127.0.0.1:9324 http://127.0.0.1:4318
//! ```

use std::error::Error;
use std::time::Duration;

use longshore::otlp::{Otlp, OtlpConfig};
use longshore::trace::TARGET;
use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Worker};
use tracing::Instrument;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

async fn handle(message: Message, context: Context) {
    // Pass the headers of `context.trace()` to the services that you call.
    let trace = context.trace();
    println!("{} traceparent={}", message.body, trace.traceparent.as_deref().unwrap_or("none"));
    async { tracing::info!("stored") }.instrument(tracing::info_span!("store the order")).await;
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut aws = AwsConfig::default();
    aws.endpoint_url = arguments.next();
    let mut config = OtlpConfig::default();
    config.endpoint = arguments.next().map(|url| url.parse()).transpose()?;
    let otlp = Otlp::start(&config)?;

    // The spans of Longshore have the level DEBUG; the layer exports them and the program's own
    // spans.
    let exported =
        Targets::new().with_target(TARGET, LevelFilter::DEBUG).with_default(LevelFilter::INFO);
    let layer = otlp.layer().map(|layer| layer.with_filter(exported));
    tracing_subscriber::registry().with(layer).init();

    let connection = Connection::open(&aws).await?;
    let worker = Worker::builder()
        .metrics(otlp.worker_metrics())
        .add_sqs(&connection, QueueConfig::builder("orders").build()?, handle)
        .build()?;
    let report = worker.run(Stop::on_signals()?).await;
    println!("{}", report.ledger);
    println!("the last spans: {:?}", otlp.flush(Duration::from_secs(1)).await);
    Ok(())
}
