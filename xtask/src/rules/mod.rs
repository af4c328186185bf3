//! The rules for Prometheus, made from the table of windows and written as files that never need editing:
//! queues, objectives and prices are series that the workers export.

mod burn;
mod files;
mod group;
mod money;
mod scale;
mod settings;
mod workers;
mod yaml;

use std::time::Duration;

pub use longshore::slo::verdict::{RUNBOOKS, runbook_url};

pub use burn::FELT;
pub use files::{GeneratedFile, generated_files};
pub use group::{Alert, Dashboard, Group, Rule};
pub use scale::Scale;

/// What series of a queue are aggregated to. Labels that a site does not have simply are not there.
pub const BY_QUEUE: &str = "cluster, namespace, job, queue";
/// What series of an SLO are aggregated to.
pub const BY_SLO: &str = "cluster, namespace, job, queue, slo";

/// Every group, in the order of the files.
pub fn groups(scale: Scale) -> Vec<Group> {
    let mut slo = settings::recordings(scale);
    slo.extend(burn::recordings(scale));
    slo.extend(money::recordings(scale));
    slo.extend(burn::alerts(scale));
    slo.extend(money::alerts(scale));
    slo.extend(settings::alerts(scale));
    vec![
        Group {
            name: "longshore-slo",
            about: "Objectives, burn rates and money. One group, since a rule sees the latest value only of \
                    what its own group recorded above it.",
            interval: minutes(1),
            rules: slo,
        },
        Group {
            name: "longshore-workers",
            about: "What stops, crashes and stalls do to messages.",
            interval: minutes(1),
            rules: workers::alerts(scale),
        },
        Group {
            name: "longshore-budget-left",
            about: "What is left of each 30-day error budget, for dashboards. If Prometheus keeps less than \
                    30 days, it is of what it keeps.",
            interval: minutes(5),
            rules: burn::budget_left(scale),
        },
    ]
}

fn name_of(what: &str, window: &str) -> String {
    format!("job_queue:longshore_{what}{window}")
}

const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}
