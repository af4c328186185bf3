//! Rules for queues whose consumers are not Longshore: `alerts/cloudwatch.rules.yml`, over the
//! `AWS/SQS` metrics of CloudWatch as an exporter brings them to Prometheus.
//!
//! The first rules give the series of every exporter one name, `sqs:…`, and the labels
//! `account_id`, `region` and `queue`. All other rules and the dashboard read only these.

mod alerts;
mod derived;
mod exporter;
mod files;
mod metric;
mod setting;

pub use exporter::{EXPORTERS, Exporter};
pub use files::{generated_files, group};
pub use metric::{METRICS, Metric, Statistic};
pub use setting::{DEAD_LETTER_NAME, Setting, settings};

/// The labels of a queue. A label that the exporter does not add is absent.
pub const BY_QUEUE: &str = "account_id, region, queue";
/// The labels of all queues of an account in a region.
pub const BY_REGION: &str = "account_id, region";
