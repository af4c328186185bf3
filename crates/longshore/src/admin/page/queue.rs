//! One queue's part of the page.

use super::charts::{Chart, Scales, charts};
use super::figure::Figure;
use super::objectives::Objective;
use super::rates::RateStep;
use super::verdict_view::VerdictView;
use crate::format::{self, count, dollars, rate, span, time};
use crate::report::{QueueReport, State};

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) verdict: VerdictView,
    pub(super) state: String,
    pub(super) span: String,
    pub(super) money: Vec<Tile>,
    pub(super) work: Vec<Tile>,
    pub(super) objectives: Vec<Objective>,
    pub(super) charts: Vec<Chart>,
}

/// A figure with its name, and what to compare it with.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) figure: Figure,
    pub(super) note: String,
    /// The figure is a problem.
    pub(super) bad: bool,
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
            verdict: VerdictView::from(&report.verdict),
            state: state(report),
            span: span(report.cost.covered_seconds),
            money: money(index, report),
            work: work(index, report),
            objectives: report
                .slos
                .iter()
                .enumerate()
                .map(|(slo, report)| Objective::new(&format!("/queues/{index}/slos/{slo}"), report))
                .collect(),
            charts: charts(report, steps, scales),
        }
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

fn money(index: usize, report: &QueueReport) -> Vec<Tile> {
    let cost = &report.cost;
    let at = |key: &str| format!("/queues/{index}/cost/{key}");
    let waste = cost.projected_waste_per_month_usd;
    let floor = cost
        .long_poll_floor_per_second
        .map_or_else(String::new, |floor| format!("per second; minimum {}", rate(floor)));
    let objective = cost.per_message_objective_usd * 1e6;
    vec![
        Tile {
            name: "Cost per month",
            figure: Figure::dollars(
                at("projected_spend_per_month_usd"),
                cost.projected_spend_per_month_usd,
            ),
            note: format!("at the rate of the last {}", span(cost.covered_seconds)),
            bad: false,
        },
        Tile {
            name: "Waste per month",
            figure: Figure::dollars(at("projected_waste_per_month_usd"), waste),
            note: format!("budget {}", dollars(cost.waste_budget_per_month_usd)),
            bad: waste > Some(cost.waste_budget_per_month_usd),
        },
        Tile {
            name: "Empty receives",
            figure: Figure::new(
                at("empty_receives_per_second"),
                cost.empty_receives_per_second,
                rate,
            ),
            note: floor,
            bad: waste > Some(cost.waste_budget_per_month_usd),
        },
        Tile {
            name: "Share of empty receives",
            figure: Figure::new(
                at("empty_receive_ratio"),
                cost.empty_receive_ratio,
                format::percent,
            )
            .or("no receive yet"),
            note: "of all receives".to_owned(),
            bad: false,
        },
        Tile {
            name: "Cost per million messages",
            figure: Figure::new(at("per_message_usd"), cost.per_message_usd, |usd| {
                dollars(usd * 1e6)
            })
            .or("no message yet"),
            note: format!("objective {}", dollars(objective)),
            bad: cost.per_message_usd > Some(cost.per_message_objective_usd),
        },
    ]
}

fn work(index: usize, report: &QueueReport) -> Vec<Tile> {
    let work = &report.work;
    let at = |key: &str| format!("/queues/{index}/work/{key}");
    let plain = |name, figure, note: String| Tile { name, figure, note, bad: false };
    let waiting =
        Figure::new(at("waiting"), work.waiting.map(|waiting| waiting as f64), |waiting| {
            format::thousands(waiting as u64)
        });
    vec![
        plain(
            "In flight",
            Figure::count(at("in_flight"), work.in_flight),
            match work.held {
                0 if work.in_flight == 0 => "messages".to_owned(),
                0 => "all in handlers".to_owned(),
                held => format!("{held} buffered"),
            },
        ),
        plain("Poll loops", Figure::count(at("pollers"), work.pollers), String::new()),
        plain(
            "Waiting in the queue",
            waiting.or("not reported yet"),
            "as last reported by SQS".to_owned(),
        ),
        plain(
            "Processed",
            Figure::count(at("deleted"), work.deleted),
            "since the start".to_owned(),
        ),
        plain(
            "Handler errors",
            Figure::count(at("handler_errors"), work.handler_errors),
            "since the start".to_owned(),
        ),
    ]
}
