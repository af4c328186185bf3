//! The variables of the worker that its processes do not get.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;

/// The prefix of every variable about a message.
pub(in crate::handler) const PREFIX: &str = "LONGSHORE_";

/// The variables of a trace context, by OpenTelemetry.
/// <https://opentelemetry.io/docs/specs/otel/context/env-carriers/>
pub(in crate::handler) const TRACE: [&str; 3] = ["TRACEPARENT", "TRACESTATE", "BAGGAGE"];

/// The variables of the service manager. A message of a process would look like one of the worker.
const SERVICE_MANAGER: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"];

/// The worker's variables that a process must not inherit: those that look like facts about the
/// message, and those of the service manager.
pub(in crate::handler) fn inherited_names() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _value)| name).filter(|name| {
        let mut known = TRACE.iter().chain(&SERVICE_MANAGER);
        name.as_bytes().starts_with(PREFIX.as_bytes()) || known.any(|known| name == known)
    })
}
