//! Faults of the last minutes that no objective has judged yet, or that none of them judges.

use super::verdict::{Harm, Level, Verdict};
use super::work::WorkReport;
use crate::format::{count, thousands, time};

/// Handlers fail in total from this share on, and need attention from the lower one on.
const MOST: f64 = 0.5;
const MANY: f64 = 0.1;

/// SQS denies requests although the queue is polled: mostly deletes. Messages are then processed
/// again and again.
pub(super) fn denied(work: &WorkReport) -> Option<Verdict> {
    let denied = work.denied_requests;
    (denied > 0).then(|| {
        Verdict::new(
            Level::Failing,
            format!(
                "failing – SQS denied {} of {} in the last 5 minutes{}",
                thousands(denied),
                count(work.requests, "request"),
                not_deleted(work)
            ),
        )
        .advising(
            "allow sqs:DeleteMessage, sqs:ChangeMessageVisibility and sqs:GetQueueAttributes; the \
             log names the denied action",
        )
        .causing(Harm::Denied)
        .with_runbook("LongshoreRequestsRefused")
    })
}

/// Messages that were neither settled nor released come back.
pub(super) fn abandoned(work: &WorkReport) -> Option<Verdict> {
    (work.abandoned > 0).then(|| {
        let abandoned = count(work.abandoned, "message");
        Verdict::new(
            Level::AtRisk,
            format!("at risk – {abandoned} abandoned in the last 5 minutes, to be processed again"),
        )
        .advising("check the network to SQS; the log has the errors of deletes")
        .causing(Harm::Repeated)
        .with_runbook("LongshoreMessagesAbandoned")
    })
}

fn not_deleted(work: &WorkReport) -> String {
    match work.abandoned {
        0 => String::new(),
        abandoned => format!("; {} abandoned, to be processed again", count(abandoned, "message")),
    }
}

/// Most or many handlers fail.
pub(super) fn failing_handlers(work: &WorkReport, min_bad_events: u32) -> Option<Verdict> {
    let (failed, calls) = (work.failed_calls, work.calls);
    let share = failed as f64 / calls as f64;
    if failed < u64::from(min_bad_events) || share < MANY {
        return None;
    }
    let (level, word) =
        if share >= MOST { (Level::Failing, "failing") } else { (Level::AtRisk, "at risk") };
    let says = format!(
        "{word} – {} of {} failed in the last 5 minutes",
        thousands(failed),
        count(calls, "handler call")
    );
    let advice = "look up the reasons in the log: the field `reason` of \"message not processed\"";
    let verdict = Verdict::new(level, says).advising(advice).causing(Harm::Failed);
    Some(verdict.with_runbook("LongshoreHandlersFailing"))
}

/// All slots are taken, and no message was settled.
pub(super) fn blocked_slots(work: &WorkReport) -> Option<Verdict> {
    let oldest = work.oldest_in_flight_seconds.filter(|seconds| *seconds >= 60.0)?;
    let running = work.in_flight - work.held.min(work.in_flight);
    if running < work.concurrency || work.settled > 0 {
        return None;
    }
    let waiting = match work.waiting {
        Some(waiting) if waiting > 0 => format!("; {} waiting", count(waiting, "message")),
        _ => String::new(),
    };
    let says = format!(
        "failing – all {} hang: none ended in the last 5 minutes, the oldest has run for {}{waiting}",
        count(work.concurrency, "handler"),
        time(oldest)
    );
    let advice = "find out what the handlers wait for; a shorter handler.timeout ends them";
    let verdict = Verdict::new(Level::Failing, says).advising(advice).causing(Harm::Stopped);
    Some(verdict.with_runbook("LongshoreSlotsBlocked"))
}

/// The queue grows although handlers work.
pub(super) fn growing_backlog(work: &WorkReport) -> Option<Verdict> {
    let (from, to) = (work.backlog_grew_from?, work.waiting?);
    let says = format!(
        "at risk – the backlog grew from {} to {} within 15 minutes",
        thousands(from),
        count(to, "message")
    );
    let verdict = Verdict::new(Level::AtRisk, says).advising("add workers, or raise concurrency");
    Some(verdict.causing(Harm::Waiting).with_runbook("LongshoreBacklogGrowing"))
}

/// SQS throttles requests.
pub(super) fn throttled(work: &WorkReport) -> Option<Verdict> {
    let (throttled, requests) = (work.throttled_requests, work.requests);
    (throttled as f64 >= requests as f64 * MANY && throttled > 0).then(|| {
        let says = format!(
            "at risk – SQS throttled {} of {} in the last 5 minutes",
            thousands(throttled),
            count(requests, "request")
        );
        Verdict::new(Level::AtRisk, says)
            .advising("ask AWS for a higher quota, or raise gather and delete_linger")
            .causing(Harm::Waiting)
            .with_runbook("LongshoreRequestsThrottled")
    })
}

/// Messages that failed for good wait for an operator. SQS deletes them at the end of their retention.
pub(super) fn dead_letters(work: &WorkReport) -> Option<Verdict> {
    let messages = work.dead_letters.filter(|messages| *messages > 0)?;
    let (messages, verb) =
        (count(messages, "message"), if messages == 1 { "waits" } else { "wait" });
    let says = format!("at risk – {messages} {verb} in the dead-letter queue");
    let advice = "find out why they failed, then redrive or delete them; SQS deletes them at the \
                  end of their retention";
    let verdict = Verdict::new(Level::AtRisk, says).advising(advice).causing(Harm::Waiting);
    Some(verdict.with_runbook("LongshoreDeadLetters"))
}

/// What the objectives need is not known.
pub(super) fn unknown_attributes(work: &WorkReport) -> Option<Verdict> {
    let why = work.attributes_error.as_deref()?;
    Some(
        Verdict::new(
            Level::AtRisk,
            format!("at risk – the redrive policy and the backlog are not known: {why}"),
        )
        .advising("allow sqs:GetQueueAttributes")
        .causing(Harm::Blind)
        .with_runbook("LongshoreRequestsRefused"),
    )
}
