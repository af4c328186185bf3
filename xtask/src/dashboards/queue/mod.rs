//! One queue: its SLOs, its polling, its money, its time and its work.

mod latency;
mod money;
mod objectives;
mod overview;
mod polling;
mod settings;
mod work;

use super::dashboard::{Dashboard, Section, section};
use crate::rules::Dashboard as Which;

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        which: Which::Queue,
        title: "Longshore / Queue",
        about: "One SQS queue that Longshore works: is it within its objectives, how is it polled, what does it \
                cost, how late is it, and what is in hand?",
        is_of_one_queue: true,
        lead: "**Healthy:** no alert fires, budgets are above 0 %, waste is near $0, the backlog comes back to \
               zero. **Otherwise** do what the firing alerts say; the rows below show why.",
        sections: vec![
            Section { title: None, panels: overview::panels() },
            section("Objectives", objectives::panels()),
            section("Polling", polling::panels()),
            section("Money", money::panels()),
            section("Latency and lag", latency::panels()),
            section("Work in hand", work::panels()),
            section("Settings", settings::panels()),
        ],
    }
}
