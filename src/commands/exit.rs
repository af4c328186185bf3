//! Exit codes, and the last words on stderr that go with them.

use std::process::ExitCode;

use crate::settings::ConfigError;

/// Something failed.
const FAILED: u8 = 1;

/// Wrong usage or configuration: `EX_USAGE` of sysexits.
pub(super) const USAGE: u8 = 64;

/// A stop that aborted or abandoned messages.
const UNCLEAN: u8 = 3;

/// How a worker's run ended.
pub(super) fn stopped(clean: bool, reached: bool) -> ExitCode {
    match (reached, clean) {
        (false, _) => ExitCode::from(FAILED),
        (true, false) => ExitCode::from(UNCLEAN),
        (true, true) => ExitCode::SUCCESS,
    }
}

/// Says what went wrong, and which exit code that is.
pub(super) fn report(error: &anyhow::Error) -> ExitCode {
    eprintln!("longshore: {error:#}");
    if error.is::<ConfigError>() { ExitCode::from(USAGE) } else { ExitCode::from(FAILED) }
}

/// Prints what clap has to say: help and version are no failure.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    if error.print().is_err() {
        return ExitCode::from(FAILED);
    }
    if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS }
}
