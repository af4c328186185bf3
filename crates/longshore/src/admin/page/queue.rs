//! One queue's part of the page.

use super::charts::{Chart, Scales, charts};
use super::failures::Failure;
use super::groups::Groups;
use super::objectives::Objective;
use super::rates::RateStep;
use super::tiles::{self, Tile};
use super::verdict_view::VerdictView;
use crate::format::{count, span, time};
use crate::report::{QueueReport, State};

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) index: usize,
    pub(super) name: String,
    /// The region and the account.
    pub(super) place: String,
    pub(super) verdict: VerdictView,
    pub(super) state: String,
    pub(super) span: String,
    /// Groups of figures with their titles, after those about failures.
    pub(super) tiles: Vec<(&'static str, Vec<Tile>)>,
    pub(super) failure_tiles: Vec<Tile>,
    pub(super) failures: Vec<Failure>,
    pub(super) objectives: Vec<Objective>,
    pub(super) groups: Option<Groups>,
    pub(super) charts: Vec<Chart>,
}

impl Queue {
    pub(super) fn new(
        index: usize,
        report: &QueueReport,
        steps: &[RateStep],
        scales: &Scales,
    ) -> Self {
        Self {
            index,
            name: report.queue.clone(),
            place: place(report),
            verdict: VerdictView::from(&report.verdict),
            state: state(report),
            span: span(report.cost.covered_seconds),
            failure_tiles: tiles::failures(index, &report.work),
            failures: report
                .failures
                .iter()
                .enumerate()
                .map(|(at, failure)| {
                    Failure::new(&format!("/queues/{index}/failures/{at}"), failure)
                })
                .collect(),
            tiles: vec![
                ("Work", tiles::work(index, &report.work)),
                ("Cost", tiles::money(index, report)),
            ],
            objectives: report
                .slos
                .iter()
                .enumerate()
                .map(|(slo, report)| Objective::new(&format!("/queues/{index}/slos/{slo}"), report))
                .collect(),
            groups: report
                .groups
                .as_ref()
                .map(|groups| Groups::new(&format!("/queues/{index}/groups"), groups)),
            charts: charts(report, steps, scales),
        }
    }
}

fn place(report: &QueueReport) -> String {
    match (&report.region, &report.account) {
        (Some(region), Some(account)) => format!("Region {region}, account {account}"),
        _ => "Region and account: unknown".to_owned(),
    }
}

/// The state of polling, as a sentence.
fn state(report: &QueueReport) -> String {
    let work = &report.work;
    let pollers = count(work.pollers, "poll loop");
    let wait = match work.wait_seconds {
        0.0 => "each receive returns at once (wait = \"0s\")".to_owned(),
        seconds => format!("each receive waits up to {}", time(seconds)),
    };
    match work.state {
        State::AwaitingFirstScrape => {
            "Waiting for the first scrape of the metrics: not polled yet.".to_owned()
        }
        State::Starting => "Starting: not polled yet.".to_owned(),
        State::Polling => format!("Polled by {pollers}; {wait}."),
        State::Stopped => "Not polled: the worker retries after a back-off.".to_owned(),
        State::Paused => "Polling is paused because the handler is unreachable.".to_owned(),
        State::Draining => format!(
            "Draining: no more receives; {} in flight, waiting for {}.",
            count(work.in_flight, "message"),
            count(work.pollers, "open receive")
        ),
        State::Ended => {
            let span = span(report.cost.covered_seconds);
            format!("Ended: the figures cover its last {span} of work. As configured, {wait}.")
        }
    }
}
