//! The counts of a queue that the process reads back. They also prove the identity
//! *received = settled + abandoned + in flight*.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::cost::waste;
use crate::slo::{Judgement, Slo};

macro_rules! totals {
    ($($(#[$doc:meta])+ $field:ident,)+) => {
        /// Running counts of one queue since the start.
        #[derive(Debug, Default)]
        pub struct Totals { $(pub(super) $field: AtomicU64,)+ }

        /// [`Totals`] at one moment.
        #[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
        pub struct Snapshot { $($(#[$doc])+ pub $field: u64,)+ }

        impl Totals {
            /// The counts now. Each is exact; together they may be a few events apart.
            pub fn snapshot(&self) -> Snapshot {
                Snapshot { $($field: self.$field.load(Relaxed),)+ }
            }
        }

        impl Snapshot {
            /// The events since an `earlier` snapshot of the same queue.
            pub fn since(self, earlier: Self) -> Self {
                Self { $($field: self.$field - earlier.$field,)+ }
            }

            /// The sum of two queues' counts.
            pub fn plus(self, other: Self) -> Self {
                Self { $($field: self.$field + other.$field,)+ }
            }
        }
    };
}

totals! {
    /// Successful receives, empty or not.
    receives,
    /// Empty receives.
    empty_receives,
    /// Microseconds that all empty receives took.
    empty_receive_micros,
    /// Receives that failed.
    failed_receives,
    /// Messages received.
    received,
    /// Receives of messages that were settled, lost leases included.
    settled,
    /// Of these, messages deleted.
    deleted,
    /// Of these, messages whose visibility timeout ended before their handler did.
    leases_lost,
    /// Messages that were neither settled nor released.
    abandoned,
    /// Messages whose handler a shutdown interrupted.
    aborted,
    /// Messages in flight during a shutdown whose handler ended by itself.
    completed,
    /// Messages in flight during a shutdown that were released before a handler started.
    released,
    /// Handlers that ended.
    calls,
    /// Of these, handlers that failed.
    handler_errors,
    /// Of these, handlers that processed their message.
    processed,
    /// Rejected messages that were not moved to the dead-letter queue as configured.
    not_moved,
    /// Runs of periodic tasks that were not sent.
    tasks_not_sent,
    /// Deletes of payloads in S3 that ended.
    payload_deletes,
    /// Of these, deletes that failed.
    failed_payload_deletes,
    /// Requests sent.
    requests,
    /// Requests that SQS refused and only an operator can fix, without those for attributes.
    refused_requests,
    /// Requests that SQS throttled.
    throttled_requests,
    /// Requests that SQS bills.
    billed_requests,
    /// Events that met the objective of this name. `_bad` counts the others.
    delivery_good,
    /// See `delivery_good`.
    delivery_bad,
    /// See `delivery_good`.
    latency_good,
    /// See `delivery_good`.
    latency_bad,
    /// See `delivery_good`.
    freshness_good,
    /// See `delivery_good`.
    freshness_bad,
    /// See `delivery_good`.
    polling_good,
    /// See `delivery_good`.
    polling_bad,
}

impl Totals {
    pub(super) fn slo_event(&self, slo: Slo, judgement: Judgement) {
        let total = match (slo, judgement) {
            (Slo::Delivery, Judgement::Good) => &self.delivery_good,
            (Slo::Delivery, Judgement::Bad) => &self.delivery_bad,
            (Slo::Latency, Judgement::Good) => &self.latency_good,
            (Slo::Latency, Judgement::Bad) => &self.latency_bad,
            (Slo::Freshness, Judgement::Good) => &self.freshness_good,
            (Slo::Freshness, Judgement::Bad) => &self.freshness_bad,
            (Slo::Polling, Judgement::Good) => &self.polling_good,
            (Slo::Polling, Judgement::Bad) => &self.polling_bad,
        };
        add(total, 1);
    }
}

impl Snapshot {
    /// Receives that would have been enough, if each empty one had waited as long as SQS allows.
    pub fn long_poll_floor(&self) -> f64 {
        waste::long_polls(self.empty_receive_seconds())
    }

    /// Empty receives that long polling would have avoided.
    pub fn wasted_receives(&self) -> f64 {
        waste::excess_requests(self.empty_receives, self.empty_receive_seconds())
    }

    /// Billed requests above those of an idle queue with long polling.
    pub fn requests_above_idle(&self) -> f64 {
        waste::excess_requests(self.billed_requests, self.empty_receive_seconds())
    }

    fn empty_receive_seconds(&self) -> f64 {
        self.empty_receive_micros as f64 / 1e6
    }

    /// Good and bad events of an objective.
    pub fn slo_events(&self, slo: Slo) -> (u64, u64) {
        match slo {
            Slo::Delivery => (self.delivery_good, self.delivery_bad),
            Slo::Latency => (self.latency_good, self.latency_bad),
            Slo::Freshness => (self.freshness_good, self.freshness_bad),
            Slo::Polling => (self.polling_good, self.polling_bad),
        }
    }

    /// Messages received and not yet settled.
    pub fn in_flight(&self) -> u64 {
        self.received.saturating_sub(self.settled + self.abandoned)
    }

    /// Share of the successful receives that were empty; 0 without receives.
    pub fn empty_ratio(&self) -> f64 {
        ratio(self.empty_receives as f64, self.receives)
    }

    /// Dollars of requests for each deleted message; 0 if no message was deleted.
    pub fn cost_per_message(&self, price_per_request_usd: f64) -> f64 {
        ratio(self.billed_requests as f64 * price_per_request_usd, self.deleted)
    }
}

fn ratio(part: f64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part / whole as f64 }
}

pub(super) fn add(total: &AtomicU64, n: u64) {
    total.fetch_add(n, Relaxed);
}
