//! Where log lines go and what they look like: stderr, for a person or for a machine.

use std::io::IsTerminal;

use clap::{Args, ValueEnum};
use opentelemetry_sdk::trace::Tracer;
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use longshore::trace;

/// How to log.
#[derive(Debug, Args)]
#[command(next_help_heading = "Logging")]
pub(super) struct LoggingArgs {
    /// What log lines look like; auto: for people on a terminal, JSON elsewhere
    #[arg(long, global = true, env = "LONGSHORE_LOG_FORMAT", value_enum, default_value = "auto")]
    log_format: LogFormat,
    /// The least important lines to log; unless given, info, for local warn, for demo off. Libraries
    /// log warnings and errors alone
    #[arg(long, global = true, env = "LONGSHORE_LOG_LEVEL", value_enum)]
    log_level: Option<LogLevel>,
}

impl LoggingArgs {
    /// Whether somebody wants log lines and says how many.
    pub(super) fn is_asked_for(&self) -> bool {
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

/// Anything else that hears what is logged or traced.
pub(super) type Listener = Box<dyn Layer<Registry> + Send + Sync>;

/// Starts logging for the whole process, at the level `otherwise` where none is asked for, with another
/// listener if there is one. Where somebody has done so before, theirs stays.
pub(super) fn init(args: &LoggingArgs, otherwise: LogLevel, listener: Option<Listener>) {
    let terminal = std::io::stderr().is_terminal();
    let json = match args.log_format {
        LogFormat::Auto => !terminal,
        LogFormat::Human => false,
        LogFormat::Json => true,
    };
    let lines = fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines: Listener = if json {
        lines.json().flatten_event(true).boxed()
    } else {
        lines.with_ansi(terminal).boxed()
    };
    let level = args.log_level.unwrap_or(otherwise);
    let once_a_minute = filter_fn(|line| !line.name().starts_with(OF_EACH_BATCH));
    let lines = lines.with_filter(filter(level).and(once_a_minute)).boxed();
    let listeners: Vec<Listener> = listener.into_iter().chain([lines]).collect();
    let started = tracing_subscriber::registry().with(listeners);
    if started.try_init().is_err() {
        tracing::debug!("another subscriber takes the log lines");
    }
}

/// Makes a listener of what traces our spans.
pub(super) fn traces(layer: OpenTelemetryLayer<Registry, Tracer>) -> Listener {
    let ours = Targets::new().with_target(trace::TARGET, LevelFilter::DEBUG);
    layer.with_filter(ours).boxed()
}

/// What OpenTelemetry's exporter says of each batch that fails; we say it once a minute.
const OF_EACH_BATCH: &str = "Export.Failed.";

/// What the targets of every crate of Longshore start with.
const OURS: &str = "longshore";

/// Ours at `level`, those of the libraries only where they warn. Spans are no lines.
fn filter(level: LogLevel) -> Targets {
    let level = match level {
        LogLevel::Off => return Targets::new().with_default(LevelFilter::OFF),
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    let libraries = level.min(LevelFilter::WARN);
    Targets::new()
        .with_default(libraries)
        .with_target(OURS, level)
        .with_target(trace::TARGET, LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn libraries_are_heard_only_when_they_warn() {
        let filter = filter(LogLevel::Debug);
        assert!(filter.would_enable("longshore::worker", &Level::DEBUG));
        assert!(filter.would_enable("longshore_cli::commands", &Level::DEBUG));
        assert!(filter.would_enable("longshore_local", &Level::DEBUG));
        assert!(filter.would_enable("aws_smithy_runtime", &Level::WARN));
        assert!(!filter.would_enable("aws_smithy_runtime", &Level::INFO));
        assert!(!filter.would_enable("hyper_util", &Level::DEBUG));
    }

    #[test]
    fn errors_alone_are_errors_alone_for_libraries_too() {
        let filter = filter(LogLevel::Error);
        assert!(!filter.would_enable("longshore", &Level::WARN));
        assert!(!filter.would_enable("hyper_util", &Level::WARN));
        assert!(filter.would_enable("hyper_util", &Level::ERROR));
    }
}
