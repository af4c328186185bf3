//! One queue's part of the page.

use super::course::Step;
use super::figures::Figure;
use super::objectives::{self, Objective};
use super::pictures::{self, Picture};
use super::view::Said;
use crate::format::{self, count, dollars, rate, span, time};
use crate::slo::report::{QueueReport, State};

/// The tops of the plots' axes, the same for all queues.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scales {
    pub(super) dollars: f64,
    pub(super) receives: f64,
}

/// One queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) index: usize,
    pub(super) name: String,
    pub(super) said: Said,
    pub(super) state: String,
    pub(super) span: String,
    pub(super) money: Vec<Tile>,
    pub(super) work: Vec<Tile>,
    pub(super) objectives: Vec<Objective>,
    pub(super) pictures: Vec<Picture>,
}

/// A figure with its name, and what it is to be held against.
#[derive(Debug)]
pub(super) struct Tile {
    pub(super) name: &'static str,
    pub(super) figure: Figure,
    pub(super) note: String,
    /// It is what should not be.
    pub(super) bad: bool,
}

impl Queue {
    pub(super) fn of(index: usize, report: &QueueReport, course: &[Step], scales: &Scales) -> Self {
        Self {
            index,
            name: report.queue.clone(),
            said: Said::of(&report.verdict),
            state: state(report),
            span: span(report.cost.covered_seconds),
            money: money(index, report),
            work: work(index, report),
            objectives: report
                .slos
                .iter()
                .enumerate()
                .map(|(slo, report)| objectives::of(&format!("/queues/{index}/slos/{slo}"), report))
                .collect(),
            pictures: pictures::of(report, course, scales),
        }
    }
}

/// How far it is, in a sentence.
fn state(report: &QueueReport) -> String {
    let work = &report.work;
    let pollers = count(work.pollers, "poll loop");
    let wait = match work.wait_seconds {
        0.0 => "each receive returns at once (wait = \"0s\")".to_owned(),
        seconds => format!("each receive waits up to {}", time(seconds)),
    };
    match work.state {
        State::Starting => "Starting: not polled yet.".to_owned(),
        State::Polling => format!("Polled by {pollers}; {wait}."),
        State::Stopped => "Not polled; tried again from time to time.".to_owned(),
        State::Paused => "Polling pauses until somebody is there to handle messages.".to_owned(),
        State::Draining => format!(
            "Draining: takes no more; {} in flight, {} still to end.",
            count(work.in_flight, "message"),
            count(work.pollers, "open receive")
        ),
        State::Ended => {
            let span = span(report.cost.covered_seconds);
            format!("Ended; the figures are of its last {span} of work. As configured, {wait}.")
        }
    }
}

fn money(index: usize, report: &QueueReport) -> Vec<Tile> {
    let cost = &report.cost;
    let at = |key: &str| format!("/queues/{index}/cost/{key}");
    let waste = cost.projected_waste_per_month_usd;
    let floor = cost
        .long_poll_floor_per_second
        .map_or_else(String::new, |floor| format!("a second; floor {}", rate(floor)));
    let objective = cost.per_message_objective_usd * 1e6;
    vec![
        Tile {
            name: "A month",
            figure: Figure::dollars(
                at("projected_spend_per_month_usd"),
                cost.projected_spend_per_month_usd,
            ),
            note: format!("by the last {}", span(cost.covered_seconds)),
            bad: false,
        },
        Tile {
            name: "Of it wasted",
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
            name: "Empty share",
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
            name: "Per million",
            figure: Figure::new(at("per_message_usd"), cost.per_message_usd, |usd| {
                dollars(usd * 1e6)
            })
            .or("no message yet"),
            note: format!("messages; objective {}", dollars(objective)),
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
                0 => "being handled".to_owned(),
                held => format!("{held} not with a handler yet"),
            },
        ),
        plain("Poll loops", Figure::count(at("pollers"), work.pollers), String::new()),
        plain("In the queue", waiting.or("not asked yet"), "as last told".to_owned()),
        plain("Handled", Figure::count(at("deleted"), work.deleted), "since the start".to_owned()),
        plain(
            "Handler errors",
            Figure::count(at("handler_errors"), work.handler_errors),
            "since the start".to_owned(),
        ),
    ]
}
