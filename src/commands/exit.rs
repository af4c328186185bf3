//! Exit codes, and the errors that are printed with them.

use std::process::ExitCode;

use super::logging::LogOutput;
use crate::settings::ConfigError;

/// The command failed.
const FAILED: u8 = 1;

/// A finding of the audit reaches `--fail-on`.
pub(super) const FINDINGS: u8 = 4;

/// A part of what the audit reads could not be read.
pub(super) const INCOMPLETE: u8 = 5;

/// Wrong usage or configuration. This is `EX_USAGE` of sysexits.
pub(super) const USAGE: u8 = 64;

/// Shutdown aborted or abandoned messages.
const UNCLEAN: u8 = 3;

/// A file on the command line cannot be read or used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct InvalidInput(pub(super) String);

/// The exit code of a worker's run. `failed`: a queue could not be consumed. `clean`: no message
/// was aborted or abandoned.
pub(super) fn code_of_run(failed: bool, clean: bool) -> ExitCode {
    match (failed, clean) {
        (true, _) => ExitCode::from(FAILED),
        (false, false) => ExitCode::from(UNCLEAN),
        (false, true) => ExitCode::SUCCESS,
    }
}

/// Prints the error after the last log line, and returns its exit code.
pub(super) fn print_error(error: &anyhow::Error, output: &LogOutput) -> ExitCode {
    output.print(&format!("longshore: {error:#}"));
    let is_usage = error.is::<ConfigError>() || error.is::<InvalidInput>();
    ExitCode::from(if is_usage { USAGE } else { FAILED })
}

/// Prints the error of a process that cannot write log lines, and returns its exit code.
pub(super) fn print_start_error(error: &std::io::Error) -> ExitCode {
    eprintln!("longshore: cannot start the thread that writes the log: {error}");
    ExitCode::from(FAILED)
}

/// Prints a message of clap and returns its exit code. For clap, help and version are errors too.
pub(super) fn print_usage(error: &clap::Error) -> ExitCode {
    if error.print().is_err() {
        return ExitCode::from(FAILED);
    }
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}
