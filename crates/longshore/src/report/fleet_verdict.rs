//! The verdict on all queues of the process, and the progress of a shutdown as a sentence.

use super::queue::QueueReport;
use super::verdict::{Level, Verdict};
use super::work::State;
use crate::format::{about_dollars, count, time};

/// The worst verdict of all queues.
pub(super) fn judge_fleet(
    queues: &[QueueReport],
    spend: Option<f64>,
    waste: Option<f64>,
) -> Verdict {
    let [first, rest @ ..] = queues else {
        return Verdict::new(Level::Unknown, "no judgement yet – no queue is registered");
    };
    if rest.is_empty() {
        let says = format!("{}: {}", first.queue, first.verdict.says);
        return Verdict { says, ..first.verdict.clone() };
    }
    let worst = queues.iter().map(|queue| queue.verdict.level).max().unwrap_or(Level::Unknown);
    let these: Vec<_> = queues.iter().filter(|queue| queue.verdict.level == worst).collect();
    let unknown = || "an unknown amount".to_owned();
    let spent = spend.map_or_else(unknown, about_dollars);
    let wasted = waste.map_or_else(unknown, about_dollars);
    let many = |verb: &str| format!("{} of {} queues {verb}", these.len(), queues.len());
    let says = match (worst, &these[..]) {
        // The one queue is what a reader looks for.
        (Level::Failing | Level::AtRisk | Level::Wasting, [one]) => {
            format!("{}: {} (1 of {} queues)", one.queue, one.verdict.says, queues.len())
        }
        (Level::Failing, _) => many("need attention now"),
        (Level::AtRisk, _) => many("are at risk"),
        (Level::Wasting, _) => {
            format!("{}: {wasted} of {spent} a month", many("waste money"))
        }
        (Level::Well, well) if well.len() < queues.len() => {
            let unknown = queues.len() - well.len();
            format!("{}; no judgement yet on {unknown}", many("are well"))
        }
        (Level::Well, _) => {
            format!("all {} queues are well and cost {spent} a month", queues.len())
        }
        (Level::Unknown, _) => format!("no judgement yet on {} queues", queues.len()),
    };
    let advice = match (worst, &these[..]) {
        (Level::Failing | Level::AtRisk | Level::Wasting, [one]) => one.verdict.advice.clone(),
        (_, [one]) => one.verdict.advice.as_ref().map(|advice| format!("{}: {advice}", one.queue)),
        _ => None,
    };
    let runbook = these.first().and_then(|queue| queue.verdict.runbook);
    let harm = these.iter().map(|queue| queue.verdict.harm).max().unwrap_or_default();
    Verdict { level: worst, says, advice, runbook, harm }
}

/// A shutdown in progress: what is still in flight.
pub(super) fn stopping(queues: &[QueueReport], grace_left: f64) -> String {
    let busy = queues.iter().filter(|queue| queue.work.in_flight > 0);
    let busy: Vec<_> = busy
        .map(|queue| format!("{} of {}", count(queue.work.in_flight, "message"), queue.queue))
        .collect();
    let polls: u64 = queues.iter().map(|queue| queue.work.pollers).sum();
    match (busy.is_empty(), polls) {
        (false, _) => format!(
            "Stopping: {} in flight; handlers may continue for {}",
            busy.join(", "),
            time(grace_left)
        ),
        (true, 0) => "Stopping: no message in flight".to_owned(),
        (true, polls) => {
            format!("Stopping: no message in flight; waiting for {}", count(polls, "open receive"))
        }
    }
}

/// A shutdown whose work has ended.
pub(super) fn stopped(queues: &[QueueReport]) -> String {
    let sum = |fate: fn(&QueueReport) -> u64| queues.iter().map(fate).sum::<u64>();
    let done = sum(|queue| queue.work.shutdown.completed);
    let released = sum(|queue| queue.work.shutdown.released);
    let lost = sum(|queue| queue.work.shutdown.aborted + queue.work.shutdown.abandoned);
    debug_assert!(queues.iter().all(|queue| queue.work.state == State::Ended));
    format!(
        "Stopped: {} completed, {released} released, {lost} aborted or abandoned",
        count(done, "message")
    )
}
