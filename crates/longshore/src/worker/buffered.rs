//! A message that is in flight without a handler: it waits for a slot, or for its release.

use std::sync::Arc;

use super::disposition::Disposition;
use super::lease::Lease;
use super::polling::Polling;
use super::settler::SettleSender;
use super::slots::{Prefetched, Slot};
use super::work::Order;
use crate::queue::Message;

/// A message that was received for a slot that is expected to become free.
pub(super) struct Buffered {
    pub(super) message: Message,
    pub(super) lease: Lease,
    pub(super) place: Prefetched,
}

/// Waits for a slot, then processes the message. Releases it if a stop begins first.
pub(super) async fn wait_for_slot(
    polling: Arc<Polling>,
    buffered: Buffered,
    settler: SettleSender,
) {
    let Buffered { message, lease, place } = buffered;
    let is_last = polling.processor.is_last_receive(message.receive_count);
    let slot: Option<Slot> = tokio::select! {
        biased;
        () = polling.stop.releases(is_last) => None,
        () = lease.lost() => None,
        slot = polling.slots.slot_for(place) => Some(slot),
    };
    match slot {
        Some(slot) => {
            polling.processor.process(message, lease, slot, Order::Any, &settler).await;
        }
        None if lease.is_lost() => release(lease, Disposition::LOST, &settler).await,
        None => release_after_polls(polling, lease, settler).await,
    }
}

/// Releases a message when no receive is open any more, because an open one would receive it again.
pub(super) async fn release_after_polls(
    polling: Arc<Polling>,
    lease: Lease,
    settler: SettleSender,
) {
    polling.polls_over.cancelled().await;
    release(lease, Disposition::RELEASE, &settler).await;
}

/// Settles a message that no handler had.
pub(super) async fn release(mut lease: Lease, disposition: Disposition, settler: &SettleSender) {
    lease.leave_buffer();
    settler.settle(lease.silence().await, disposition, true).await;
}
