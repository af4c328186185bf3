//! What happens to the payloads of a queue that are in S3.

use super::queue_metrics::QueueMetrics;
use super::totals::add;
use crate::outcome::{PayloadDelete, PayloadRead};

impl QueueMetrics {
    /// The read of a payload ended, with this number of bytes.
    pub fn payload_read(&self, result: PayloadRead, bytes: usize) {
        if let Some(payloads) = &self.payloads {
            payloads.reads.get(result).increment(1);
            payloads.bytes.increment(bytes as u64);
        }
    }

    /// The delete of a payload ended.
    pub fn payload_deleted(&self, confirmed: bool) {
        let result = if confirmed { PayloadDelete::Ok } else { PayloadDelete::Failed };
        if let Some(deletes) = self.payloads.as_ref().and_then(|it| it.deletes.as_ref()) {
            deletes.get(result).increment(1);
            let totals = &self.figures.totals;
            add(&totals.payload_deletes, 1);
            add(&totals.failed_payload_deletes, u64::from(!confirmed));
        }
    }
}
