//! The counters of Longshore's workers, which Prometheus scrapes: exact figures in the place of those of
//! CloudWatch.

mod client;
mod queries;

use std::collections::BTreeMap;
use std::time::Duration;

pub use client::{Client, PrometheusError};

use crate::account::Step;
use crate::gap::Gap;
use crate::queue::{Usage, WorkerCounters};
use crate::report::{Facts, SourceOfFigures};
use queries::{QUERIES, Query, RECENT_HOURS};

/// The results of all queries for one queue.
type Figures = BTreeMap<Query, f64>;

/// Adds the figures of the last days to the queues that workers process. The other queues get none, and
/// there is a gap, unless they are dead-letter queues.
///
/// # Errors
/// If the server does not answer a query, or refuses it.
///
/// # Cancel safety
/// It only reads, so it can be dropped at any time.
pub async fn measure(
    client: &Client,
    facts: &mut Facts,
    days: u32,
    progress: &dyn crate::account::Progress,
) -> Result<(), PrometheusError> {
    progress.begin(Step::Measuring(QUERIES.len()));
    let mut by_queue: BTreeMap<String, Figures> = BTreeMap::new();
    for query in QUERIES {
        for (queue, value) in client.by_queue(&query.expression(days)).await? {
            by_queue.entry(queue).or_default().insert(*query, value);
        }
        progress.advance();
    }
    facts.source = SourceOfFigures::Prometheus;
    facts.days = Some(days);
    let mut without = 0;
    for queue in &mut facts.queues {
        queue.usage = by_queue.get(&queue.name).and_then(usage);
        // Workers process no dead-letter queues.
        let is_expected = queue.is_dead_letter_queue() != Some(true);
        without += usize::from(queue.usage.is_none() && is_expected);
    }
    if without > 0 {
        facts.gaps.push(Gap {
            action: "Prometheus",
            queues: without,
            error: format!(
                "No worker of Longshore on this server processed these queues in {days} days."
            ),
            lacks: "money, ages and rates",
            statement: None,
        });
    }
    Ok(())
}

/// The days that the samples cover.
fn days(figures: &Figures) -> Option<f64> {
    // The first step can be a few seconds after the start of the range.
    let whole = (f64::from(RECENT_HOURS) - 1.0 / 60.0) / 24.0;
    let recent = figures.get(&Query::RecentDays).filter(|days| **days < whole);
    recent.or(figures.get(&Query::Days)).copied().filter(|days| *days > 0.0)
}

/// `None` without samples of more than one moment.
fn usage(figures: &Figures) -> Option<Usage> {
    let get = |query| figures.get(&query).copied();
    let sum = |query| get(query).unwrap_or_default();
    let seconds = |query| {
        get(query).filter(|value| value.is_finite() && *value >= 0.0).map(Duration::from_secs_f64)
    };
    Some(Usage {
        days: days(figures)?,
        received: sum(Query::Received),
        deleted: sum(Query::Deleted),
        sent: sum(Query::FirstReceives),
        empty_receives: sum(Query::EmptyReceives),
        worker: Some(WorkerCounters {
            wasted_receives: sum(Query::WastedReceives),
            heartbeats: sum(Query::Heartbeats),
            billed_requests: sum(Query::BilledRequests),
            handler_p99: seconds(Query::HandlerP99),
        }),
        ..Usage::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_young_worker_is_measured_by_its_samples_and_not_by_all_days() {
        let figures =
            |days, recent| Figures::from([(Query::Days, days), (Query::RecentDays, recent)]);
        let two_hours = (2.0 - 5.0 / 3_600.0) / 24.0;
        assert_eq!(days(&figures(0.0, 0.001)), Some(0.001));
        assert_eq!(days(&figures(14.0, two_hours)), Some(14.0));
        assert_eq!(days(&Figures::new()), None);
    }
}
