//! Longshore is an Amazon SQS worker that shows what it does and what that costs.
//!
//! It long-polls queues, hands each message to a [`Handler`], extends the message's visibility
//! timeout while the handler runs, settles the message by the handler's verdict, and stops without
//! losing or stranding a message.
//!
//! ```no_run
//! use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Worker};
//!
//! async fn handle(message: Message, _context: Context) -> Result<(), std::io::Error> {
//!     println!("{}", message.body);
//!     Ok(())
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let connection = Connection::open(&AwsConfig::default()).await?;
//!     let orders = QueueConfig::builder("orders").concurrency(50).build()?;
//!     let worker = Worker::builder().add_sqs(&connection, orders, handle).build()?;
//!     // The first SIGTERM, SIGINT, SIGQUIT or SIGHUP drains the worker. The second ends the grace.
//!     let report = worker.run(Stop::on_signals()?).await;
//!     println!("{}", report.ledger);
//!     Ok(())
//! }
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `admin` (default) | the HTTP endpoint with `/metrics`, `/livez`, `/readyz` and `/slo` |
//! | `page` | the status page for people, at `/` of that endpoint |
//! | `command` | a handler that runs a program for each message |
//! | `http` | a handler that posts each message to a URL |
//! | `dynamodb` | tables of DynamoDB, for the sender of periodic tasks |
//! | `otlp` | the export of traces and metrics by OTLP |
//! | `s3` | payloads that are too large for SQS, in S3 |
//! | `testing` | test doubles: a fake queue, a fake store of payloads, and the context of a handler under test |
//!
//! # Modules
//!
//! Each module uses only modules below it.
//!
//! | module | contains |
//! | --- | --- |
//! | `admin` | metrics, health, the report and the status page over HTTP |
//! | [`report`] | objectives, cost and work of each queue, with a verdict |
//! | [`worker`] | poll, lease, process, settle, drain |
//! | `otlp` | the export of traces and metrics |
//! | `testing` | test doubles for queues and handlers |
//! | [`telemetry`] | the catalog of metrics, and the series of each queue |
//! | [`slo`] | objectives, and the windows of their alerts |
//! | [`handler`] | the trait, and the handlers for a program and for a URL |
//! | `envelope` | the envelopes of SNS, EventBridge and S3 |
//! | [`queue`] | the interface to SQS |
//! | [`cost`] | how requests are billed, and forecasts |
//! | [`trace`] | the spans |
//! | [`outcome`] | how receives, handlers and messages end |
//! | [`health`] | the progress of the poll loops |
//! | [`config`] | the configuration of a worker and its queues |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "admin")]
pub mod admin;
pub mod config;
pub mod cost;
mod envelope;
#[doc(hidden)]
pub mod format;
pub mod handler;
pub mod health;
pub mod label;
pub mod limits;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod outcome;
pub mod queue;
pub mod report;
pub mod slo;
mod sync;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod trace;
pub mod worker;

pub use config::{AwsConfig, QueueAddress, QueueConfig};
pub use handler::{AnyHandler, BatchHandler, Context, Handler, IntoVerdict, NotReady, Verdict};
pub use queue::{Connection, Message};
pub use worker::{Ledger, Report, Stop, Worker};
