//! The verdict on all queues of the process, and the sentences of a stop.

use super::{Level, Verdict};
use crate::format::{about_dollars, count, time};
use crate::slo::report::{QueueReport, State};

/// What the queues' verdicts come to. With one queue it is that one's.
pub(in crate::slo) fn of_fleet(
    queues: &[QueueReport],
    spend: Option<f64>,
    waste: Option<f64>,
) -> Verdict {
    let [first, rest @ ..] = queues else {
        return Verdict::new(Level::Unknown, "no judgement yet – no queue is known");
    };
    if rest.is_empty() {
        let says = format!("{}: {}", first.queue, first.verdict.says);
        return Verdict { says, ..first.verdict.clone() };
    }
    let worst = queues.iter().map(|queue| queue.verdict.level).max().unwrap_or(Level::Unknown);
    let these: Vec<_> = queues.iter().filter(|queue| queue.verdict.level == worst).collect();
    let money = spend.map_or("nothing".to_owned(), about_dollars);
    let wasted = waste.map_or("nothing".to_owned(), about_dollars);
    let some = |one: &str, many: &str| {
        let verb = if these.len() == 1 { one } else { many };
        format!("{} of {} queues {verb}", these.len(), queues.len())
    };
    let says = match worst {
        Level::Failing => some("needs somebody now", "need somebody now"),
        Level::AtRisk => some("burns its error budget", "burn their error budgets"),
        Level::Wasting => {
            format!("{}: {wasted} of {money} a month", some("wastes money", "waste money"))
        }
        Level::Well => format!("all {} queues are well, for {money} a month", queues.len()),
        Level::Unknown => format!("no judgement yet of {} queues", queues.len()),
    };
    let advice = match &these[..] {
        [one] => one.verdict.advice.as_ref().map(|advice| format!("{}: {advice}", one.queue)),
        _ => None,
    };
    let runbook = these.first().and_then(|queue| queue.verdict.runbook);
    Verdict { level: worst, says, advice, runbook }
}

/// How a stop stands that is on: who is still in flight.
pub(in crate::slo) fn stopping(queues: &[QueueReport], grace_left: f64) -> String {
    let busy = queues.iter().filter(|queue| queue.work.in_flight > 0);
    let busy: Vec<_> = busy
        .map(|queue| format!("{} of {}", count(queue.work.in_flight, "message"), queue.queue))
        .collect();
    let polls: u64 = queues.iter().map(|queue| queue.work.pollers).sum();
    match (busy.is_empty(), polls) {
        (false, _) => format!(
            "Stopping: {} still in flight; handlers may run on for {}",
            busy.join(", "),
            time(grace_left)
        ),
        (true, 0) => "Stopping: nothing is in flight".to_owned(),
        (true, polls) => {
            format!("Stopping: nothing is in flight; {} still to end", count(polls, "open receive"))
        }
    }
}

/// How a stop went whose work is over.
pub(in crate::slo) fn stopped(queues: &[QueueReport]) -> String {
    let sum = |fate: fn(&QueueReport) -> u64| queues.iter().map(fate).sum::<u64>();
    let done = sum(|queue| queue.work.shutdown.completed);
    let back = sum(|queue| queue.work.shutdown.released);
    let cut_off = sum(|queue| queue.work.shutdown.aborted + queue.work.shutdown.abandoned);
    debug_assert!(queues.iter().all(|queue| queue.work.state == State::Ended));
    format!("Stopped: {} finished, {back} given back, {cut_off} cut off", count(done, "message"))
}
