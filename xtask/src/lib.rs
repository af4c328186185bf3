//! Generates committed files: the alert rules, the dashboards, the references of metrics and
//! settings, and the schemas.

pub mod cloudwatch;
pub mod dashboards;
pub mod generate;
pub mod man;
pub mod rules;
pub mod series;
