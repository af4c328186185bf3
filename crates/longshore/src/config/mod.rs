//! What a worker and its queues are configured with, as plain values.

mod address;
mod budget;
pub mod objectives;
mod options;

pub use address::{is_http_url, objection};
pub use budget::{StopBudget, Term};
pub use objectives::ObjectivesConfig;
pub use options::{
    AwsConfig, HandlerConfig, OnReject, QueueAddress, QueueConfig, RetryConfig, ShutdownConfig,
};
