//! `longshore run`: starts the worker and reports how it ended.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;

use super::exit;
use super::first_scrape;
use super::logging::{self, LogLayer, LogOutput};
use super::periodic_tasks;
use super::service_manager;
use super::shutdown_report;
use super::signals;
use super::sources::SourceArgs;
use crate::settings::{self, Config, Handlers, QueueSettings};
use longshore::admin::{AdminServer, LastScrape};
use longshore::config::StopBudget;
use longshore::otlp::{Export, Otlp};
use longshore::queue::Connection;
use longshore::worker::{Report, Stop, StopSignals, Worker};

/// Consume queues: receive messages, process each with its handler, and settle it
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct RunArgs {
    #[command(flatten)]
    sources: SourceArgs,
    /// Stop when every queue is empty. Use this for cron jobs and to empty a queue once
    #[arg(long)]
    until_empty: bool,
}

const AFTER_HELP: &str = "\
Examples:
  longshore run                                      # longshore.toml in this directory
  longshore run --queue orders -- ./handle-order     # no file: a process for each message
  longshore run --queue orders --http http://127.0.0.1:8080/
  longshore run --queue orders --until-empty -- ./handle-order

The status page is http://127.0.0.1:9464/. The same address serves /metrics, /slo, /livez and
/readyz. Change it with admin.listen or --listen.

Signals:
  TERM, INT, QUIT, HUP
              stop receiving, let handlers finish within shutdown.grace, then stop
  a second    end the grace: interrupt the handlers and release their messages. After the grace,
              skip the wait for the last scrape

HUP is ignored if the process was started with it ignored, as by nohup.

Exit codes:
  0   stopped, and no message was aborted or abandoned; with --until-empty, every queue was empty
  1   failed; the error is on stderr
  3   stopped, but messages were aborted or abandoned
  64  wrong usage or configuration";

/// Runs the worker until a signal arrives or its queues are empty. Calls `start_logging` when the
/// configuration is known.
pub(super) async fn run(
    args: RunArgs,
    output: &LogOutput,
    start_logging: impl FnOnce(Option<LogLayer>),
) -> anyhow::Result<ExitCode> {
    let loaded = settings::load(&args.sources.sources())?;
    let otlp = Otlp::start(&loaded.config.otlp)?;
    start_logging(otlp.layer().map(logging::trace_layer));
    let queues = loaded.config.queues.iter().map(|queue| &queue.config);
    let budget = StopBudget::new(&loaded.config.shutdown, queues);
    for warning in loaded.warnings.iter().chain(&budget.complaints()) {
        tracing::warn!(warning, "configuration warning");
    }
    let stop = Stop::new();
    let mut signals = StopSignals::listen().context("cannot listen for signals")?;
    let connection = Connection::open(&loaded.config.aws).await?;
    let worker = build(&loaded.config, args.until_empty, &otlp, &connection)?;
    let lines = output.clone();
    worker.metrics().log_lines_dropped(move || lines.dropped());
    let admin = AdminServer::start(
        loaded.config.admin.listen,
        worker.metrics().clone(),
        worker.health().clone(),
    )?;
    log_start(&loaded.config, &admin, &otlp);
    let first_scrape = if args.until_empty {
        loaded.config.admin.effective_first_scrape()
    } else {
        Duration::ZERO
    };
    let worker_metrics = worker.metrics().clone();
    let notifier = tokio::spawn(service_manager::notify(worker.health().clone(), stop.clone()));
    let work = async {
        first_scrape::wait(&admin, first_scrape, &stop).await;
        let tasks = periodic_tasks::send(
            &loaded.config,
            (&connection, &worker_metrics),
            args.until_empty,
            &stop,
        );
        let (report, ()) = tokio::join!(worker.run(stop.clone()), tasks);
        report
    };
    let report = tokio::select! {
        report = work => report,
        never = signals::forward(&mut signals, &stop) => match never {},
    };
    if stop.has_begun() {
        // Write it now, because the platform may kill the process during the waits that follow.
        shutdown_report::write_termination_log(&report.ledger.to_string());
    }
    worker_metrics.refresh();
    if otlp.pushes_metrics() {
        // The last push has the final values, as the last scrape has.
        worker_metrics.last_scrape_pending();
    }
    shutdown_report::flush(otlp, loaded.config.shutdown.flush).await;
    let limit = loaded.config.shutdown.last_scrape;
    let signal = async { _ = signals.next().await };
    let last_scrape = admin.last_scrape(limit, signal).await;
    let code = log_end(&report, &stop, &last_scrape);
    notifier.abort();
    // The admin endpoint stops last, so that it can be scraped until here.
    tokio::task::spawn_blocking(|| admin.stop()).await.context("cannot stop the admin endpoint")?;
    Ok(code)
}

fn build(
    config: &Config,
    until_empty: bool,
    otlp: &Otlp,
    connection: &Connection,
) -> anyhow::Result<Worker> {
    let mut worker = Worker::builder()
        .shutdown(config.shutdown)
        .traces(config.otlp.tracing.clone())
        .metrics(otlp.worker_metrics());
    if let Some(limit) = config.concurrency {
        worker = worker.concurrency(limit);
    }
    if until_empty {
        worker = worker.until_empty();
    }
    for queue in &config.queues {
        let region = connection.region_of(queue.config.address());
        let name = || format!("cannot make the handlers of queue `{}`", queue.config.name());
        let handlers = queue.build(region.as_deref()).with_context(name)?;
        let config = queue.config.clone();
        worker = match handlers {
            Handlers::Single(handler) => worker.add_sqs(connection, config, handler),
            Handlers::Batch(handler) => worker.add_sqs_batch(connection, config, handler),
            Handlers::Routes(routes) => worker.add_sqs_routes(connection, config, routes),
        };
    }
    Ok(worker.build()?)
}

fn log_start(config: &Config, admin: &AdminServer, otlp: &Otlp) {
    let admin = format!("http://{}", admin.address());
    let queues = config.queues.len();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), queues, admin, "longshore started");
    for Export { signal, collector, .. } in otlp.exports() {
        tracing::info!(signal, collector, "exporting over OTLP");
    }
    for QueueSettings { config: queue, .. } in &config.queues {
        let wait_seconds = queue.wait().as_secs();
        let (name, concurrency) = (queue.name(), queue.concurrency());
        tracing::info!(queue = name, wait_seconds, concurrency, "consuming queue");
    }
}

/// Logs how the worker and the last scrape ended, and returns the exit code.
fn log_end(report: &Report, stop: &Stop, last_scrape: &LastScrape) -> ExitCode {
    shutdown_report::log_missing_scrapers(last_scrape);
    if stop.has_begun() {
        shutdown_report::log_ledger(&report.ledger, last_scrape);
    }
    for failure in &report.failures {
        tracing::error!(error = failure, "cannot consume queue");
    }
    exit::code_of_run(!report.failures.is_empty(), report.ledger.is_clean())
}
