//! The counts of a phase, for the whole fleet.

use std::fmt;
use std::time::Duration;

use longshore::QueueConfig;
use serde::Serialize;
use tokio::time::Instant;

use crate::CELLS;
use crate::cell::Cell;
use crate::phase::Phase;

const DAY: f64 = 86_400.0;
/// AWS's examples count 30 days.
const DAYS_OF_A_MONTH: f64 = 30.0;

/// What the queue and the application counted, not the metrics of the workers.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Facts {
    pub(crate) phase: Phase,
    messages: u64,
    requests: u64,
    empty_receives: u64,
    redelivered: u64,
    aborted: u64,
    repeated: u64,
    longest_gap_seconds: f64,
    workers_killed: u64,
    workers_drained: u64,
    /// Seconds from the beginning of the phase.
    first_aborted_seconds: Option<f64>,
    empty_receives_per_month: f64,
    usd_per_day: f64,
    /// Messages that were deleted without a call that completed.
    lost: u64,
    /// The aborted calls of each hour, also of those after the counts.
    aborted_by_hour: Vec<u64>,
    /// The beginning, the deploy and the end of the day, in seconds since 1970.
    begins: u64,
    deployed: u64,
    ends: u64,
}

impl Facts {
    pub(crate) fn of(phase: Phase, cell: &Cell, cells: u64, begin: Instant) -> Self {
        let lasts = begin.elapsed();
        let counts = cell.queue.counts();
        let calls = cell.application.calls();
        let scale = CELLS as u64 / cells;
        let days = lasts.as_secs_f64() / DAY;
        let (empty_receives, requests) = (counts.empty * scale, counts.billed * scale);
        let usd = requests as f64 * QueueConfig::STANDARD_USD_PER_MILLION / 1e6;
        Self {
            phase,
            messages: calls.begun.saturating_sub(calls.repeated) * scale,
            requests,
            empty_receives,
            redelivered: counts.redelivered * scale,
            aborted: calls.aborted * scale,
            repeated: calls.repeated * scale,
            longest_gap_seconds: calls.longest_gap.as_secs_f64(),
            workers_killed: cell.killed * scale,
            workers_drained: cell.drained * scale,
            first_aborted_seconds: calls.first_aborted.map(|at| (at - begin).as_secs_f64()),
            empty_receives_per_month: empty_receives as f64 / days * DAYS_OF_A_MONTH,
            usd_per_day: usd / days,
            lost: counts.deleted.saturating_sub(calls.completed),
            aborted_by_hour: Vec::new(),
            begins: phase.begins(),
            deployed: phase.begins(),
            ends: phase.begins() + phase.lasts().as_secs(),
        }
    }

    /// The same with what is known at the end of the day: when the deploy was, and the aborted calls of
    /// a cell at the end of each hour.
    pub(crate) fn with_end(mut self, deployed: Duration, aborted: &[u64]) -> Self {
        self.deployed += deployed.as_secs();
        let before = std::iter::once(&0).chain(aborted);
        let by_hour = aborted.iter().zip(before).map(|(now, before)| (now - before) * CELLS as u64);
        self.aborted_by_hour = by_hour.collect();
        self
    }

    pub(crate) fn requests_per_message(&self) -> f64 {
        self.requests as f64 / self.messages as f64
    }

    /// What may not be.
    pub(crate) fn objections(&self) -> Vec<String> {
        let mut found = Vec::new();
        if self.lost > 0 {
            found.push(format!("{:?}: {} messages are lost", self.phase, self.lost));
        }
        if self.repeated != self.aborted {
            let Self { phase, repeated, aborted, .. } = self;
            found.push(format!("{phase:?}: {aborted} calls were aborted, {repeated} began again"));
        }
        if (self.phase == Phase::Killed) != (self.aborted > 0) {
            found.push(format!("{:?}: {} calls were aborted", self.phase, self.aborted));
        }
        found
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?}: {} messages, {:.3} requests per message, {:.2e} empty receives per month, ${:.2} per \
             day, {} aborted, {} redelivered, {} killed, {} drained",
            self.phase,
            self.messages,
            self.requests_per_message(),
            self.empty_receives_per_month,
            self.usd_per_day,
            self.aborted,
            self.redelivered,
            self.workers_killed,
            self.workers_drained,
        )
    }
}
