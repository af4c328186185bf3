//! `longshore check`: what is in effect and why, what idling and working will cost, and whether a stop fits its
//! time. Asks nobody; needs no AWS account.

mod forecast;
mod json;
mod text;
mod working;

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::exit::USAGE;
use super::sources::SourceArgs;
use longshore::config::StopBudget;

use crate::settings;

/// Check the configuration, and show each value with its source, the cost of idling and of working,
/// and the time that a stop takes
///
/// Nothing is contacted: no AWS account or network is needed. All problems are reported at once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// What the report looks like
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    sources: SourceArgs,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

const EXAMPLES: &str = "\
Examples:
  longshore check                          # longshore.toml in this directory
  longshore check -c orders.toml --set defaults.wait=5s
  longshore check --queue orders --http http://127.0.0.1:8080/
  longshore check --queue orders -- ./handle-order --fast

Exit codes:
  0   the configuration is sound, and a stop fits its time
  1   the report could not be written
  64  the configuration has problems, or a stop does not fit";

/// Prints the report; the exit code tells whether all is well.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let loaded = settings::load(&args.sources.sources())?;
    let months = forecast::idle_months(&loaded.config);
    let working = working::months(&loaded.config);
    let budget = StopBudget::new(&loaded.config.shutdown, &loaded.config.queues);
    let report = match args.format {
        Format::Text => text::report(&loaded, &months, &working, &budget),
        Format::Json => json::report(&loaded, &months, &working, &budget),
    };
    std::io::stdout().lock().write_all(report.as_bytes())?;
    if budget.fits() {
        return Ok(ExitCode::SUCCESS);
    }
    for complaint in budget.complaints() {
        eprintln!("longshore: {complaint}");
    }
    Ok(ExitCode::from(USAGE))
}
