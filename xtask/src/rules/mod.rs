//! The Prometheus rules in `alerts/`, made from the table of windows. The files need no editing,
//! because queues, objectives and prices are series that the workers export.

mod burn;
mod calls;
mod cost;
mod counts;
mod dead_letters;
mod ends;
mod fifo;
mod files;
mod grafana;
mod group;
mod losses;
mod payloads;
mod periodic_tasks;
mod progress;
mod requests;
mod scale;
mod settings;
mod spend;
mod workers;
mod yaml;

pub use longshore::report::{RUNBOOKS, runbook_url};

pub use burn::USER_FACING_SLOS;
pub use files::{GeneratedFile, generated_files, groups};
pub use group::{
    Alert, BY_FLEET, BY_PROCESS, BY_QUEUE, BY_SLO, BY_WORKER, DashboardId, Group, Rule, SITE,
};
pub use scale::Scale;

pub(crate) use files::prometheus_rule;
pub(crate) use group::record;
pub(crate) use scale::minutes;
pub(crate) use yaml::groups as groups_as_yaml;
