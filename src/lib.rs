//! Longshore, an Amazon SQS worker that you can see inside.

pub mod admin;
pub mod cli;
pub mod config;
pub mod demo;
pub mod handler;
pub mod local;
pub mod queue;
pub mod telemetry;
pub mod worker;

pub use config::{AwsConfig, QueueAddress, QueueConfig};
pub use handler::{AnyHandler, Context, Handler, IntoVerdict, Verdict};
pub use queue::{Connection, Message};
pub use worker::{Ledger, Report, Stop, Worker};
