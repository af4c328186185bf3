//! The settings of `[otlp]`, which go by the names of OpenTelemetry's own variables.

mod environment;
mod settings;

pub(super) use environment::warnings;
