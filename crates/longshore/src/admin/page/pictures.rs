//! A queue's plots, each with what it shows in words.

use super::course::Step;
use super::plots::{self, Axis, Line, Role, Stroke, lines, top};
use super::queue::Scales;
use crate::format::{about_dollars, count, rate, span, thousands, time};
use crate::slo::report::{LatencyReport, QueueReport, State};
use crate::telemetry::{LabelSet, Slo};

/// One plot.
#[derive(Debug)]
pub(super) struct Picture {
    pub(super) title: &'static str,
    /// What it shows, for those who cannot see it; instead of it where it would be empty.
    pub(super) words: String,
    /// The class and the name of each line.
    pub(super) key: &'static [(&'static str, &'static str)],
    /// The drawing; `None` where there is nothing to draw yet.
    pub(super) svg: Option<String>,
}

/// Under so many steps there is no course to be seen.
const FEWEST_STEPS: usize = 2;

pub(super) fn of(report: &QueueReport, course: &[Step], scales: &Scales) -> Vec<Picture> {
    let end = if report.work.state == State::Ended { "end" } else { "now" };
    let axis =
        |top, show| Axis { seconds: course.first().map_or(1.0, |step| step.from), end, top, show };
    // What a queue has to do is its own; what it costs is compared.
    let busiest = top(course.iter().flat_map(|step| [step.handled, step.failed]), 1.0);
    vec![
        money(course, axis(scales.dollars, axis_dollars)),
        receives(course, axis(scales.receives, axis_rate)),
        messages(course, axis(busiest, axis_rate)),
        latency(report),
    ]
}

fn money(course: &[Step], axis: Axis) -> Picture {
    let spend = line(course, Role::Ink, Stroke::Solid, |step| step.usd_per_month);
    let waste = line(course, Role::Bad, Stroke::Filled, |step| step.wasted_usd_per_month);
    let words = [
        told("dollars a month", course, |step| step.usd_per_month, about_dollars),
        told("of these wasted", course, |step| step.wasted_usd_per_month, about_dollars),
    ];
    picture(
        "Dollars a month",
        &[("spend", "spent"), ("waste", "of it wasted")],
        course,
        words.join("; "),
        || lines(&axis, &[waste, spend]),
    )
}

fn receives(course: &[Step], axis: Axis) -> Picture {
    let empty = line(course, Role::Bad, Stroke::Filled, |step| step.empty_receives);
    let full = line(course, Role::Accent, Stroke::Solid, |step| step.receives_with_messages);
    let floor = line(course, Role::Ink, Stroke::Dashed, |step| step.long_poll_floor);
    let words = [
        told("empty receives a second", course, |step| step.empty_receives, rate),
        told("with messages", course, |step| step.receives_with_messages, rate),
        told("the floor of long polling", course, |step| step.long_poll_floor, rate),
    ];
    picture(
        "Receives a second",
        &[
            ("waste", "empty"),
            ("use", "with messages"),
            ("floor", "empty at least, with long polls"),
        ],
        course,
        words.join("; "),
        || lines(&axis, &[empty, full, floor]),
    )
}

fn messages(course: &[Step], axis: Axis) -> Picture {
    let handled = line(course, Role::Accent, Stroke::Solid, |step| step.handled);
    let failed = line(course, Role::Bad, Stroke::Dashed, |step| step.failed);
    let words = [
        told("messages handled a second", course, |step| step.handled, rate),
        told("failed by their handler", course, |step| step.failed, rate),
    ];
    picture(
        "Messages a second",
        &[("use", "handled and deleted"), ("failed", "failed, to be retried")],
        course,
        words.join("; "),
        || lines(&axis, &[handled, failed]),
    )
}

fn latency(report: &QueueReport) -> Picture {
    let LatencyReport { count: handlers, buckets, .. } = &report.latency;
    let threshold = report.slos[Slo::Latency.index()].threshold_seconds;
    let within = |seconds: Option<f64>| match seconds {
        Some(seconds) => format!("within {}", time(seconds)),
        None => "above every bound".to_owned(),
    };
    let words = if *handlers == 0 {
        "No handler has ended in this time.".to_owned()
    } else {
        format!(
            "{}: half {}, 99 % {}; the limit is {}.",
            count(*handlers, "handler"),
            within(report.latency.half_within_seconds),
            within(report.latency.most_within_seconds),
            time(threshold.unwrap_or_default())
        )
    };
    let counts: Vec<_> = buckets.iter().map(|bucket| bucket.count).collect();
    let bounds: Vec<_> = buckets.iter().filter_map(|bucket| bucket.at_most_seconds).collect();
    let svg = (*handlers > 0).then(|| plots::latency(&counts, &bounds, threshold));
    let key: &[_] = &[("share", "share of the handlers"), ("limit", "limit of the objective")];
    Picture { title: "How long handlers took", words, key, svg }
}

fn picture(
    title: &'static str,
    key: &'static [(&'static str, &'static str)],
    course: &[Step],
    words: String,
    svg: impl FnOnce() -> String,
) -> Picture {
    let enough = course.len() >= FEWEST_STEPS;
    let words = if enough {
        let span = span(course[0].from);
        format!("The last {span}: {words}.")
    } else {
        "Too early to tell: this needs a few seconds.".to_owned()
    };
    Picture { title, words, key, svg: enough.then(svg) }
}

fn line(course: &[Step], role: Role, stroke: Stroke, value: fn(&Step) -> f64) -> Line {
    let first = course.first().map(|step| (-step.from, value(step)));
    let points =
        first.into_iter().chain(course.iter().map(|step| (-step.to, value(step)))).collect();
    Line { role, stroke, points }
}

/// A line in words: from the least to the most, and the latest.
fn told(what: &str, course: &[Step], value: fn(&Step) -> f64, show: fn(f64) -> String) -> String {
    let least = course.iter().map(value).fold(f64::INFINITY, f64::min);
    let most = course.iter().map(value).fold(0.0, f64::max);
    let last = course.last().map_or(0.0, value);
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
