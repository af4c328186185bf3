//! One signal's export: its destination, its state, and why it cannot start.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The export of one signal.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Export {
    /// `traces` or `metrics`.
    pub signal: &'static str,
    /// The URL of the collector, without secrets.
    pub collector: String,
    /// Whether the last attempt failed.
    pub(super) failed: Arc<AtomicBool>,
}

/// Why the export cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// The exporter cannot be built, mostly because of TLS or compression.
    #[error("cannot export {signal} to {collector}: {source}")]
    Exporter {
        /// `traces` or `metrics`.
        signal: &'static str,
        /// The URL of the collector.
        collector: String,
        /// The error of the SDK.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The runtime of the export cannot start.
    #[error("cannot start the runtime of the OTLP export")]
    Runtime(#[source] std::io::Error),
}
