//! `longshore check`: validates the configuration and reports its settings, its cost and its
//! shutdown time. Contacts no other system and needs no AWS account.

mod json;
mod text;

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::exit::USAGE;
use super::sources::SourceArgs;
use longshore::config::StopBudget;
use longshore::cost::{BusyMonth, IdleMonth};

use crate::settings::{self, Descriptors};

/// Check the configuration, and print its settings, its cost and its shutdown time
///
/// Prints every setting with its source, the cost of idle and of busy queues, and the time that a
/// shutdown takes. Reports all problems together. Needs no AWS account and no network.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArgs {
    /// Set the format of the report
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
  0   the configuration is valid, and a shutdown fits into its time limit
  1   the report cannot be written
  64  the configuration has problems, or a shutdown does not fit";

/// Prints the report. The exit code is 64 if a shutdown does not fit into its time limit.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let loaded = settings::load(&args.sources.sources())?;
    let queues = || loaded.config.queues.iter().map(|queue| &queue.config);
    let idle: Vec<_> = queues().map(IdleMonth::new).collect();
    let busy: Vec<_> = queues().flat_map(BusyMonth::at_each_rate).collect();
    let budget = StopBudget::new(&loaded.config.shutdown, queues());
    let descriptors = Descriptors::new(&loaded.config);
    let report = match args.format {
        Format::Text => text::report(&loaded, &idle, &busy, &budget, &descriptors),
        Format::Json => json::report(&loaded, &idle, &busy, &budget, &descriptors),
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
