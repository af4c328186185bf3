//! What the worker is told: file, environment and flags become one validated value. Every option has
//! a value and a known source; nothing is read from the environment anywhere else.

mod options;

pub use options::{
    AdminConfig, AwsConfig, Config, HandlerConfig, HandlerKind, OnReject, QueueAddress,
    QueueConfig, RetryConfig, ShutdownConfig,
};
