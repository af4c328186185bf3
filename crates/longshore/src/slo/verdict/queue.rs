//! The verdict on one queue: the worst of what can be said of it.

use super::{Level, Verdict};
use crate::config::ObjectivesConfig;
use crate::config::objectives::LONG_POLL_REFERENCE;
use crate::format::{about_dollars, count, span, thousands, time};
use crate::slo::report::{BurnReport, CostReport, SloReport, State, WorkReport, alerts};
use crate::slo::windows::{COST, Severity};
use crate::telemetry::{LabelSet, Slo};

/// What a queue's figures come to. `stuck` says how a poll loop of it is late.
pub(in crate::slo) fn of_queue(
    slos: &[SloReport],
    cost: &CostReport,
    work: &WorkReport,
    stuck: Option<String>,
    objectives: &ObjectivesConfig,
) -> Verdict {
    let min_bad_events = objectives.min_bad_events;
    let felt = intake(work, stuck)
        .or_else(|| burning(slos, min_bad_events, Severity::Page))
        .or_else(|| unreachable_now_and_then(work))
        .or_else(|| burning(slos, min_bad_events, Severity::Ticket));
    let money = wasting(slos, cost, work).or_else(|| dear(cost));
    match (felt, money) {
        (Some(felt), Some(money)) => {
            Verdict { says: format!("{}; also {}", felt.says, money.says), ..felt }
        }
        (Some(only), None) | (None, Some(only)) => only,
        (None, None) => fine(slos, cost, work),
    }
}

/// What keeps messages from being taken or handled at all.
fn intake(work: &WorkReport, stuck: Option<String>) -> Option<Verdict> {
    let failing = |says: String| Verdict::new(Level::Failing, says);
    let why = work.why.as_deref().unwrap_or_default();
    let verdict = match work.state {
        State::Stopped => failing(format!("failing – not polled, {why}")),
        State::Paused => {
            let says = "failing – nobody is there to handle messages, which are given back";
            return Some(
                failing(says.to_owned()).advising("start the application that handles them"),
            );
        }
        State::Starting | State::Polling | State::Draining | State::Ended => match stuck {
            Some(how) => failing(format!("failing – a poll loop is stuck, {how}"))
                .advising("restart the worker"),
            None if work.failed_receives > 0 && work.receives == 0 => {
                let failed = count(work.failed_receives, "receive");
                failing(format!(
                    "failing – SQS cannot be reached, {failed} failed of late and none succeeded"
                ))
                .advising("check the network, the region and aws.endpoint_url; the log says more")
            }
            None => return None,
        },
    };
    let advice = work.advice.map(str::to_owned).or(verdict.advice.clone());
    Some(Verdict { advice, ..verdict }.with_runbook("LongshorePollersStalled"))
}

fn unreachable_now_and_then(work: &WorkReport) -> Option<Verdict> {
    let (failed, all) = (work.failed_receives, work.failed_receives + work.receives);
    (failed * 2 > all).then(|| {
        Verdict::new(
            Level::AtRisk,
            format!("at risk – {failed} of {} failed of late", count(all, "receive")),
        )
        .advising("check the network to SQS; the log says more")
        .with_runbook("LongshorePollersStalled")
    })
}

/// The steepest burn of this severity that is on, of what users feel.
fn burning(slos: &[SloReport], min_bad_events: u32, severity: Severity) -> Option<Verdict> {
    let felt = [Slo::Delivery, Slo::Freshness, Slo::Latency];
    let found = felt.into_iter().find_map(|slo| {
        let report = &slos[slo.index()];
        let burns = alerts(slo).iter().filter(|burn| burn.severity == severity);
        let burns = burns.filter_map(|burn| {
            let (long, short) = (report.window(burn.long)?, report.window(burn.short)?);
            let on = [long, short].iter().all(|window| window.rate > Some(burn.factor));
            (on && long.bad >= u64::from(min_bad_events)).then_some(long)
        });
        burns.into_iter().next().map(|long| (slo, report, long))
    });
    let (slo, report, long) = found?;
    let (level, word) = match severity {
        Severity::Page => (Level::Failing, "failing"),
        Severity::Ticket => (Level::AtRisk, "at risk"),
    };
    let advice = match slo {
        Slo::Delivery => {
            "see what the handler says of them in the log, and in the dead-letter queue"
        }
        Slo::Latency => "see what the handler waits for",
        Slo::Freshness => "add workers, or raise concurrency",
        Slo::Polling => unreachable!("nobody is told of polling but for its dollars"),
    };
    let says = format!(
        "{word} – {} in the last {}",
        bad_events(slo, report, long),
        span(long.covered_seconds)
    );
    Some(Verdict::new(level, says).advising(advice).with_runbook("LongshoreErrorBudgetBurn"))
}

/// "3 of 40 messages failed for good".
fn bad_events(slo: Slo, report: &SloReport, window: &BurnReport) -> String {
    let threshold = time(report.threshold_seconds.unwrap_or_default());
    let of = |one| format!("{} of {}", thousands(window.bad), count(window.good + window.bad, one));
    match slo {
        Slo::Delivery => format!("{} failed for good", of("message")),
        Slo::Latency => format!("{} took longer than {threshold}", of("handler")),
        Slo::Freshness => format!("{} waited longer than {threshold} to be handled", of("message")),
        Slo::Polling => format!("{} returned empty before its time", of("receive")),
    }
}

/// Inefficient and material, as the alert wants it.
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
            "find out what ends receives before their wait is over: a proxy, a timeout".to_owned()
        }))
        .with_runbook("LongshorePollingWaste")
    })
}

fn longer_wait(work: &WorkReport) -> Option<String> {
    let longest = LONG_POLL_REFERENCE.as_secs();
    (work.wait_seconds < longest as f64).then(|| format!("set wait = \"{longest}s\""))
}

fn dear(cost: &CostReport) -> Option<Verdict> {
    let (each, objective) = (cost.per_message_usd?, cost.per_message_objective_usd);
    let overspend = cost.projected_overspend_per_month_usd?;
    let factor = COST.iter().map(|burn| burn.factor).fold(f64::INFINITY, f64::min);
    let dear = each > objective * factor && overspend > cost.waste_budget_per_month_usd;
    dear.then(|| {
        let [each, objective] = [each, objective].map(|usd| about_dollars(usd * 1e6));
        let says = format!("wasting money – a million messages cost {each}, not {objective}");
        Verdict::new(Level::Wasting, says)
            .advising(
                "let receives and deletes travel fuller: more concurrency, a longer delete_linger",
            )
            .with_runbook("LongshoreMessageCostHigh")
    })
}

/// Nothing is to be done; what is worth knowing is said all the same.
fn fine(slos: &[SloReport], cost: &CostReport, work: &WorkReport) -> Verdict {
    if work.state == State::Starting {
        return Verdict::new(Level::Unknown, "no judgement yet – it is starting");
    }
    if work.receives == 0 && slos.iter().all(|slo| slo.good + slo.bad == 0) {
        return Verdict::new(Level::Unknown, "no judgement yet – no receive has been answered");
    }
    let missed = slos.iter().zip(Slo::ALL).find(|(slo, _)| {
        slo.slo != Slo::Polling.as_str() && slo.budget_left.is_some_and(|left| left < 0.0)
    });
    let says = match missed {
        Some((report, slo)) => {
            let all = BurnReport::since_start(report);
            format!("well – though {}, too few to judge by", bad_events(*slo, report, &all))
        }
        None if work.received == 0 => "well – though no message has come yet".to_owned(),
        None => "well – every objective is met".to_owned(),
    };
    let waste = cost.projected_waste_per_month_usd.filter(|waste| *waste >= 0.01);
    match waste {
        Some(waste) => {
            let within = about_dollars(cost.waste_budget_per_month_usd);
            let says = format!(
                "{says}; {} a month goes into empty receives, within the budget of {within}",
                about_dollars(waste)
            );
            Verdict { advice: longer_wait(work), ..Verdict::new(Level::Well, says) }
        }
        None => Verdict::new(Level::Well, says),
    }
}
