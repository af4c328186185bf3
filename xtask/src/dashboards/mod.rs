//! The Grafana dashboards in `dashboards/`: one for the fleet, one for a queue, one for shutdowns, and one
//! for queues of any consumer, from the metrics of CloudWatch.
//!
//! Each panel has queries and a description: what it shows, which values are good, and what to do
//! if the values are not good. `longshore export` writes the generated files.

mod alerts;
mod cloudwatch;
mod dashboard;
mod files;
mod fleet;
mod frame;
mod options;
mod panel;
mod panel_json;
mod promql;
mod query;
mod queue;
mod shared_panels;
mod shutdown;
mod style;
mod table;
mod what_to_do;

pub use dashboard::Dashboard;
pub use files::{all, generated_files};
pub use what_to_do::FIRST_STEPS;
