//! The busiest message groups of a queue, as the page shows them.

use super::figure::Figure;
use crate::format::{exact_percent, time};
use crate::report::{GroupReport, GroupsReport};

/// The table of one queue.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) rows: Vec<Row>,
    /// The messages of all groups.
    pub(super) messages: Figure,
}

/// One group, or all others.
#[derive(Debug)]
pub(super) struct Row {
    /// `None`: all groups that have no row.
    pub(super) group: Option<String>,
    pub(super) messages: Figure,
    pub(super) share: Option<Figure>,
    pub(super) mean: Figure,
    pub(super) longest: Option<Figure>,
}

impl Groups {
    pub(super) fn new(pointer: &str, report: &GroupsReport) -> Self {
        let busiest = report.busiest.iter().enumerate();
        let mut rows: Vec<_> = busiest
            .map(|(at, group)| Row::new(&format!("{pointer}/busiest/{at}"), group))
            .collect();
        if report.other_messages > 0 {
            rows.push(Row::others(pointer, report));
        }
        Self { rows, messages: Figure::count(format!("{pointer}/messages"), report.messages) }
    }
}

impl Row {
    fn new(pointer: &str, report: &GroupReport) -> Self {
        let figure = |name: &str, value, show: fn(f64) -> String| {
            Figure::new(format!("{pointer}/{name}"), Some(value), show)
        };
        Self {
            group: Some(report.group.clone()),
            messages: Figure::count(format!("{pointer}/messages"), report.messages),
            share: Some(figure("share", report.share, exact_percent)),
            mean: figure("mean_dwell_seconds", report.mean_dwell_seconds, time),
            longest: Some(figure("longest_dwell_seconds", report.longest_dwell_seconds, time)),
        }
    }

    fn others(pointer: &str, report: &GroupsReport) -> Self {
        let mean = report.other_mean_dwell_seconds;
        Self {
            group: None,
            messages: Figure::count(format!("{pointer}/other_messages"), report.other_messages),
            share: None,
            mean: Figure::new(format!("{pointer}/other_mean_dwell_seconds"), mean, time),
            longest: None,
        }
    }
}
