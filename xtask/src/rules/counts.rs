//! Counts over 5 minutes, and the counts over longer windows that are made from them.
//!
//! A rule that reads the counters of all workers over 3 days reads thousands of samples of each
//! series every minute. So the counters are read over 5 minutes only. Each longer window is a sum of
//! recorded counts, one series for each queue, however many workers there are.

use super::group::{BY_QUEUE, BY_SLO, Rule, record};
use super::scale::{Scale, minutes};
use super::settings::{PRICE, of_running};

/// A group that is evaluated every minute records each event 5 times, because its windows overlap.
pub(super) const COUNTED: u64 = 5;

/// Events of an SLO.
pub(super) const EVENTS: &str = "job_queue_slo:longshore_slo_events:increase5m";
/// The bad ones of them.
pub(super) const BAD_EVENTS: &str = "job_queue_slo:longshore_slo_bad_events:increase5m";
/// Requests that SQS bills.
pub(super) const BILLED: &str = "job_queue:longshore_billed_requests:increase5m";
/// Messages that were processed and deleted.
pub(super) const DELETED: &str = "job_queue:longshore_deleted_messages:increase5m";
/// Receives that returned no message.
pub(super) const EMPTY: &str = "job_queue:longshore_empty_receives:increase5m";
/// The time that they waited.
pub(super) const EMPTY_SECONDS: &str = "job_queue:longshore_empty_receive_seconds:increase5m";
/// The part of the last 5 minutes in which the counters of a queue existed. A rate divides by it.
pub(super) const OBSERVED: &str = "job_queue:longshore_observed:seconds5m";
/// When a worker of the queue was last seen.
const SEEN: &str = "job_queue:longshore_seen:timestamp_seconds";

/// The counts that burn rates and dollars are made from.
pub(super) fn recordings(scale: Scale) -> Vec<Rule> {
    let mut rules = vec![
        increase(EVENTS, BY_SLO, "longshore_slo_events_total", scale),
        increase(BAD_EVENTS, BY_SLO, r#"longshore_slo_events_total{result="bad"}"#, scale),
        increase(BILLED, BY_QUEUE, "longshore_billed_requests_total", scale),
        increase(DELETED, BY_QUEUE, r#"longshore_messages_total{result="deleted"}"#, scale),
        increase(
            EMPTY,
            BY_QUEUE,
            r#"longshore_receive_duration_seconds_count{outcome="empty"}"#,
            scale,
        ),
        increase(
            EMPTY_SECONDS,
            BY_QUEUE,
            r#"longshore_receive_duration_seconds_sum{outcome="empty"}"#,
            scale,
        ),
    ];
    rules.extend(observed(scale));
    rules
}

/// Time counts from the first worker of the last 3 days, and also while no worker runs: a queue
/// that is scaled to zero costs nothing in that time. The first worker was scraped for the first
/// time half a minute before the first evaluation, on average.
fn observed(scale: Scale) -> [Rule; 2] {
    let (longest, least, most) = (
        scale.text(minutes(3 * 24 * 60)),
        scale.seconds(minutes(1)) / 2.0,
        scale.seconds(minutes(5)),
    );
    [
        record(SEEN, format!("0 * {} + time()", of_running(PRICE))),
        record(
            OBSERVED,
            format!("clamp_max(time() - min_over_time({SEEN}[{longest}]) + {least}, {most})"),
        ),
    ]
}

/// Records how much a counter of all workers rose in 5 minutes.
pub(super) fn increase(name: &str, by: &str, counter: &str, scale: Scale) -> Rule {
    let window = scale.text(minutes(5));
    record(name, format!("sum by ({by}) (increase({counter}[{window}]))"))
}

/// The name of these counts over another window.
pub(super) fn named(counts: &str, window: &str) -> String {
    format!("{}{window}", counts.trim_end_matches("5m"))
}

/// How much was counted in a longer window. An event of the last 5 minutes is not yet in all the
/// counts that will have it, so the last count is the least that the window has. The additional
/// label keeps both values until the larger one is chosen.
pub(super) fn over(counts: &str, by: &str, window: &str) -> String {
    format!(
        "max by ({by}) (
  sum_over_time({counts}[{window}]) / {COUNTED}
  or
  label_replace({counts}, \"window\", \"5m\", \"\", \"\")
)"
    )
}

/// The same if anything was counted, and at least 1. If scrapes are more than 2.5 minutes apart, few
/// of the 5 counts have an event, and their sum can be less than it.
pub(super) fn any_over(counts: &str, by: &str, window: &str) -> String {
    format!("clamp_min({} > 0, 1)", over(counts, by, window))
}
