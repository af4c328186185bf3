//! Log lines: their format, their level, and where they go, which is stderr.

mod buffer;
mod dependencies;
mod output;
mod panics;
mod terminal;

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use opentelemetry_sdk::trace::Tracer;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use dependencies::Dependencies;
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
    let lines = lines.with_filter(own_events(level)).boxed();
    // The last layer, because it logs while it gets an event.
    let dependencies = Dependencies.with_filter(events_of_dependencies(level)).boxed();
    let layers: Vec<LogLayer> = traces.into_iter().chain([lines, dependencies]).collect();
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

/// The prefix of the log targets of all Longshore crates.
const LONGSHORE: &str = "longshore";

/// Events of Longshore at `level`. Spans are not logged.
fn own_events(level: LogLevel) -> Targets {
    Targets::new()
        .with_target(LONGSHORE, level.filter())
        .with_target(trace::TARGET, LevelFilter::OFF)
}

/// Warnings and errors of dependencies, if `level` includes them.
fn events_of_dependencies(level: LogLevel) -> Targets {
    Targets::new()
        .with_default(level.filter().min(LevelFilter::WARN))
        .with_target(LONGSHORE, LevelFilter::OFF)
}

impl LogLevel {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn dependencies_log_only_warnings_and_errors() {
        let own = own_events(LogLevel::Debug);
        assert!(own.would_enable("longshore::worker", &Level::DEBUG));
        assert!(own.would_enable("longshore_cli::commands", &Level::DEBUG));
        assert!(own.would_enable("longshore_local", &Level::DEBUG));
        assert!(!own.would_enable("aws_smithy_runtime", &Level::ERROR));
        let filter = events_of_dependencies(LogLevel::Debug);
        assert!(!filter.would_enable("longshore::worker", &Level::ERROR));
        assert!(filter.would_enable("aws_smithy_runtime", &Level::WARN));
        assert!(!filter.would_enable("aws_smithy_runtime", &Level::INFO));
        assert!(!filter.would_enable("hyper_util", &Level::DEBUG));
    }

    #[test]
    fn at_level_error_dependencies_log_only_errors() {
        assert!(!own_events(LogLevel::Error).would_enable("longshore", &Level::WARN));
        let filter = events_of_dependencies(LogLevel::Error);
        assert!(!filter.would_enable("hyper_util", &Level::WARN));
        assert!(filter.would_enable("hyper_util", &Level::ERROR));
    }
}
