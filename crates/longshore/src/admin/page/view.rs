//! The page as a whole.

use std::sync::Arc;
use std::time::SystemTime;

use askama::Template;

use super::course;
use super::figures::Figure;
use super::plots::{HEIGHT, WIDTH, top};
use super::queue::{Queue, Scales};
use crate::format;
use crate::slo::Report;
use crate::slo::verdict::runbook_url;
use crate::slo::verdict::{Level, Verdict};
use crate::telemetry::QueueMetrics;

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    version: &'static str,
    now: String,
    /// What is to be read first: the stop that is on, or else the verdict on all queues.
    heading: Said,
    stopping: bool,
    fleet: Said,
    span: String,
    spend: Figure,
    waste: Figure,
    in_flight: Figure,
    /// By how bad they are; empty where there is one queue, which the heading is about.
    ranking: Vec<Rank>,
    queues: Vec<Queue>,
    width: u32,
    height: u32,
}

/// A verdict as the page shows it.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// The class that gives it its colour and its shape.
    pub(super) class: &'static str,
    pub(super) says: String,
    pub(super) advice: Option<String>,
    pub(super) runbook: Option<String>,
}

struct Rank {
    anchor: usize,
    queue: String,
    said: Said,
    spend: Figure,
}

impl Said {
    pub(super) fn of(verdict: &Verdict) -> Self {
        let class = match verdict.level {
            Level::Unknown => "unknown",
            Level::Well => "well",
            Level::Wasting => "wasting",
            Level::AtRisk => "at-risk",
            Level::Failing => "failing",
        };
        let says = verdict.says.clone();
        let runbook = verdict.runbook.map(runbook_url);
        Self { class, says, advice: verdict.advice.clone(), runbook }
    }
}

/// The page of this report. `metrics` are the queues that it is of, in its order.
pub(super) fn html(report: &Report, metrics: &[Arc<QueueMetrics>]) -> String {
    let courses: Vec<_> = metrics.iter().map(|metrics| course::of(metrics)).collect();
    let steps = || courses.iter().flatten();
    // One scale for all, so that queues can be compared at a glance.
    let scales = Scales {
        dollars: top(steps().map(|step| step.usd_per_month), 1.0),
        receives: top(
            steps().flat_map(|step| [step.empty_receives, step.receives_with_messages]),
            0.5,
        ),
    };
    let queues: Vec<_> = (report.queues.iter().zip(&courses).enumerate())
        .map(|(index, (queue, course))| Queue::of(index, queue, course, &scales))
        .collect();
    let page = Page {
        version: report.version,
        now: httpdate::fmt_http_date(SystemTime::now()),
        heading: heading(report),
        stopping: report.fleet.stopping.is_some(),
        fleet: Said::of(&report.fleet.verdict),
        span: span(report),
        spend: Figure::dollars(
            "/fleet/projected_spend_per_month_usd",
            report.fleet.projected_spend_per_month_usd,
        ),
        waste: Figure::dollars(
            "/fleet/projected_waste_per_month_usd",
            report.fleet.projected_waste_per_month_usd,
        ),
        in_flight: Figure::count("/fleet/in_flight", report.fleet.in_flight),
        ranking: ranking(report),
        queues,
        width: WIDTH,
        height: HEIGHT,
    };
    page.render().expect("a String takes all that is written to it")
}

fn heading(report: &Report) -> Said {
    let Some(stopping) = &report.fleet.stopping else { return Said::of(&report.fleet.verdict) };
    let class = if stopping.cut_off > 0 { "failing" } else { "stopping" };
    Said { class, says: stopping.says.clone(), advice: None, runbook: None }
}

/// How much of the last hour the figures are of.
fn span(report: &Report) -> String {
    let covered = report.queues.iter().map(|queue| queue.cost.covered_seconds);
    format::span(covered.fold(0.0, f64::max))
}

fn ranking(report: &Report) -> Vec<Rank> {
    if report.queues.len() < 2 {
        return Vec::new();
    }
    let mut queues: Vec<_> = report.queues.iter().enumerate().collect();
    queues.sort_by_key(|(_, queue)| std::cmp::Reverse(queue.verdict.level));
    let rank = |(anchor, queue): (usize, &crate::slo::report::QueueReport)| Rank {
        anchor,
        queue: queue.queue.clone(),
        said: Said::of(&queue.verdict),
        spend: Figure::dollars(
            format!("/queues/{anchor}/cost/projected_spend_per_month_usd"),
            queue.cost.projected_spend_per_month_usd,
        ),
    };
    queues.into_iter().map(rank).collect()
}
