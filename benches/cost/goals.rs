//! The goals of Longshore with its defaults, and whether they are met.

use std::time::Duration;

use super::gathering::Gathering;
use super::played::{Played, figure, shown};
use super::scenario::{arrivals_of, gather_of, replicas_of};
use super::strategy::Strategy;
use super::traffic::{Spread, Traffic};
use super::worker;
use longshore::cost::forecast::requests_per_message;

/// The maximum number of requests per message of one worker, by arrival rate.
const BY_ARRIVALS: [(Traffic, f64); 3] =
    [(Traffic::Poisson(1.0), 1.6), (Traffic::Poisson(10.0), 0.65), (Traffic::Poisson(100.0), 0.24)];
/// The maximum number of receives per minute for an idle queue.
const IDLE_RECEIVES: f64 = 3.0;
/// The longest default of `gather`. It applies when the freshness threshold is long.
const LONGEST_GATHER: Duration = Duration::from_secs(1);
/// The maximum number of requests per message while there is a backlog.
const SATURATED: f64 = 0.21;

/// One line of the table. A value without a goal is only reported: its `goal` is empty and `met` is
/// `None`.
struct Line {
    what: String,
    goal: String,
    measured: String,
    met: Option<bool>,
}

/// The table for the scenarios that were run.
pub fn table(played: &[Played], gatherings: &[Gathering]) -> String {
    let mut lines: Vec<Line> = idle(played).into_iter().collect();
    lines
        .extend(BY_ARRIVALS.iter().filter_map(|(traffic, goal)| arrivals(played, *traffic, *goal)));
    for spread in [Spread::Constant, Spread::Exponential] {
        lines.extend(saturated(played, spread));
    }
    lines.extend([1.0, 10.0, 100.0].into_iter().filter_map(|rate| forecast(played, rate)));
    lines.extend(gathered(gatherings));
    lines.extend(many(played));
    let mut text =
        format!("\n{:<62} {:>14} {:>42}\n", "Longshore with its defaults", "goal", "measured");
    for Line { what, goal, measured, met } in lines {
        let met = met.map_or("", |met| if met { "met" } else { "MISSED" });
        text += format!("    {what:<58} {goal:>14} {measured:>42}  {met}").trim_end();
        text.push('\n');
    }
    text
}

fn idle(played: &[Played]) -> Option<Line> {
    let (idle, measured) = named(played, &arrivals_of(Traffic::None))?;
    let units = idle.units(measured);
    let receives = measured.counts.receives() as f64 / units;
    let others = idle.requests_per_unit(measured) - receives;
    Some(Line {
        what: "no arrivals: receives per minute, other requests per minute".to_owned(),
        goal: format!("<= {IDLE_RECEIVES}, 0"),
        measured: format!("{}, {}", figure(receives), figure(others)),
        met: Some(receives <= IDLE_RECEIVES && others == 0.0),
    })
}

fn arrivals(played: &[Played], traffic: Traffic, goal: f64) -> Option<Line> {
    let (played, measured) = named(played, &arrivals_of(traffic))?;
    let requests = played.requests_per_unit(measured);
    Some(Line {
        what: format!("{traffic}: requests per message"),
        goal: format!("<= {goal}"),
        measured: figure(requests),
        met: Some(requests <= goal),
    })
}

/// The model of `longshore check` and `longshore audit`, against what was measured.
fn forecast(played: &[Played], rate: f64) -> Option<Line> {
    let traffic = Traffic::Poisson(rate);
    let (played, measured) = named(played, &arrivals_of(traffic))?;
    let requests = played.requests_per_unit(measured);
    let forecast = requests_per_message(&worker::validated_defaults(), rate, 1);
    let off = forecast / requests - 1.0;
    Some(Line {
        what: format!("{traffic}: forecast of requests per message"),
        goal: "within 10 %".to_owned(),
        measured: format!("{} ({:+.1} %)", figure(forecast), 100.0 * off),
        met: Some(off.abs() <= 0.1),
    })
}

/// The saturated scenario with the most requests per message.
fn saturated(played: &[Played], spread: Spread) -> Option<Line> {
    let saturated = played.iter().filter(|played| {
        played.scenario.traffic == Traffic::Backlog && played.scenario.handling.spread == spread
    });
    let requests = saturated.filter_map(|played| {
        Some((played, played.requests_per_unit(played.measured_for(Strategy::Longshore)?)))
    });
    let all: Vec<(&Played, f64)> = requests.collect();
    let (worst, requests) = all.iter().max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let meet = all.iter().filter(|(_, requests)| *requests <= SATURATED).count();
    let floor = worst.floor.map(figure).unwrap_or_default();
    let handlers = match spread {
        Spread::Constant => "constant",
        Spread::Exponential => "spread",
    };
    let (handling, concurrency) = (worst.scenario.handling, worst.scenario.concurrency);
    Some(Line {
        what: format!("saturated, {handlers} handlers: the worst, {handling} x {concurrency}"),
        goal: format!("<= {SATURATED}"),
        measured: format!(
            "{} (minimum {floor}; {meet} of {} meet the goal)",
            figure(*requests),
            all.len()
        ),
        met: Some(*requests <= SATURATED),
    })
}

fn gathered(gatherings: &[Gathering]) -> Vec<Line> {
    let gather = worker::gather();
    let p99 = gatherings.iter().max_by_key(|gathering| gathering.p99).map(|worst| Line {
        what: format!("wait added by gathering, p99: the worst, {}", worst.scenario),
        goal: format!("<= {}", shown(Some(gather))),
        measured: shown(Some(worst.p99)),
        met: Some(worst.p99 <= gather),
    });
    let at_idle = gatherings.iter().filter_map(|gathering| gathering.at_idle).max();
    let at_idle = at_idle.map(|most| Line {
        what: "wait added by gathering for a message to an idle queue".to_owned(),
        goal: "0 ms".to_owned(),
        measured: shown(Some(most)),
        met: Some(most.is_zero()),
    });
    p99.into_iter().chain(at_idle).collect()
}

/// The cost of many replicas. It has no goal.
fn many(played: &[Played]) -> Vec<Line> {
    let report = |traffic| {
        let (played, measured) = named(played, &replicas_of(20, traffic))?;
        let requests = figure(played.requests_per_unit(measured));
        let dollars = played.dollars(measured);
        Some(match traffic {
            Traffic::None => Line {
                what: "20 replicas, no arrivals: requests per minute".to_owned(),
                goal: String::new(),
                measured: format!("{requests} (${dollars:.2} per month)"),
                met: None,
            },
            _ => Line {
                what: format!("20 replicas, {traffic}: requests per message"),
                goal: String::new(),
                measured: format!("{requests} (${dollars:.2} per million)"),
                met: None,
            },
        })
    };
    let at_defaults = [Traffic::None, Traffic::Poisson(10.0), Traffic::Poisson(100.0)].map(report);
    let long_gather = [Traffic::Poisson(10.0), Traffic::Poisson(100.0)].map(|traffic| {
        let (played, measured) = named(played, &gather_of(LONGEST_GATHER, 20, traffic))?;
        Some(Line {
            what: format!("20 replicas, {traffic}, gather {}", shown(Some(LONGEST_GATHER))),
            goal: String::new(),
            measured: figure(played.requests_per_unit(measured)),
            met: None,
        })
    });
    at_defaults.into_iter().chain(long_gather).flatten().collect()
}

fn named<'a>(
    played: &'a [Played],
    name: &str,
) -> Option<(&'a Played, &'a super::measured::Measured)> {
    let played = played.iter().find(|played| played.scenario.name == name)?;
    Some((played, played.measured_for(Strategy::Longshore)?))
}
