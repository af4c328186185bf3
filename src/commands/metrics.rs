//! `longshore metrics`: the catalogue.

use std::process::ExitCode;

use clap::{Args, ValueEnum};

use longshore::telemetry;

/// Print every metric: name, kind, labels, and what it says
#[derive(Debug, Args)]
pub(super) struct MetricsArgs {
    /// What to print it as
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Markdown,
    Json,
}

/// Prints the catalogue.
pub(super) fn run(args: &MetricsArgs) -> anyhow::Result<ExitCode> {
    match args.format {
        Format::Markdown => print!("{}", telemetry::markdown()),
        Format::Json => println!("{}", serde_json::to_string_pretty(&telemetry::json())?),
    }
    Ok(ExitCode::SUCCESS)
}
