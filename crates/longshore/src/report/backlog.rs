//! Messages that arrive faster than they are processed.

use super::verdict::{Harm, Level, Verdict};
use super::work::WorkReport;
use crate::format::{count, thousands, time};

/// The queue grows although handlers work.
pub(super) fn growing(work: &WorkReport) -> Option<Verdict> {
    let (from, to) = (work.backlog_grew_from?, work.waiting?);
    let says = format!(
        "at risk – the backlog grew from {} to {} within 15 minutes",
        thousands(from),
        count(to, "message")
    );
    Some(at_risk(says))
}

/// The messages that are received get older and older. It shows a growing backlog whose size is not
/// known.
pub(super) fn aging(work: &WorkReport) -> Option<Verdict> {
    let from = work.oldest_received_grew_from_seconds?;
    let to = work.oldest_received_least_seconds?;
    let says = format!(
        "at risk – messages wait longer and longer: {} 10 to 15 min ago, {} now",
        time(from),
        time(to)
    );
    Some(at_risk(says))
}

fn at_risk(says: String) -> Verdict {
    Verdict::new(Level::AtRisk, says)
        .advising("add workers, or raise concurrency")
        .causing(Harm::Waiting)
        .with_runbook("LongshoreBacklogGrowing")
}
