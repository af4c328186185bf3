//! A queue's objectives, as rows of a table.

use super::figure::Figure;
use crate::format::{exact_percent, thousands, time};
use crate::report::{BurnReport, SloReport};

/// One objective.
#[derive(Debug)]
pub(super) struct Objective {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) objective: Figure,
    pub(super) good: Figure,
    pub(super) bad: Figure,
    pub(super) left: Figure,
    /// The part of the error budget that is left, 0 to 1, for the bar; `None` before the first
    /// event.
    pub(super) bar: Option<f64>,
    pub(super) overspent: bool,
    pub(super) burn: Vec<Burn>,
}

/// How fast an error budget burned within a window.
#[derive(Debug)]
pub(super) struct Burn {
    pub(super) figure: Figure,
    pub(super) window: String,
}

impl Objective {
    pub(super) fn new(pointer: &str, report: &SloReport) -> Self {
        let at = |key: &str| format!("{pointer}/{key}");
        let count = |key, number| Figure::count(at(key), number);
        let left = Figure::new(at("budget_left"), report.budget_left, left).or("no event yet");
        Self {
            name: name(report.slo).to_owned(),
            about: about(report),
            objective: Figure::new(at("objective"), Some(report.objective), exact_percent),
            good: count("good", report.good),
            bad: count("bad", report.bad),
            left,
            bar: report.budget_left.map(|left| left.clamp(0.0, 1.0)),
            overspent: report.budget_left.is_some_and(|left| left < 0.0),
            burn: burns(pointer, &report.burn),
        }
    }
}

fn name(slo: &str) -> String {
    let mut name = slo.to_owned();
    name[..1].make_ascii_uppercase();
    name
}

fn about(report: &SloReport) -> String {
    let threshold = time(report.threshold_seconds.unwrap_or_default());
    match report.slo {
        "delivery" => "messages are processed successfully".to_owned(),
        "latency" => format!("handlers end within {threshold}"),
        "freshness" => format!("handlers start within {threshold} after sending"),
        _ => "receives return messages or wait 20 s".to_owned(),
    }
}

fn left(left: f64) -> String {
    if left < 0.0 {
        format!("{} times the budget used", times(1.0 - left))
    } else {
        format!("{:.0} % left", (left * 100.0).floor())
    }
}

/// The shortest window and the one of 12 times its length; only one if both cover the same time.
fn burns(pointer: &str, burns: &[BurnReport]) -> Vec<Burn> {
    let shortest = burns.first().map_or(0.0, |burn| burn.covered_seconds);
    let mut shown: Vec<_> = burns.iter().enumerate().collect();
    shown.retain(|(index, burn)| *index == 0 || burn.covered_seconds > shortest);
    let second = shown.iter().position(|(_, burn)| burn.covered_seconds >= shortest * 12.0);
    let last = second.unwrap_or(shown.len().saturating_sub(1));
    let chosen = shown.iter().enumerate().filter(|(place, _)| *place == 0 || *place == last);
    let burn = |(_, (index, burn)): (usize, &(usize, &BurnReport))| Burn {
        figure: Figure::new(format!("{pointer}/burn/{index}/rate"), burn.rate, |rate| {
            times(rate) + " ×"
        })
        .or("no event"),
        window: time(burn.covered_seconds.max(1.0)),
    };
    chosen.map(burn).collect()
}

/// A multiple, to two digits.
fn times(multiple: f64) -> String {
    match multiple {
        0.0 => "0".to_owned(),
        ..9.95 => format!("{multiple:.1}"),
        _ => thousands(multiple.round() as u64),
    }
}
