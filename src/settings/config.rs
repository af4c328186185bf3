//! The settings as the commands see them: validated values.

use std::net::SocketAddr;
use std::time::Duration;

use longshore::config::{AwsConfig, QueueConfig, ShutdownConfig};
use longshore::otlp::OtlpConfig;

use super::cron::CronConfig;
use super::handler::HandlerConfig;

/// The settings of `longshore run`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How SQS is reached.
    pub aws: AwsConfig,
    /// The HTTP endpoint with the status page, metrics and health.
    pub admin: AdminConfig,
    /// The time budget of a shutdown.
    pub shutdown: ShutdownConfig,
    /// The export by OTLP.
    pub otlp: OtlpConfig,
    /// Maximum number of messages that all queues together process at the same time. `None`: only
    /// the limit of each queue applies.
    pub concurrency: Option<usize>,
    /// The queues.
    pub queues: Vec<QueueSettings>,
}

/// One queue and its handler.
#[derive(Debug, Clone)]
pub struct QueueSettings {
    /// How the queue is consumed.
    pub config: QueueConfig,
    /// What processes its messages.
    pub handler: HandlerConfig,
    /// Its periodic tasks.
    pub cron: Option<CronConfig>,
}

/// The admin endpoint.
#[derive(Debug, Clone)]
pub struct AdminConfig {
    /// The address that it listens on. Default: 127.0.0.1:9464.
    pub listen: SocketAddr,
    /// How long a run with `--until-empty` waits for the first scrape before its first receive.
    /// Zero disables the wait. Default: see [`Self::effective_first_scrape`].
    pub first_scrape: Option<Duration>,
}

impl AdminConfig {
    /// Twice the usual scrape interval of 15 s.
    const FIRST_SCRAPE: Duration = Duration::from_secs(30);

    /// The wait for the first scrape. By default 30 s, or zero if only this machine can reach the
    /// endpoint.
    pub fn effective_first_scrape(&self) -> Duration {
        let is_local = self.listen.ip().is_loopback();
        self.first_scrape.unwrap_or(if is_local { Duration::ZERO } else { Self::FIRST_SCRAPE })
    }
}

impl Default for AdminConfig {
    fn default() -> Self {
        Self { listen: SocketAddr::from(([127, 0, 0, 1], 9464)), first_scrape: None }
    }
}
