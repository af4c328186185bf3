//! The first lines of a report.

use crate::figures::{count, dollars};
use crate::report::{FindingCounts, Report, SourceOfFigures, Totals};

/// The first line: what the empty receives of all queues cost, and what long polling would leave.
pub fn headline(report: &Report) -> String {
    let Totals { empty_receives, empty_receives_usd, long_polling_usd, queues, measured, .. } =
        report.totals;
    if queues == 0 {
        return "No queues.".to_owned();
    }
    let (Some(empties), Some(usd), Some(left)) =
        (empty_receives, empty_receives_usd, long_polling_usd)
    else {
        return match (report.source, empty_receives) {
            (SourceOfFigures::TerraformPlan, _) => "A plan has no figures of money.".to_owned(),
            (_, Some(empties)) => format!("{} empty receives a month.", count(empties)),
            (_, None) => {
                "What the empty receives cost is unknown: their figures cannot be read.".to_owned()
            }
        };
    };
    let part = if measured < queues {
        format!("Of {measured} of {queues} queues, because the others have no figures: ")
    } else {
        String::new()
    };
    let estimated = if report.source == SourceOfFigures::CloudWatch { " (estimated)" } else { "" };
    format!(
        "{part}{} empty receives a month cost {}. Long polling would leave {}{estimated}: {} a month are wasted.",
        count(empties),
        dollars(usd),
        dollars(left),
        dollars((usd - left).max(0.0)),
    )
}

/// The second line: what was audited, and how many findings there are.
pub fn subtitle(report: &Report) -> String {
    let queues = report.totals.queues;
    let mut parts = vec![format!("{queues} {}", plural(queues, "queue", "queues"))];
    if let Some(region) = &report.region {
        parts.push(format!("in {region}"));
    }
    if let Some(days) =
        report.days.filter(|_| report.queues.iter().any(|queue| queue.messages.is_some()))
    {
        let source = match report.source {
            SourceOfFigures::CloudWatch => "CloudWatch",
            SourceOfFigures::Prometheus => "Prometheus",
            SourceOfFigures::TerraformPlan => "no figures",
        };
        parts.push(format!(
            "over the last {days} {} ({source})",
            plural(days as usize, "day", "days")
        ));
    }
    let accepted = match report.accepted.len() {
        0 => String::new(),
        accepted => format!(" {accepted} accepted by the baseline."),
    };
    format!("{}. {}.{accepted}", parts.join(" "), findings(report.totals.findings))
}

fn findings(FindingCounts { high, medium, low }: FindingCounts) -> String {
    match high + medium + low {
        0 => "No findings".to_owned(),
        all => {
            format!(
                "{all} {}: {high} high, {medium} medium, {low} low",
                plural(all, "finding", "findings")
            )
        }
    }
}

fn plural(count: usize, one: &'static str, more: &'static str) -> &'static str {
    if count == 1 { one } else { more }
}
