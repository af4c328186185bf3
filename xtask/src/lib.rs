//! Generates committed files: the alert rules, the dashboards, the table of metrics and the schema
//! of `/slo`.

pub mod dashboards;
pub mod generate;
pub mod rules;
