//! Log lines: their format, their level, and where they go, which is stderr.

mod buffer;
mod output;
mod panics;

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use opentelemetry_sdk::trace::Tracer;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use longshore::trace;

pub(super) use output::LogOutput;

/// The logging flags.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub(super) struct LoggingArgs {
    /// Set the log format. `auto` selects `human` on a terminal and `json` elsewhere
    #[arg(long, global = true, env = "LONGSHORE_LOG_FORMAT", value_enum, default_value = "auto")]
    log_format: LogFormat,
    /// Set the minimum log level. Dependencies log warnings and errors only [default: info;
    /// `local`: warn; `demo`: off]
    #[arg(long, global = true, env = "LONGSHORE_LOG_LEVEL", value_enum)]
    log_level: Option<LogLevel>,
}

impl LoggingArgs {
    /// Whether the log level was set by a flag or by the environment.
    pub(super) fn level_is_set(&self) -> bool {
        self.log_level.is_some()
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogFormat {
    Auto,
    Human,
    Json,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// A subscriber layer that gets log events and spans.
pub(super) type LogLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging for the whole process, with `traces` as a second layer. `default` is the level if
/// none was set. Does nothing if the process already has a subscriber.
pub(super) fn init(
    args: &LoggingArgs,
    default: LogLevel,
    output: &LogOutput,
    traces: Option<LogLayer>,
) {
    let terminal = std::io::stderr().is_terminal();
    let json = match args.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
    let lines = fmt::layer().with_writer(output.buffer.clone()).with_target(false);
    let lines: LogLayer = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(terminal).boxed()
    };
    let level = args.log_level.unwrap_or(default);
    let no_batch_errors = filter_fn(|line| !line.name().starts_with(BATCH_ERROR));
    let lines = lines.with_filter(filter(level).and(no_batch_errors)).boxed();
    let layers: Vec<LogLayer> = traces.into_iter().chain([lines]).collect();
    let subscriber = tracing_subscriber::registry().with(layers);
    if subscriber.try_init().is_err() {
        tracing::debug!("a tracing subscriber is already installed");
    }
    panics::log_to(output.clone());
}

/// Limits the OpenTelemetry layer to the spans of the worker.
pub(super) fn trace_layer(layer: OpenTelemetryLayer<Registry, Tracer>) -> LogLayer {
    let worker_spans = Targets::new().with_target(trace::TARGET, LevelFilter::DEBUG);
    layer.with_filter(worker_spans).boxed()
}

/// The prefix of the event that the OpenTelemetry exporter logs for each failed batch. Longshore
/// logs export failures itself, at most once a minute.
const BATCH_ERROR: &str = "Export.Failed.";

/// The prefix of the log targets of all Longshore crates.
const LONGSHORE: &str = "longshore";

/// Events of Longshore at `level`, and warnings and errors of dependencies. Spans are not logged.
fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Off => return Targets::new().with_default(LevelFilter::OFF),
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let dependencies = level.min(LevelFilter::WARN);
    Targets::new()
        .with_default(dependencies)
        .with_target(LONGSHORE, level)
        .with_target(trace::TARGET, LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn dependencies_log_only_warnings_and_errors() {
        let filter = filter(LogLevel::Debug);
        assert!(filter.would_enable("longshore::worker", &Level::DEBUG));
        assert!(filter.would_enable("longshore_cli::commands", &Level::DEBUG));
        assert!(filter.would_enable("longshore_local", &Level::DEBUG));
        assert!(filter.would_enable("aws_smithy_runtime", &Level::WARN));
        assert!(!filter.would_enable("aws_smithy_runtime", &Level::INFO));
        assert!(!filter.would_enable("hyper_util", &Level::DEBUG));
    }

    #[test]
    fn at_level_error_dependencies_log_only_errors() {
        let filter = filter(LogLevel::Error);
        assert!(!filter.would_enable("longshore", &Level::WARN));
        assert!(!filter.would_enable("hyper_util", &Level::WARN));
        assert!(filter.would_enable("hyper_util", &Level::ERROR));
    }
}
