//! Pods that come and go, and what becomes of their messages.

mod again;
mod gone;
mod ledger;
mod overview;
mod pods;
mod processes;

use super::dashboard::{Dashboard, Section, section};
use crate::rules::Dashboard as Which;

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        which: Which::Shutdown,
        title: "Longshore / Shutdown and scaling",
        about: "Workers that start, drain and vanish, and what became of the messages in their hands.",
        is_of_one_queue: false,
        lead: "**Healthy:** nothing was cut off, abandoned, or vanished with messages in hand. **Otherwise** give \
               handlers more time (`shutdown.grace` and the platform's limit), or find out what kills the workers.",
        sections: vec![
            Section { title: None, panels: overview::panels() },
            section("Pods", pods::panels()),
            section("What stops did to messages", ledger::panels()),
            section("Cut off, and come again", again::panels()),
            section("Workers that are gone", gone::panels()),
            section("Processes", processes::panels()),
        ],
    }
}
