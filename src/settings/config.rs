//! The settings as the commands see them: plain values, already checked.

use std::net::SocketAddr;

use longshore::config::{AwsConfig, QueueConfig, ShutdownConfig};
use longshore::otlp::OtlpConfig;

/// Everything that `longshore run` is configured with.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How to reach SQS.
    pub aws: AwsConfig,
    /// The HTTP endpoint that shows metrics and health.
    pub admin: AdminConfig,
    /// The time budget of a shutdown.
    pub shutdown: ShutdownConfig,
    /// What is exported by OTLP, and where to.
    pub otlp: OtlpConfig,
    /// Messages that may be handled at once, over all queues. `None`: only the queues' own limits apply.
    pub concurrency: Option<usize>,
    /// The queues, each with its own poll loops.
    pub queues: Vec<QueueConfig>,
}

/// The admin endpoint.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// The address that it listens on. Defaults to 127.0.0.1:9464.
    pub listen: SocketAddr,
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)) }
    }
}
