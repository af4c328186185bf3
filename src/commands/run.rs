//! `longshore run`: the worker, from its configuration to its last log line.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::exit;
use super::last_words;
use super::logging::{self, Listener};
use super::service_manager;
use super::signals::Signals;
use super::sources::SourceArgs;
use crate::settings::{self, Config};
use longshore::admin::{AdminServer, LastScrape};
use longshore::config::StopBudget;
use longshore::handler;
use longshore::otlp::{Export, Otlp};
use longshore::queue::Connection;
use longshore::worker::{Report, Stop, Worker};

/// Receive messages, hand each to its handler, and settle it
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct RunArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// End when every queue is empty, for cron jobs and one-off drains
    #[arg(long)]
    until_empty: bool,
}

const AFTER_HELP: &str = "\
Examples:
  longshore run                                      # longshore.toml in this directory
  longshore run --queue orders -- ./handle-order     # no file: a process for each message
  longshore run --queue orders --http http://127.0.0.1:8080/
  longshore run --queue orders --until-empty -- ./handle-order

Look at it on http://127.0.0.1:9464/ unless admin.listen or --listen says otherwise: / is a page for
people; /metrics, /slo, /livez and /readyz are for programs.

Signals:
  TERM, INT   take no more messages, finish those in hand within shutdown.grace, stop
  a second    end the grace now: handlers are stopped, their messages given back; after the
              grace, do not wait for a last scrape of the metrics

Exit codes:
  0   stopped clean, or every queue was found empty
  1   failed; stderr says why
  3   stopped, but messages were aborted or abandoned
  64  wrong usage or configuration";

/// Runs the worker until a signal, or until its queues are empty. Logging begins with `log`.
pub(super) async fn run(
    args: RunArgs,
    log: impl FnOnce(Option<Listener>),
) -> anyhow::Result<ExitCode> {
    let loaded = settings::load(&args.sources.sources())?;
    let otlp = Otlp::start(&loaded.config.otlp)?;
    log(otlp.layer().map(logging::traces));
    for warning in loaded
        .warnings
        .iter()
        .chain(&StopBudget::new(&loaded.config.shutdown, &loaded.config.queues).complaints())
    {
        tracing::warn!("{warning}");
    }
    let stop = Stop::new();
    let mut signals = Signals::listen().context("cannot listen for signals")?;
    let mut worker = build(&loaded.config, &otlp).await?;
    if args.until_empty {
        worker.until_empty();
    }
    let admin = AdminServer::start(
        loaded.config.admin.listen,
        worker.metrics().clone(),
        worker.health().clone(),
    )?;
    announce(&loaded.config, &admin, &otlp);
    let worker_metrics = worker.metrics().clone();
    let informing = tokio::spawn(service_manager::inform(worker.health().clone(), stop.clone()));
    let report = tokio::select! {
        report = worker.run(stop.clone()) => report,
        never = signals.heed(&stop) => match never {},
    };
    if stop.has_begun() {
        // The platform may kill the process while it waits for others.
        last_words::leave(&report.ledger.to_string());
    }
    worker_metrics.refresh();
    last_words::flush(otlp, loaded.config.shutdown.flush).await;
    let limit = loaded.config.shutdown.last_scrape;
    let code = conclude(&report, &stop, admin.last_scrape(limit, signals.next())).await;
    informing.abort();
    // The last thing to stop: until here it could be scraped.
    tokio::task::spawn_blocking(|| admin.stop()).await.context("cannot stop the admin endpoint")?;
    Ok(code)
}

async fn build(config: &Config, otlp: &Otlp) -> anyhow::Result<Worker> {
    let connection = Connection::open(&config.aws).await;
    let mut worker = Worker::new(config.shutdown.clone(), config.concurrency);
    worker.trace(&config.otlp.tracing);
    worker.report_into(otlp.worker_metrics());
    for queue in &config.queues {
        let wanted =
            queue.handler.as_ref().context("every queue has a handler once it is loaded")?;
        let handler = handler::from_config(wanted)
            .with_context(|| format!("cannot make the handler of queue `{}`", queue.name))?;
        worker.add_sqs(&connection, queue.clone(), handler);
    }
    Ok(worker)
}

fn announce(config: &Config, admin: &AdminServer, otlp: &Otlp) {
    let admin = format!("http://{}", admin.address());
    let queues = config.queues.len();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), queues, admin, "longshore started");
    for Export { signal, collector, .. } in otlp.exports() {
        tracing::info!(signal, collector, "exporting by OTLP");
    }
    for queue in &config.queues {
        let wait_seconds = queue.wait.as_secs();
        let (name, concurrency) = (&queue.name, queue.concurrency);
        tracing::info!(queue = name, wait_seconds, concurrency, "working");
    }
}

/// Waits for the last scrape, and says how everything ended.
async fn conclude(
    report: &Report,
    stop: &Stop,
    last_scrape: impl Future<Output = LastScrape>,
) -> ExitCode {
    let ledger = &report.ledger;
    let last_scrape = last_scrape.await;
    last_words::name_the_missing(&last_scrape);
    if stop.has_begun() {
        last_words::say(ledger, &last_scrape);
    }
    for failure in &report.failures {
        tracing::error!("{failure}");
    }
    exit::stopped(ledger.is_clean(), report.failures.is_empty())
}
