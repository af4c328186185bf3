//! Panics in the log. The standard hook writes to stderr itself, so a stuck stderr would block the
//! thread that panics.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{self, PanicHookInfo};

use tracing::Level;

use super::output::LogOutput;

/// Logs every panic of this process from here on. Prints it if the log level is `off`.
pub(super) fn log_to(output: LogOutput) {
    panic::set_hook(Box::new(move |info| {
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then_some(backtrace);
        let location = info.location().map(ToString::to_string).unwrap_or_default();
        let message = message(info);
        if tracing::enabled!(Level::ERROR) {
            let backtrace = backtrace.map(tracing::field::display);
            tracing::error!(panic = message, location, backtrace, "thread panicked");
        } else {
            output.print(&format!("thread panicked at {location}: {message}"));
        }
    }));
}

fn message<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload_as_str().unwrap_or("the panic has no text")
}
