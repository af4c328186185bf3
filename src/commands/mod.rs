//! The command line: one file a command; each parses, calls and prints. Decides exit codes and the
//! looks of output, nothing else.

mod check;
mod demo;
mod exit;
mod export;
mod health;
mod last_words;
mod local;
mod logging;
mod metrics;
mod run;
mod service_manager;
mod signals;
mod sources;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use logging::LogLevel;
pub use sources::SourceArgs;

/// An Amazon SQS worker that you can see inside.
#[derive(Debug, Parser)]
#[command(name = "longshore", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: logging::LoggingArgs,
}

const AFTER_HELP: &str = "\
Examples:
  longshore demo                           # all of it in one process; no AWS account needed
  longshore run                            # work the queues of longshore.toml
  longshore run --queue orders -- ./handle-order
  longshore check                          # what longshore.toml comes to, and why
  longshore export ops                     # dashboards, alert rules, runbooks, deploy files
  longshore help check                     # all there is to say about one command

Exit codes:
  0   done
  1   failed; stderr says why
  3   stopped, but messages were aborted or abandoned
  64  wrong usage or configuration";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Demo(demo::DemoArgs),
    Check(check::CheckArgs),
    Export(export::ExportArgs),
    Health(health::HealthArgs),
    Local(local::LocalArgs),
    Metrics(metrics::MetricsArgs),
}

impl Command {
    /// What it logs unless told: what its user looks at is the log, its output, or the show.
    fn log_level(&self) -> LogLevel {
        match self {
            Self::Run(_)
            | Self::Check(_)
            | Self::Export(_)
            | Self::Health(_)
            | Self::Metrics(_) => LogLevel::Info,
            Self::Local(_) => LogLevel::Warn,
            Self::Demo(_) => LogLevel::Off,
        }
    }
}

/// The whole program, on this process's command line.
pub async fn main() -> ExitCode {
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let level = cli.command.log_level();
    // The worker's traces are configured, so it begins to log when it knows its configuration.
    if !matches!(cli.command, Command::Run(_)) {
        logging::init(&cli.logging, level, None);
    }
    let outcome = match cli.command {
        Command::Run(args) => {
            run::run(args, |listener| logging::init(&cli.logging, level, listener)).await
        }
        Command::Demo(args) => demo::run(args, cli.logging.is_asked_for()).await,
        Command::Check(args) => check::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Health(args) => health::run(args).await,
        Command::Local(args) => local::run(args).await,
        Command::Metrics(args) => metrics::run(&args),
    };
    outcome.unwrap_or_else(|error| exit::report(&error))
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| exit::usage(&error))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }
}
