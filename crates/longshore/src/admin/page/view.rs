//! The page as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use askama::Template;

use super::charts::Scales;
use super::figure::Figure;
use super::overview::{DETAILS, Group, Overview};
use super::plots::{HEIGHT, WIDTH, top};
use super::queue::Queue;
use super::rates::{self, RateStep};
use super::selection::Selection;
use super::verdict_view::VerdictView;
use crate::format;
use crate::report::Report;
use crate::telemetry::QueueMetrics;

#[derive(Template)]
#[template(path = "page.html")]
struct Page<'a> {
    version: &'static str,
    now: String,
    /// The shutdown in progress, or the verdict on all queues.
    heading: VerdictView,
    /// During a shutdown, the verdict on all queues.
    until_then: Option<VerdictView>,
    span: String,
    spend: Figure,
    waste: Figure,
    in_flight: Figure,
    has_filter: bool,
    filter: &'a str,
    listed: String,
    /// Empty for one queue, because the heading is about that.
    groups: Vec<Group>,
    /// Whether the details of some queues are not on the page.
    is_partial: bool,
    queues: Vec<Queue>,
    width: u32,
    height: u32,
}

/// Renders the page. `metrics` are those of the queues of the report, in the same order.
pub(super) fn html(
    report: &Report,
    metrics: &[Arc<QueueMetrics>],
    selection: &Selection,
) -> String {
    let Overview { groups, details, listed } = Overview::new(report, selection);
    let verdict = VerdictView::from(&report.fleet.verdict);
    let (heading, until_then) = match &report.fleet.stopping {
        Some(stopping) => {
            let heading = VerdictView::from(stopping);
            let advice = verdict.advice.clone().filter(|_| heading.advice.is_none());
            (heading, Some(VerdictView { advice, ..verdict }))
        }
        None => (verdict, None),
    };
    let page = Page {
        version: report.version,
        now: httpdate::fmt_http_date(SystemTime::now()),
        heading,
        until_then,
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
        has_filter: report.queues.len() > DETAILS || !selection.filter().is_empty(),
        filter: selection.filter(),
        listed,
        groups,
        is_partial: details.len() < report.queues.len(),
        queues: queues(report, metrics, &details),
        width: WIDTH,
        height: HEIGHT,
    };
    page.render().expect("writing to a String does not fail")
}

/// The details of these queues.
fn queues(report: &Report, metrics: &[Arc<QueueMetrics>], places: &[usize]) -> Vec<Queue> {
    let series: BTreeMap<usize, Vec<RateStep>> =
        places.iter().map(|place| (*place, rates::last_hour(&metrics[*place]))).collect();
    let steps = || series.values().flatten();
    // One scale for all queues, so that they can be compared.
    let scales = Scales {
        dollars: top(steps().map(|step| step.usd_per_month), 1.0),
        receives: top(
            steps().flat_map(|step| [step.empty_receives, step.receives_with_messages]),
            0.5,
        ),
    };
    let queue = |place: &usize| Queue::new(*place, &report.queues[*place], &series[place], &scales);
    places.iter().map(queue).collect()
}

/// The part of the last hour that the figures cover.
fn span(report: &Report) -> String {
    let covered = report.queues.iter().map(|queue| queue.cost.covered_seconds);
    format::span(covered.fold(0.0, f64::max))
}
