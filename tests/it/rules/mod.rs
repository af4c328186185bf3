//! The rules as PromQL, without a Prometheus: what they read exists, what they record is used, and
//! what the files, runbooks and documents say is what the program makes. promtool judges what they
//! mean.

mod alerts;
pub(crate) mod documents;
mod export;
pub(crate) mod expressions;
mod flavors;
pub(crate) mod known;
pub(crate) mod promql;
mod runbook_commands;
mod site_labels;
mod slo_formats;
