//! A queue's charts, each with a text description.

use super::plots::{self, Axis, Line, Role, Stroke, lines, top};
use super::rates::RateStep;
use crate::format::{about_dollars, count, rate, span, thousands, time};
use crate::label::LabelSet;
use crate::report::{LatencyReport, QueueReport, State};
use crate::slo::Slo;

/// The upper ends of the axes, the same for all queues.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales {
    pub(super) dollars: f64,
    pub(super) receives: f64,
}

/// One chart.
#[derive(Debug)]
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// The text description. It replaces the drawing if there is none.
    pub(super) words: String,
    /// The class and the name of each line.
    pub(super) key: &'static [(&'static str, &'static str)],
    /// The drawing; `None` if there is nothing to draw yet.
    pub(super) svg: Option<String>,
}

/// A line needs at least this number of steps.
const MIN_STEPS: usize = 2;

/// The charts of a queue.
pub(super) fn charts(report: &QueueReport, steps: &[RateStep], scales: &Scales) -> Vec<Chart> {
    let end = if report.work.state == State::Ended { "end" } else { "now" };
    let axis =
        |top, show| Axis { seconds: steps.first().map_or(1.0, |step| step.from), end, top, show };
    // The traffic of a queue has its own scale. Cost is compared between queues.
    let busiest = top(steps.iter().flat_map(|step| [step.processed, step.failed]), 1.0);
    vec![
        money(steps, axis(scales.dollars, axis_dollars)),
        receives(steps, axis(scales.receives, axis_rate)),
        messages(steps, axis(busiest, axis_rate)),
        latency(report),
    ]
}

fn money(steps: &[RateStep], axis: Axis) -> Chart {
    let spend = line(steps, Role::Ink, Stroke::Solid, |step| step.usd_per_month);
    let waste = line(steps, Role::Bad, Stroke::Filled, |step| step.wasted_usd_per_month);
    let words = [
        describe("dollars per month", steps, |step| step.usd_per_month, about_dollars),
        describe("of these, waste", steps, |step| step.wasted_usd_per_month, about_dollars),
    ];
    chart(
        "Cost per month",
        &[("spend", "cost"), ("waste", "waste")],
        steps,
        words.join("; "),
        || lines(&axis, &[waste, spend]),
    )
}

fn receives(steps: &[RateStep], axis: Axis) -> Chart {
    let empty = line(steps, Role::Bad, Stroke::Filled, |step| step.empty_receives);
    let full = line(steps, Role::Accent, Stroke::Solid, |step| step.receives_with_messages);
    let floor = line(steps, Role::Ink, Stroke::Dashed, |step| step.long_poll_floor);
    let words = [
        describe("empty receives per second", steps, |step| step.empty_receives, rate),
        describe("with messages", steps, |step| step.receives_with_messages, rate),
        describe("minimum with long polling", steps, |step| step.long_poll_floor, rate),
    ];
    chart(
        "Receives per second",
        &[
            ("waste", "empty"),
            ("use", "with messages"),
            ("floor", "minimum of empty receives with long polling"),
        ],
        steps,
        words.join("; "),
        || lines(&axis, &[empty, full, floor]),
    )
}

fn messages(steps: &[RateStep], axis: Axis) -> Chart {
    let processed = line(steps, Role::Accent, Stroke::Solid, |step| step.processed);
    let failed = line(steps, Role::Bad, Stroke::Dashed, |step| step.failed);
    let words = [
        describe("processed messages per second", steps, |step| step.processed, rate),
        describe("failed by the handler", steps, |step| step.failed, rate),
    ];
    chart(
        "Messages per second",
        &[("use", "processed and deleted"), ("failed", "failed by the handler")],
        steps,
        words.join("; "),
        || lines(&axis, &[processed, failed]),
    )
}

fn latency(report: &QueueReport) -> Chart {
    let LatencyReport { count: handlers, buckets, .. } = &report.latency;
    let threshold = report.slos[Slo::Latency.index()].threshold_seconds;
    let within = |seconds: Option<f64>| match seconds {
        Some(seconds) => format!("at most {}", time(seconds)),
        None => "above the largest bucket".to_owned(),
    };
    let words = if *handlers == 0 {
        "No handler ended in this time.".to_owned()
    } else {
        format!(
            "{}: p50 {}, p99 {}; the threshold is {}.",
            count(*handlers, "handler"),
            within(report.latency.half_within_seconds),
            within(report.latency.most_within_seconds),
            time(threshold.unwrap_or_default())
        )
    };
    let counts: Vec<_> = buckets.iter().map(|bucket| bucket.count).collect();
    let bounds: Vec<_> = buckets.iter().filter_map(|bucket| bucket.at_most_seconds).collect();
    let svg = (*handlers > 0).then(|| plots::latency(&counts, &bounds, threshold));
    let key: &[_] = &[("share", "share of handlers"), ("limit", "threshold of the objective")];
    Chart { title: "Handler time", words, key, svg }
}

fn chart(
    title: &'static str,
    key: &'static [(&'static str, &'static str)],
    steps: &[RateStep],
    words: String,
    svg: impl FnOnce() -> String,
) -> Chart {
    let enough = steps.len() >= MIN_STEPS;
    let words = if enough {
        let span = span(steps[0].from);
        format!("The last {span}: {words}.")
    } else {
        "No data yet: this needs a few seconds.".to_owned()
    };
    Chart { title, words, key, svg: enough.then(svg) }
}

fn line(steps: &[RateStep], role: Role, stroke: Stroke, value: fn(&RateStep) -> f64) -> Line {
    let first = steps.first().map(|step| (-step.from, value(step)));
    let points =
        first.into_iter().chain(steps.iter().map(|step| (-step.to, value(step)))).collect();
    Line { role, stroke, points }
}

/// A line as text: its minimum, its maximum and its last value.
fn describe(
    what: &str,
    steps: &[RateStep],
    value: fn(&RateStep) -> f64,
    show: fn(f64) -> String,
) -> String {
    let least = steps.iter().map(value).fold(f64::INFINITY, f64::min);
    let most = steps.iter().map(value).fold(0.0, f64::max);
    let last = steps.last().map_or(0.0, value);
    let [least, most, last] = [least, most, last].map(show);
    if least == most {
        format!("{what} {last}")
    } else {
        format!("{what} {least} to {most}, last {last}")
    }
}

fn axis_dollars(value: f64) -> String {
    if value < 10.0 && value.fract() != 0.0 {
        format!("${value:.2}")
    } else {
        format!("${}", thousands(value as u64))
    }
}

fn axis_rate(value: f64) -> String {
    let text = if value < 10.0 { format!("{value:.2}") } else { thousands(value as u64) };
    text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
}
