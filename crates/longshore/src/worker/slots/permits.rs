//! Operations on semaphores that slots need.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Waits for this number of permits. Cancel-safe.
pub(super) async fn take(semaphore: &Arc<Semaphore>, permits: usize) -> OwnedSemaphorePermit {
    let permits = u32::try_from(permits).expect("at most one batch is taken");
    semaphore.clone().acquire_many_owned(permits).await.expect("the semaphore is never closed")
}

/// Adds free permits to `taken`, until it has `up_to`. Does not wait.
pub(super) fn take_more(
    semaphore: &Arc<Semaphore>,
    taken: &mut OwnedSemaphorePermit,
    up_to: usize,
) {
    while taken.num_permits() < up_to
        && let Ok(more) = semaphore.clone().try_acquire_owned()
    {
        taken.merge(more);
    }
}

/// Takes this number of permits if they are free.
pub(super) fn try_take(semaphore: &Arc<Semaphore>, permits: usize) -> Option<OwnedSemaphorePermit> {
    let permits = u32::try_from(permits).expect("at most one batch is taken");
    semaphore.clone().try_acquire_many_owned(permits).ok()
}

/// Single permits.
pub(super) fn split(
    mut permits: OwnedSemaphorePermit,
) -> impl Iterator<Item = OwnedSemaphorePermit> {
    std::iter::from_fn(move || permits.split(1))
}
