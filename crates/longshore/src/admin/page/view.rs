//! The page as a whole.

use std::sync::Arc;
use std::time::SystemTime;

use askama::Template;

use super::charts::Scales;
use super::figure::Figure;
use super::plots::{HEIGHT, WIDTH, top};
use super::queue::Queue;
use super::rates;
use super::verdict_view::VerdictView;
use crate::format;
use crate::report::{QueueReport, Report};
use crate::telemetry::QueueMetrics;

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    version: &'static str,
    now: String,
    /// The shutdown in progress, or the verdict on all queues.
    heading: VerdictView,
    stopping: bool,
    fleet: VerdictView,
    span: String,
    spend: Figure,
    waste: Figure,
    in_flight: Figure,
    /// By severity; empty for one queue, because the heading is about that.
    ranking: Vec<Rank>,
    queues: Vec<Queue>,
    width: u32,
    height: u32,
}

struct Rank {
    anchor: usize,
    queue: String,
    verdict: VerdictView,
    spend: Figure,
}

/// Renders the page. `metrics` are those of the queues of the report, in the same order.
pub(super) fn html(report: &Report, metrics: &[Arc<QueueMetrics>]) -> String {
    let series: Vec<_> = metrics.iter().map(|metrics| rates::last_hour(metrics)).collect();
    let steps = || series.iter().flatten();
    // One scale for all queues, so that they can be compared.
    let scales = Scales {
        dollars: top(steps().map(|step| step.usd_per_month), 1.0),
        receives: top(
            steps().flat_map(|step| [step.empty_receives, step.receives_with_messages]),
            0.5,
        ),
    };
    let queues: Vec<_> = (report.queues.iter().zip(&series).enumerate())
        .map(|(index, (queue, steps))| Queue::new(index, queue, steps, &scales))
        .collect();
    let page = Page {
        version: report.version,
        now: httpdate::fmt_http_date(SystemTime::now()),
        heading: heading(report),
        stopping: report.fleet.stopping.is_some(),
        fleet: VerdictView::from(&report.fleet.verdict),
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
    page.render().expect("writing to a String does not fail")
}

fn heading(report: &Report) -> VerdictView {
    match &report.fleet.stopping {
        Some(stopping) => VerdictView::from(stopping),
        None => VerdictView::from(&report.fleet.verdict),
    }
}

/// The part of the last hour that the figures cover.
fn span(report: &Report) -> String {
    let covered = report.queues.iter().map(|queue| queue.cost.covered_seconds);
    format::span(covered.fold(0.0, f64::max))
}

fn ranking(report: &Report) -> Vec<Rank> {
    if report.queues.len() < 2 {
        return Vec::new();
    }
    let mut queues: Vec<_> = report.queues.iter().enumerate().collect();
    queues.sort_by_key(|(_, queue)| std::cmp::Reverse((queue.verdict.level, queue.verdict.harm)));
    let rank = |(anchor, queue): (usize, &QueueReport)| Rank {
        anchor,
        queue: queue.queue.clone(),
        verdict: VerdictView::from(&queue.verdict),
        spend: Figure::dollars(
            format!("/queues/{anchor}/cost/projected_spend_per_month_usd"),
            queue.cost.projected_spend_per_month_usd,
        ),
    };
    queues.into_iter().map(rank).collect()
}
