//! The settings of `[otlp]`, which are named like the variables of OpenTelemetry.

mod environment;
mod settings;

pub(super) use environment::warnings;
