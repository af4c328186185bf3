//! `longshore metrics`: prints the metric catalog.

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use longshore::telemetry;

/// Print the name, kind, labels and meaning of every metric
#[derive(Debug, Args)]
pub(super) struct MetricsArgs {
    /// Set the output format
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Markdown,
    Json,
}

/// Prints the catalog.
pub(super) fn run(args: &MetricsArgs) -> anyhow::Result<ExitCode> {
    let catalog = match args.format {
        Format::Markdown => telemetry::markdown(),
        Format::Json => serde_json::to_string_pretty(&telemetry::json())? + "\n",
    };
    std::io::stdout().write_all(catalog.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
