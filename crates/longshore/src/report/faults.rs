//! Faults of the last minutes that no objective has judged yet, or that none of them judges.

use super::verdict::{Harm, Level, Verdict};
use super::work::WorkReport;
use crate::format::{count, thousands, time};
use crate::slo::thresholds::{
    DELETED_SHARE, FAILED_CALLS, FEWEST_CALLS, FEWEST_PROCESSED, GROUP_BLOCKED_PAGE,
    GROUP_BLOCKED_TICKET, KEPT_PAYLOADS, NEAR_IN_FLIGHT_LIMIT, THROTTLED_REQUESTS,
};

/// Most processed messages are not deleted, so SQS redelivers them, and they are processed again.
pub(super) fn not_deleted(work: &WorkReport) -> Option<Verdict> {
    let (processed, deleted) = (work.processed, work.recently_deleted);
    if processed < FEWEST_PROCESSED || deleted as f64 >= processed as f64 * DELETED_SHARE {
        return None;
    }
    let refused = match work.refused_requests {
        0 => String::new(),
        _ => format!("; {}", refusals(work)),
    };
    let says = format!(
        "failing – SQS redelivers processed messages: {} of {} were deleted in the last 5 \
         minutes{refused}",
        thousands(deleted),
        thousands(processed)
    );
    let advice = if work.refused_requests > 0 {
        ALLOW
    } else {
        "check the network to SQS; the log has the errors of deletes"
    };
    let verdict = Verdict::new(Level::Failing, says).advising(advice).causing(Harm::Denied);
    Some(verdict.with_runbook("LongshoreMessagesNotDeleted"))
}

/// SQS refuses requests although the queue is polled.
pub(super) fn refused(work: &WorkReport) -> Option<Verdict> {
    (work.refused_requests > 0).then(|| {
        Verdict::new(Level::AtRisk, format!("at risk – {} in the last 5 minutes", refusals(work)))
            .advising(ALLOW)
            .causing(Harm::Denied)
            .with_runbook("LongshoreRequestsRefused")
    })
}

const ALLOW: &str = "allow sqs:DeleteMessage and sqs:ChangeMessageVisibility; the log names the \
                     action and the error";

fn refusals(work: &WorkReport) -> String {
    format!(
        "SQS refused {} of {}",
        thousands(work.refused_requests),
        count(work.requests, "request")
    )
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

/// Messages became visible to other consumers while their handlers ran.
pub(super) fn leases_lost(work: &WorkReport, min_bad_events: u32) -> Option<Verdict> {
    (work.leases_lost >= u64::from(min_bad_events)).then(|| {
        let messages = count(work.leases_lost, "message");
        let says = format!(
            "at risk – the visibility timeout of {messages} ended before their handlers did in the \
             last hour"
        );
        Verdict::new(Level::AtRisk, says)
            .advising(
                "give the worker more CPU, and allow sqs:ChangeMessageVisibility; the log has the \
                 failed heartbeats",
            )
            .causing(Harm::Repeated)
            .with_runbook("LongshoreLeasesLost")
    })
}

/// Rejected messages stay in the queue, although the configuration moves them.
pub(super) fn not_moved(work: &WorkReport) -> Option<Verdict> {
    (work.not_moved > 0).then(|| {
        let rejected = count(work.not_moved, "rejected message");
        let says = format!(
            "at risk – {rejected} not moved to the dead-letter queue in the last 5 minutes"
        );
        Verdict::new(Level::AtRisk, says)
            .advising("add a redrive policy, and allow sqs:SendMessage on the dead-letter queue; the log has the error")
            .causing(Harm::Repeated)
            .with_runbook("LongshoreRejectsNotMoved")
    })
}

/// Periodic tasks were due, and no worker sent them.
pub(super) fn tasks_not_sent(work: &WorkReport) -> Option<Verdict> {
    (work.tasks_not_sent > 0).then(|| {
        let runs = count(work.tasks_not_sent, "run");
        let says = format!("at risk – {runs} of periodic tasks not sent in the last 5 minutes");
        Verdict::new(Level::AtRisk, says)
            .advising(
                "start the tasks by hand if they are needed; the log has the tasks and the errors",
            )
            .causing(Harm::Failed)
            .with_runbook("LongshorePeriodicTasksNotSent")
    })
}

/// The payloads of processed messages stay in S3.
pub(super) fn kept_payloads(work: &WorkReport, min_bad_events: u32) -> Option<Verdict> {
    let (failed, all) = (work.failed_payload_deletes, work.payload_deletes);
    let are_many = failed >= u64::from(min_bad_events);
    (are_many && failed as f64 > all as f64 * KEPT_PAYLOADS).then(|| {
        let (failed, all) = (thousands(failed), count(all, "payload"));
        let says = format!("at risk – {failed} of {all} not deleted from S3 in the last hour");
        Verdict::new(Level::AtRisk, says)
            .advising("allow s3:DeleteObject on the bucket; the log has the errors")
            .with_runbook("LongshorePayloadsNotDeleted")
    })
}

/// The shutdown interrupted handlers, and their messages are processed again from the start.
pub(super) fn aborted(work: &WorkReport) -> Option<Verdict> {
    (work.shutdown.aborted > 0).then(|| {
        let aborted = count(work.shutdown.aborted, "handler");
        let says =
            format!("at risk – the shutdown aborted {aborted}; SQS redelivers their messages");
        Verdict::new(Level::AtRisk, says)
            .advising(LONGER_GRACE)
            .causing(Harm::Repeated)
            .with_runbook(ABORTED)
    })
}

/// The alert on aborted messages, and what to do.
pub(super) const ABORTED: &str = "LongshoreMessagesAborted";
pub(super) const LONGER_GRACE: &str =
    "pause deploys, and raise shutdown.grace above the longest handler time";

/// Most or many handlers fail.
pub(super) fn failing_handlers(work: &WorkReport, min_bad_events: u32) -> Option<Verdict> {
    let (failed, calls) = (work.failed_calls, work.calls);
    let severity = FAILED_CALLS.severity(failed as f64 / calls as f64)?;
    if failed < u64::from(min_bad_events) {
        return None;
    }
    let level = if calls < FEWEST_CALLS { Level::AtRisk } else { Level::of(severity) };
    let says = format!(
        "{} – {} of {} failed in the last 5 minutes",
        level.word(),
        thousands(failed),
        count(calls, "handler call")
    );
    let advice = "read the last failures of this queue; fix the handler or what it calls";
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

/// A message of a FIFO queue fails again and again, and the rest of its group waits for it.
pub(super) fn blocked_group(work: &WorkReport) -> Option<Verdict> {
    let seconds = work.blocked_group_seconds?;
    let level = match seconds {
        seconds if seconds > GROUP_BLOCKED_PAGE.as_secs_f64() => Level::Failing,
        seconds if seconds > GROUP_BLOCKED_TICKET.as_secs_f64() => Level::AtRisk,
        _ => return None,
    };
    let group = work.blocked_group.as_deref().unwrap_or_default();
    let says =
        format!("{} – message group {group} has not advanced for {}", level.word(), time(seconds));
    let advice = "read the last failures of this queue: the first message of the group blocks the \
                  others";
    let verdict = Verdict::new(level, says).advising(advice).causing(Harm::Waiting);
    Some(verdict.with_runbook("LongshoreGroupBlocked"))
}

/// SQS throttles requests.
pub(super) fn throttled(work: &WorkReport) -> Option<Verdict> {
    let (throttled, requests) = (work.throttled_requests, work.requests);
    let level = Level::of(THROTTLED_REQUESTS.severity(throttled as f64 / requests as f64)?);
    let says = format!(
        "{} – SQS throttled {} of {} in the last 5 minutes",
        level.word(),
        thousands(throttled),
        count(requests, "request")
    );
    let verdict = Verdict::new(level, says)
        .advising("ask AWS for a higher quota, or raise gather and delete_linger")
        .causing(Harm::Waiting);
    Some(verdict.with_runbook("LongshoreRequestsThrottled"))
}

/// SQS returns no more messages when too many are in flight.
pub(super) fn in_flight_limit(work: &WorkReport) -> Option<Verdict> {
    let in_flight = work.in_flight_in_queue.filter(|number| *number > NEAR_IN_FLIGHT_LIMIT)?;
    let in_flight = count(in_flight, "message");
    let says = format!("at risk – {in_flight} of the queue in flight; SQS allows 120,000");
    let advice = "find the consumers that receive messages and do not delete them";
    let verdict = Verdict::new(Level::AtRisk, says).advising(advice).causing(Harm::Waiting);
    Some(verdict.with_runbook("LongshoreInFlightLimitNear"))
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
