//! Variables of OpenTelemetry without a key of ours: those that its SDK reads, and those that
//! nothing reads.

use std::collections::BTreeSet;

/// Variables that the SDK reads itself. Headers contain secrets, so they are not keys, which
/// `check` would print.
const READ_BY_THE_SDK: &[&str] = &[
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_INSECURE",
    "OTEL_EXPORTER_OTLP_METRICS_HEADERS",
    "OTEL_EXPORTER_OTLP_METRICS_INSECURE",
    "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
];

/// Prefixes about traces, metrics and their export. Others can be meant for the application next to
/// the worker.
const OURS: &[&str] = &[
    "OTEL_BSP_",
    "OTEL_EXPORTER_OTLP_",
    "OTEL_METRIC_",
    "OTEL_METRICS_",
    "OTEL_SPAN_",
    "OTEL_TRACES_",
];
/// Longshore exports no logs: they are lines on standard error.
const LOGS: &str = "OTEL_EXPORTER_OTLP_LOGS_";

/// A warning for each variable that is set and not used.
pub(in crate::settings) fn warnings<'a>(
    names: impl Iterator<Item = &'a str>,
    read_by_us: &BTreeSet<String>,
) -> Vec<String> {
    names
        .filter(|name| OURS.iter().any(|start| name.starts_with(start)) && !name.starts_with(LOGS))
        .filter(|name| !read_by_us.contains(*name) && !READ_BY_THE_SDK.contains(name))
        .map(|name| {
            format!(
                "{name} is set, but neither Longshore nor the OpenTelemetry SDK for Rust uses it"
            )
        })
        .collect()
}
