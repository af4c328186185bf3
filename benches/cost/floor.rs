//! The least that is possible: what a consumer would ask that knew every arrival and every handler's end
//! beforehand, and let a message wait no longer than Longshore may by default: for `gather` before its
//! receive, for `delete_linger` before its delete.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use longshore::queue::BATCH;

use super::SEED;
use super::scenario::Scenario;
use super::traffic::Traffic;
use super::worker;

/// Ends of handlers that are enough to know the rest.
const SAMPLE: usize = 20_000;

/// Requests a message; `None` where there are no messages.
pub fn of(scenario: &Scenario) -> Option<f64> {
    let linger = worker::defaults().delete_linger;
    let handled = |message| scenario.handling.of(SEED, message);
    if scenario.traffic == Traffic::Backlog {
        // Ten for every receive, and deletes as the handlers of always busy slots end.
        let slots = scenario.concurrency * scenario.replicas;
        return Some(1.0 / BATCH as f64 + requests(ends(slots, handled), linger));
    }
    let arrivals = scenario.traffic.arrivals(SEED, scenario.length());
    let mut ends: Vec<Duration> =
        arrivals.iter().enumerate().map(|(message, at)| *at + handled(message)).collect();
    ends.sort_unstable();
    (!arrivals.is_empty()).then(|| requests(arrivals, scenario.gather) + requests(ends, linger))
}

/// Requests a message when the first of each takes along all that come while it may wait, up to ten.
fn requests(times: Vec<Duration>, patience: Duration) -> f64 {
    let mut requests = 0;
    let mut rest = times.as_slice();
    while let Some(first) = rest.first() {
        let company = rest.iter().take(BATCH).take_while(|at| **at <= *first + patience).count();
        rest = &rest[company..];
        requests += 1;
    }
    f64::from(requests) / times.len() as f64
}

/// When the handlers of so many slots end, each followed by another at once.
fn ends(slots: usize, handled: impl Fn(usize) -> Duration) -> Vec<Duration> {
    let mut running: BinaryHeap<Reverse<Duration>> =
        (0..slots).map(|message| Reverse(handled(message))).collect();
    (slots..slots + SAMPLE)
        .filter_map(|message| {
            let Reverse(end) = running.pop()?;
            running.push(Reverse(end + handled(message)));
            Some(end)
        })
        .collect()
}
