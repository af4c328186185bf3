//! Longshore is an Amazon SQS worker that shows what it does and what that costs.
//!
//! It long-polls queues, hands each message to a [`Handler`], extends the message's visibility timeout
//! while the handler runs, settles the message by the handler's verdict, and stops without losing or
//! stranding a message.
//!
//! ```no_run
//! use longshore::{AwsConfig, Connection, Context, Message, QueueAddress, QueueConfig, Stop, Worker};
//!
//! async fn handle(message: Message, _context: Context) -> Result<(), std::io::Error> {
//!     println!("{}", message.body);
//!     Ok(())
//! }
//!
//! # async fn example() -> std::io::Result<()> {
//! let connection = Connection::open(&AwsConfig::default()).await;
//! let orders = QueueConfig::new(QueueAddress::Name("orders".into()));
//! let mut worker = Worker::default();
//! worker.add_sqs(&connection, orders, handle);
//! let report = worker.run(Stop::on_signals()?).await; // SIGTERM or SIGINT drains, a second one hurries
//! println!("{}", report.ledger);
//! # Ok(())
//! # }
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
//! | `otlp` | the export of traces and metrics by OTLP |
//!
//! # Modules
//!
//! Each module uses only those below it.
//!
//! | module | contains |
//! | --- | --- |
//! | `admin` | metrics, health and the status page over HTTP |
//! | [`worker`] | poll, lease, process, settle, drain |
//! | `otlp` | the export of traces and metrics |
//! | [`slo`] | objectives, windows, reports and verdicts |
//! | [`handler`] | the trait, and the handlers for a program and for a URL |
//! | [`queue`] | the interface to SQS |
//! | [`cost`] | how requests are billed, and forecasts |
//! | [`trace`] | the spans |
//! | [`telemetry`] | the catalogue of metrics, and the series |
//! | [`health`] | the progress of the poll loops |
//! | [`config`] | what a worker and its queues are configured with |

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "admin")]
pub mod admin;
pub mod config;
pub mod cost;
#[doc(hidden)]
pub mod format;
pub mod handler;
pub mod health;
pub mod limits;
#[cfg(feature = "otlp")]
pub mod otlp;
pub mod queue;
pub mod slo;
pub mod telemetry;
pub mod trace;
pub mod worker;

pub use config::{AwsConfig, QueueAddress, QueueConfig};
pub use handler::{AnyHandler, Context, Handler, IntoVerdict, Verdict};
pub use queue::{Connection, Message};
pub use worker::{Ledger, Report, Stop, Worker};
