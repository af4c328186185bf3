//! `longshore check`: validates the configuration and reports its settings, its cost and its
//! shutdown time. Contacts no other system and needs no AWS account.

mod json;
mod text;

use std::io::Write;
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::exit::USAGE;
use super::sources::SourceArgs;
use longshore::config::{QueueConfig, StopBudget};
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
    /// Forecast the busy cost at this number of messages per second. Can be repeated
    /// [default: 1, 10 and 100]
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    rate: Vec<f64>,
    /// Forecast the busy cost of this number of workers, next to that of one worker
    #[arg(long, value_name = "N", default_value_t = BusyMonth::COPIES)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=10_000))]
    workers: u32,
    #[command(flatten)]
    sources: SourceArgs,
}

impl CheckArgs {
    fn rates(&self) -> &[f64] {
        if self.rate.is_empty() { &BusyMonth::RATES } else { &self.rate }
    }
}

/// A queue takes any number of messages. Above this one the arithmetic is no forecast.
const HIGHEST_RATE: f64 = 1e6;

fn rate(text: &str) -> Result<f64, String> {
    let found = text.parse().ok().filter(|rate| *rate > 0.0 && *rate <= HIGHEST_RATE);
    found.ok_or_else(|| format!("use messages per second, above 0 and up to {HIGHEST_RATE}"))
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
  longshore check --rate 250 --workers 4   # the busy cost of this size
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
    let busy: Vec<_> = queues().flat_map(|queue| busy_months(queue, args)).collect();
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

fn busy_months<'a>(
    queue: &'a QueueConfig,
    args: &'a CheckArgs,
) -> impl Iterator<Item = BusyMonth<'a>> {
    args.rates().iter().map(move |rate| BusyMonth::new(queue, *rate, args.workers))
}
