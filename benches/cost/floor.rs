//! The minimum: the requests of a consumer that knows every arrival and every end of a handler in
//! advance, and lets a message wait as long as Longshore does by default: for `gather` before its
//! receive and for `delete_linger` before its delete.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use longshore::queue::BATCH;

use super::SEED;
use super::scenario::Scenario;
use super::traffic::Traffic;
use super::worker;

/// A sample of ends of handlers that is large enough.
const SAMPLE: usize = 20_000;

/// Requests per message; `None` without messages.
pub fn minimum(scenario: &Scenario) -> Option<f64> {
    let linger = worker::defaults().delete_linger;
    let handled = |message| scenario.handling.time_for(SEED, message);
    if scenario.traffic == Traffic::Backlog {
        // Every receive returns ten messages. Deletes follow the ends of handlers in slots that
        // are always busy.
        let slots = scenario.concurrency * scenario.replicas;
        return Some(1.0 / BATCH as f64 + requests(ends(slots, handled), linger));
    }
    let arrivals = scenario.traffic.arrivals(SEED, scenario.length());
    let mut ends: Vec<Duration> =
        arrivals.iter().enumerate().map(|(message, at)| *at + handled(message)).collect();
    ends.sort_unstable();
    (!arrivals.is_empty()).then(|| requests(arrivals, scenario.gather) + requests(ends, linger))
}

/// Requests per message if each request takes up to ten messages that arrive while its first one
/// waits.
fn requests(times: Vec<Duration>, max_wait: Duration) -> f64 {
    let mut requests = 0;
    let mut rest = times.as_slice();
    while let Some(first) = rest.first() {
        let batch = rest.iter().take(BATCH).take_while(|at| **at <= *first + max_wait).count();
        rest = &rest[batch..];
        requests += 1;
    }
    f64::from(requests) / times.len() as f64
}

/// The times at which handlers end in this number of slots, if each slot starts the next handler at
/// once.
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
