//! The configuration of a worker and its queues. A value of [`QueueConfig`] is always valid.

mod address;
mod aws;
mod batch;
mod breaker;
mod budget;
mod envelope;
pub mod objectives;
mod payloads;
mod queue;
mod retry;
mod rules;
mod shutdown;
mod violation;

pub use address::{QueueAddress, is_http_url};
pub use aws::AwsConfig;
pub use batch::BatchConfig;
pub use breaker::BreakerConfig;
pub use budget::{StopBudget, Term};
pub use envelope::{EnvelopeConfig, S3TestEvent, Unwrap};
pub use objectives::ObjectivesConfig;
pub use payloads::PayloadsConfig;
pub use queue::{QueueConfig, QueueConfigBuilder};
pub use retry::{OnReject, RetryConfig};
pub use rules::{LONGEST_AGE, MAX_IN_FLIGHT};
pub use shutdown::ShutdownConfig;
pub(crate) use violation::Violations;
pub use violation::{InvalidConfig, Violation};
