//! The metrics of the message groups of one FIFO queue. No series has the id of a group.

use metrics::{Counter, Gauge};

use super::catalog;
use super::series::Registrar;

/// Registered for FIFO queues only.
pub(super) struct GroupMetrics {
    pub(super) in_hand: Gauge,
    pub(super) blocked: Gauge,
    pub(super) released: Counter,
}

impl GroupMetrics {
    pub(super) fn register(r: &Registrar) -> Self {
        Self {
            in_hand: r.gauge(&catalog::MESSAGE_GROUPS, &[]),
            blocked: r.gauge(&catalog::GROUP_BLOCKED, &[]),
            released: r.counter(&catalog::RELEASED_BEHIND_FAILURE, &[]),
        }
    }
}
