//! The verdict on one queue: its most severe problem, and its waste.

use super::backlog;
use super::budget::{self, bad_events};
use super::cost::CostReport;
use super::expiry;
use super::faults;
use super::objective::{BurnReport, SloReport};
use super::verdict::{Harm, Level, Verdict};
use super::work::{State, WorkReport};
use crate::config::ObjectivesConfig;
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::format::{about_dollars, count};
use crate::label::LabelSet;
use crate::slo::Slo;
use crate::slo::windows::{COST, Severity, alerts};

/// Judges a queue by its figures. `stuck` describes a poll loop without progress.
pub(super) fn judge_queue(
    slos: &[SloReport],
    cost: &CostReport,
    work: &WorkReport,
    stuck: Option<String>,
    objectives: &ObjectivesConfig,
) -> Verdict {
    let min_bad_events = objectives.min_bad_events;
    let failing_handlers = faults::failing_handlers(work, min_bad_events);
    let throttled = faults::throttled(work);
    let blocked_group = faults::blocked_group(work);
    let failing = not_polled(work, stuck)
        .or_else(|| faults::not_deleted(work))
        .or_else(|| faults::blocked_slots(work))
        .or_else(|| at(Level::Failing, &failing_handlers))
        .or_else(|| at(Level::Failing, &throttled))
        .or_else(|| at(Level::Failing, &blocked_group))
        .or_else(|| budget::burning(slos, min_bad_events, Severity::Page))
        .or_else(|| expiry::messages(work))
        .or_else(|| expiry::dead_letters(work));
    let at_risk = || {
        many_failed_receives(work)
            // It says more than the budget that the messages behind it use up.
            .or_else(|| blocked_group.clone())
            .or_else(|| budget::burning(slos, min_bad_events, Severity::Ticket))
            .or_else(|| faults::refused(work))
            .or_else(|| faults::aborted(work))
            .or_else(|| faults::abandoned(work))
            .or_else(|| faults::not_moved(work))
            .or_else(|| faults::tasks_not_sent(work))
            .or_else(|| failing_handlers.clone())
            .or_else(|| faults::leases_lost(work, min_bad_events))
            .or_else(|| backlog::growing(work))
            .or_else(|| backlog::aging(work))
            .or_else(|| throttled.clone())
            .or_else(|| faults::in_flight_limit(work))
            .or_else(|| faults::unknown_attributes(work))
            .or_else(|| faults::kept_payloads(work, min_bad_events))
            .or_else(|| faults::dead_letters(work))
            // Of days: it must not hide what happens now.
            .or_else(|| budget::lost(slos, min_bad_events))
    };
    let harm = failing.or_else(at_risk);
    let money = wasting(slos, cost, work).or_else(|| expensive(cost));
    match (harm, money) {
        (Some(harm), Some(money)) => {
            Verdict { says: format!("{}; also {}", harm.says, money.says), ..harm }
        }
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => healthy(slos, cost, work),
    }
}

fn at(level: Level, verdict: &Option<Verdict>) -> Option<Verdict> {
    verdict.clone().filter(|verdict| verdict.level == level)
}

/// No message is received or processed at all.
fn not_polled(work: &WorkReport, stuck: Option<String>) -> Option<Verdict> {
    let failing = |says: String| Verdict::new(Level::Failing, says);
    let why = work.why.as_deref().unwrap_or_default();
    let verdict = match work.state {
        State::Stopped => failing(format!("failing – not polled: {why}")),
        State::Paused => {
            let says = format!("failing – polling is paused by the circuit breaker: {why}");
            let advice = work.advice.unwrap_or_default();
            let verdict = failing(says).advising(advice).causing(Harm::Stopped);
            return Some(verdict.with_runbook("LongshoreCircuitBreakerOpen"));
        }
        State::AwaitingFirstScrape
        | State::Starting
        | State::Polling
        | State::Draining
        | State::Ended => match stuck {
            Some(how) => failing(format!("failing – a poll loop is stuck: {how}"))
                .advising("restart the worker"),
            None if work.failed_receives > 0 && work.receives == 0 => {
                let failed = count(work.failed_receives, "receive");
                failing(format!(
                    "failing – SQS is unreachable: {failed} failed in the last 5 minutes, none succeeded"
                ))
                .advising("check the network, the region and aws.endpoint_url; the log has the errors")
            }
            None => return None,
        },
    };
    let advice = work.advice.map(str::to_owned).or(verdict.advice.clone());
    let verdict = Verdict { advice, ..verdict }.causing(Harm::Stopped);
    let refused = work.state == State::Stopped;
    let runbook = if refused { "LongshoreRequestsRefused" } else { "LongshorePollersStalled" };
    Some(verdict.with_runbook(runbook))
}

fn many_failed_receives(work: &WorkReport) -> Option<Verdict> {
    let (failed, all) = (work.failed_receives, work.failed_receives + work.receives);
    (failed * 2 > all).then(|| {
        Verdict::new(
            Level::AtRisk,
            format!("at risk – {failed} of {} failed in the last 5 minutes", count(all, "receive")),
        )
        .advising("check the network to SQS; the log has the errors")
        .with_runbook("LongshorePollersStalled")
    })
}

/// Inefficient and expensive, like the alert.
fn wasting(slos: &[SloReport], cost: &CostReport, work: &WorkReport) -> Option<Verdict> {
    let waste = cost.projected_waste_per_month_usd?;
    let polling = &slos[Slo::Polling.index()];
    let inefficient = alerts(Slo::Polling).iter().any(|burn| {
        let burns =
            |window| polling.window(window).is_some_and(|window| window.rate > Some(burn.factor));
        burns(burn.long) && burns(burn.short)
    });
    (inefficient && waste > cost.waste_budget_per_month_usd).then(|| {
        let tense = if work.state == State::Ended { "wasted" } else { "wasting" };
        Verdict::new(
            Level::Wasting,
            format!("{tense} {} a month on empty receives", about_dollars(waste)),
        )
        .advising(longer_wait(work).unwrap_or_else(|| {
            "find out what ends receives before their wait: a proxy or a timeout".to_owned()
        }))
        .with_runbook("LongshorePollingWaste")
    })
}

fn longer_wait(work: &WorkReport) -> Option<String> {
    let longest = LONG_POLL_REFERENCE.as_secs();
    (work.wait_seconds < longest as f64).then(|| format!("set wait = \"{longest}s\""))
}

fn expensive(cost: &CostReport) -> Option<Verdict> {
    let (each, objective) = (cost.per_message_usd?, cost.per_message_objective_usd);
    let overspend = cost.projected_overspend_per_month_usd?;
    let factor = COST.iter().map(|burn| burn.factor).fold(f64::INFINITY, f64::min);
    let is_expensive = each > objective * factor && overspend > cost.waste_budget_per_month_usd;
    is_expensive.then(|| {
        let [each, objective] = [each, objective].map(|usd| about_dollars(usd * 1e6));
        let says =
            format!("wasting – cost per million messages is {each}, the objective is {objective}");
        Verdict::new(Level::Wasting, says)
            .advising("make batches fuller: raise concurrency or delete_linger")
            .with_runbook("LongshoreMessageCostHigh")
    })
}

/// There is nothing to do. Small problems are still reported.
fn healthy(slos: &[SloReport], cost: &CostReport, work: &WorkReport) -> Verdict {
    if work.state == State::AwaitingFirstScrape {
        let says = "no judgement yet – the worker waits for the first scrape of its metrics";
        return Verdict::new(Level::Unknown, says);
    }
    if work.state == State::Starting {
        return Verdict::new(Level::Unknown, "no judgement yet – the worker is starting");
    }
    if work.receives == 0 && slos.iter().all(|slo| slo.good + slo.bad == 0) {
        return Verdict::new(Level::Unknown, "no judgement yet – no receive has ended");
    }
    let missed = slos.iter().zip(Slo::ALL).find(|(slo, _)| {
        slo.slo != Slo::Polling.as_str() && slo.budget_left.is_some_and(|left| left < 0.0)
    });
    let says = match missed {
        Some((report, slo)) => {
            let all = BurnReport::since_start(report);
            format!("well – {}, too few to judge", bad_events(*slo, report, &all))
        }
        None if work.received == 0 => "well – no message received yet".to_owned(),
        None => "well – every objective is met".to_owned(),
    };
    let waste = cost.projected_waste_per_month_usd.filter(|waste| *waste >= 0.01);
    match waste {
        Some(waste) => {
            let within = about_dollars(cost.waste_budget_per_month_usd);
            let says = format!(
                "{says}; empty receives cost {} a month, within the budget of {within}",
                about_dollars(waste)
            );
            Verdict { advice: longer_wait(work), ..Verdict::new(Level::Well, says) }
        }
        None => Verdict::new(Level::Well, says),
    }
}
