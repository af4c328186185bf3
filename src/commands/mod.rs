//! The command line, with one file or module per command. A command parses its arguments, calls the
//! library, prints the result and selects the exit code.

mod audit;
mod check;
mod completions;
mod demo;
mod descriptor_limit;
mod exit;
mod export;
mod first_scrape;
mod health;
mod local;
mod logging;
mod metrics;
mod periodic_tasks;
mod run;
mod service_manager;
mod shutdown_report;
mod signals;
mod sources;
mod table;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use logging::{LogLevel, LogOutput};
pub use sources::SourceArgs;

/// An observability-first Amazon SQS worker for handlers in any language
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
  longshore demo                           # see what it does, without an AWS account
  longshore run                            # process the queues of longshore.toml
  longshore run --queue orders -- ./handle-order
  longshore check                          # show the settings of longshore.toml and their cost
  longshore audit                          # find what the queues of an account waste
  longshore export ops                     # write dashboards, alert rules, runbooks, deploy files
  longshore help check                     # show the full help of one command

Exit codes:
  0   success
  1   failed; the error is on stderr
  3   stopped, but messages were aborted or abandoned
  4   the audit has findings that --fail-on names
  5   the audit could not read everything
  64  wrong usage or configuration";

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::RunArgs),
    Demo(demo::DemoArgs),
    Check(check::CheckArgs),
    Audit(audit::AuditArgs),
    Export(export::ExportArgs),
    Health(health::HealthArgs),
    Local(local::LocalArgs),
    Metrics(metrics::MetricsArgs),
    Completions(completions::CompletionsArgs),
}

impl Command {
    /// The default log level. It is lower for commands whose users watch standard output.
    fn default_log_level(&self) -> LogLevel {
        match self {
            Self::Run(_)
            | Self::Check(_)
            | Self::Completions(_)
            | Self::Export(_)
            | Self::Health(_)
            | Self::Metrics(_) => LogLevel::Info,
            Self::Local(_) => LogLevel::Warn,
            // Its report and its errors contain what dependencies would log.
            Self::Audit(_) => LogLevel::Error,
            Self::Demo(_) => LogLevel::Off,
        }
    }
}

/// The command line, for completions and man pages.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the program with the command line of this process.
pub async fn main() -> ExitCode {
    let cli = match parse(std::env::args_os()) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let output = match LogOutput::start() {
        Ok(output) => output,
        Err(error) => return exit::print_start_error(&error),
    };
    descriptor_limit::raise();
    let code = execute(cli, &output).await;
    output.finish();
    code
}

async fn execute(cli: Cli, output: &LogOutput) -> ExitCode {
    let level = cli.command.default_log_level();
    let start_logging = |traces| logging::init(&cli.logging, level, output, traces);
    // `run` starts logging after it has read the configuration, because that sets up the traces.
    if !matches!(cli.command, Command::Run(_)) {
        start_logging(None);
    }
    let outcome = match cli.command {
        Command::Run(args) => run::run(args, output, start_logging).await,
        Command::Demo(args) => demo::run(args, cli.logging.level_is_set()).await,
        Command::Audit(args) => audit::run(args).await,
        Command::Check(args) => check::run(&args),
        Command::Completions(args) => completions::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Health(args) => health::run(args).await,
        Command::Local(args) => local::run(args).await,
        Command::Metrics(args) => metrics::run(&args),
    };
    outcome.unwrap_or_else(|error| exit::print_error(&error, output))
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Cli, ExitCode> {
    Cli::try_parse_from(arguments).map_err(|error| exit::print_usage(&error))
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }
}
