//! What requests cost.

/// Requests that SQS bills for one call with this payload: one for each 64 KiB begun.
pub fn billed_chunks(payload_bytes: usize) -> u64 {
    payload_bytes.div_ceil(64 * 1024).max(1) as u64
}
