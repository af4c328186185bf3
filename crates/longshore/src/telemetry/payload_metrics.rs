//! The metrics of the payloads of one queue that are in S3.

use metrics::Counter;

use super::catalog;
use super::series::{Family, Registrar, all};
use crate::config::PayloadsConfig;
use crate::outcome::{PayloadDelete, PayloadRead};

/// Registered for queues with `payloads.buckets`.
pub(super) struct PayloadMetrics {
    pub(super) reads: Family<PayloadRead, Counter>,
    pub(super) bytes: Counter,
    /// Only with `payloads.delete`.
    pub(super) deletes: Option<Family<PayloadDelete, Counter>>,
}

impl PayloadMetrics {
    pub(super) fn register(r: &Registrar, config: &PayloadsConfig) -> Option<Self> {
        config.is_on().then(|| Self {
            reads: r.counters(&catalog::PAYLOAD_READS, all),
            bytes: r.counter(&catalog::PAYLOAD_BYTES, &[]),
            deletes: config.delete.then(|| r.counters(&catalog::PAYLOAD_DELETES, all)),
        })
    }
}
