//! All queues: is the fleet healthy, what does it waste, and who is worst?

mod budgets;
mod money;
mod overview;
mod queues;
mod receives;
mod traffic;

use super::dashboard::{Dashboard, Section, section};
use crate::rules::Dashboard as Which;

pub(super) fn dashboard() -> Dashboard {
    Dashboard {
        which: Which::Fleet,
        title: "Longshore / Fleet",
        about: "All SQS queues that Longshore works: health, waste in dollars, and which queue is worst.",
        is_of_one_queue: false,
        lead: "**Healthy:** no alert fires, no budget is overspent, waste is near $0. \
               **Otherwise** do what the firing alerts say, then open the first queue of the table.",
        sections: vec![
            Section { title: None, panels: overview::panels() },
            section("Empty receives: billed like full ones", receives::panels()),
            section("Money", money::panels()),
            section("Error budgets", budgets::panels()),
            section("Traffic", traffic::panels()),
        ],
    }
}
