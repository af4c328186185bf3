//! Longshore, an Amazon SQS worker that you can see inside.
//!
//! It long-polls queues, hands each message to a [`Handler`], keeps the message invisible meanwhile,
//! settles it by what the handler said, and stops without losing or stranding one. [`Worker`] has an
//! example.
//!
//! The modules stand one above the other; each uses only those below it:
//!
//! | module | is |
//! | --- | --- |
//! | [`cli`] | the commands of the program |
//! | [`demo`] | the story, played in one process |
//! | [`admin`] | metrics, health and the status page over HTTP |
//! | [`worker`] | poll, lease, process, settle, drain |
//! | [`handler`] | the trait, and handlers that need no Rust |
//! | [`dashboards`] | what people look at in Grafana |
//! | [`slo`] | objectives, windows, and the rules made of them |
//! | [`queue`] | the seam to SQS |
//! | [`local`] | an SQS-compatible queue in memory |
//! | [`telemetry`] | the catalogue of metrics, and health |
//! | [`config`] | file, environment and flags as one value |

pub mod admin;
pub mod cli;
pub mod config;
pub mod dashboards;
pub mod demo;
pub mod handler;
pub mod local;
pub mod queue;
pub mod slo;
pub mod telemetry;
pub mod worker;

pub use config::{AwsConfig, QueueAddress, QueueConfig};
pub use handler::{AnyHandler, Context, Handler, IntoVerdict, Verdict};
pub use queue::{Connection, Message};
pub use worker::{Ledger, Report, Stop, Worker};

/// The README's examples, compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
