//! A message that is in hand and has no handler: it waits for a slot, or to be given back.

use std::sync::Arc;

use super::intake::Intake;
use super::lease::Lease;
use super::outcome::Disposition;
use super::pause::Probe;
use super::settler::SettleSender;
use super::slots::{Ahead, Slot};
use crate::queue::Message;

/// A message that was received for a slot that is to come free.
pub(super) struct Held {
    pub(super) message: Message,
    pub(super) lease: Lease,
    pub(super) probe: Option<Probe>,
    pub(super) place: Ahead,
}

/// Waits for a slot and has the message handled. Once a stop begins, no handler starts: it is given back.
pub(super) async fn hold(intake: Arc<Intake>, held: Held, settler: SettleSender) {
    let Held { message, lease, probe, place } = held;
    let slot: Option<Slot> = tokio::select! {
        biased;
        () = intake.stop.begun() => None,
        () = lease.lost() => None,
        slot = intake.slots.next_free() => Some(slot),
    };
    drop(place);
    match slot {
        Some(slot) => {
            intake.processor.clone().process(message, lease, slot, probe, settler).await;
        }
        None if lease.is_lost() => give_back(lease, Disposition::LOST, &settler).await,
        None => give_back_after_polls(intake, lease, settler).await,
    }
}

/// Gives a message back once no poll is open: one that is would receive it again.
pub(super) async fn give_back_after_polls(
    intake: Arc<Intake>,
    lease: Lease,
    settler: SettleSender,
) {
    intake.polls_over.cancelled().await;
    give_back(lease, Disposition::RELEASE, &settler).await;
}

/// Gives a message back now.
pub(super) async fn give_back(mut lease: Lease, disposition: Disposition, settler: &SettleSender) {
    lease.unhold();
    lease.silence().await;
    settler.settle(lease, disposition).await;
}
