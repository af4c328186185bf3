//! What the worker is told: file, environment and flags become one validated value. Every option has
//! a value and a known source; nothing is read from the environment anywhere else.

mod address;
mod budget;
mod document;
mod effective;
mod load;
pub mod objectives;
mod options;
mod otlp;
mod place;
mod problem;
mod queues;
mod rules;
mod schema;
mod section;
mod setting;
mod sources;
mod unknown;

pub use budget::{StopBudget, Term};
pub use effective::Effective;
pub use load::{Loaded, load};
pub use objectives::ObjectivesConfig;
pub use options::{
    AdminConfig, AwsConfig, Config, HandlerConfig, OnReject, QueueAddress, QueueConfig,
    RetryConfig, ShutdownConfig,
};
pub use otlp::{
    Destination, Endpoint, Exported, Interval, OtlpCompression, OtlpConfig, OtlpProtocol,
    Propagator, PushedMetricsConfig, SignalConfig, TraceContextUse, TraceSampler, TracesConfig,
};
pub use place::{Place, Position, Source};
pub use problem::{ConfigError, Problem};
pub use sources::{FlagValue, Sources};
