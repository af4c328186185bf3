//! The error budgets of what users feel: how fast they burn, and what was lost.

use super::objective::{BurnReport, SloReport};
use super::verdict::{Harm, Level, Verdict};
use crate::format::{count, span, thousands, time};
use crate::label::LabelSet;
use crate::slo::Slo;
use crate::slo::windows::{Severity, alerts};

/// The steepest burn of this severity that is active, for delivery, freshness and latency.
pub(super) fn burning(
    slos: &[SloReport],
    min_bad_events: u32,
    severity: Severity,
) -> Option<Verdict> {
    let slos_of_users = [Slo::Delivery, Slo::Freshness, Slo::Latency];
    let found = slos_of_users.into_iter().find_map(|slo| {
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
    let level = Level::of(severity);
    let advice = match slo {
        Slo::Delivery => READ_FAILURES,
        Slo::Latency => "find out what the handler waits for",
        Slo::Freshness => "add workers, or raise concurrency",
        Slo::Polling => unreachable!("polling is judged by its cost"),
    };
    let says = format!(
        "{} – {} in the last {}",
        level.word(),
        bad_events(slo, report, long),
        span(long.covered_seconds)
    );
    let harm = if slo == Slo::Delivery { Harm::Failed } else { Harm::Waiting };
    let verdict = Verdict::new(level, says).advising(advice).causing(harm);
    Some(verdict.with_runbook("LongshoreErrorBudgetBurn"))
}

/// Messages that were lost one by one, too slowly for the burn rates: in the longest window that this
/// process remembers.
pub(super) fn lost(slos: &[SloReport], min_bad_events: u32) -> Option<Verdict> {
    let report = &slos[Slo::Delivery.index()];
    let longest = report.burn.last().filter(|window| window.bad >= u64::from(min_bad_events))?;
    let says = format!(
        "at risk – {} in the last {}",
        bad_events(Slo::Delivery, report, longest),
        span(longest.covered_seconds)
    );
    let verdict = Verdict::new(Level::AtRisk, says).advising(READ_FAILURES).causing(Harm::Failed);
    Some(verdict.with_runbook("LongshoreMessagesLost"))
}

const READ_FAILURES: &str =
    "read the last failures of this queue, and look into its dead-letter queue if it has one";

/// "3 of 40 messages were not processed".
pub(super) fn bad_events(slo: Slo, report: &SloReport, window: &BurnReport) -> String {
    let threshold = time(report.threshold_seconds.unwrap_or_default());
    let of = |one| format!("{} of {}", thousands(window.bad), count(window.good + window.bad, one));
    match slo {
        Slo::Delivery => format!("{} were not processed", of("message")),
        Slo::Latency => format!("{} took longer than {threshold}", of("handler")),
        Slo::Freshness => format!("{} waited longer than {threshold} for a handler", of("message")),
        Slo::Polling => format!("{} returned empty before the longest wait", of("receive")),
    }
}
