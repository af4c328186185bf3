//! Generates the files that are committed and that a program could write: alert rules, dashboards, the
//! catalogue of metrics and the schema of `/slo`.

pub mod dashboards;
pub mod generate;
pub mod rules;
