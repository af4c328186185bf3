//! Messages that SQS deletes soon, because nothing has processed them in time.

use super::verdict::{Harm, Level, Verdict};
use super::work::WorkReport;
use crate::format::{count, time};
use crate::slo::thresholds::{DEAD_LETTERS_LEFT, DEAD_LETTERS_LEFT_AT_MOST, NEAR_EXPIRY};

/// Each receive of the last minutes had a message that waited for most of the queue's retention.
pub(super) fn messages(work: &WorkReport) -> Option<Verdict> {
    let (age, retention) = (work.oldest_received_least_seconds?, work.retention_seconds?);
    (age > NEAR_EXPIRY * retention).then(|| {
        let says = format!(
            "failing – messages wait for {}, and SQS deletes them after {}",
            time(age),
            time(retention)
        );
        Verdict::new(Level::Failing, says)
            .advising(
                "add workers or raise concurrency; a longer retention of the queue gives time",
            )
            .causing(Harm::Stopped)
            .with_runbook("LongshoreBacklogGrowing")
    })
}

/// The dead-letter queue has not been empty for most of its retention.
pub(super) fn dead_letters(work: &WorkReport) -> Option<Verdict> {
    let left = work.dead_letters_expire_in_seconds?;
    let retention = work.dead_letter_retention_seconds?;
    let least = (DEAD_LETTERS_LEFT * retention).min(DEAD_LETTERS_LEFT_AT_MOST.as_secs_f64());
    (left < least).then(|| {
        let says = format!(
            "failing – SQS deletes the oldest of {} in the dead-letter queue in at most {}",
            count(work.dead_letters.unwrap_or_default(), "message"),
            time(left)
        );
        Verdict::new(Level::Failing, says)
            .advising("redrive or copy these messages now, or raise the retention of the queue")
            .causing(Harm::Failed)
            .with_runbook("LongshoreDeadLettersExpire")
    })
}
