//! Operations on semaphores that slots need.

use std::sync::Arc;

use crate::sync::{OwnedSemaphorePermit, Semaphore};

/// Waits for this number of permits. Cancel-safe.
pub(super) async fn take(semaphore: &Arc<Semaphore>, permits: usize) -> OwnedSemaphorePermit {
    let permits = u32::try_from(permits).expect("at most one batch is taken");
    semaphore.clone().acquire_many_owned(permits).await.expect("the semaphore is never closed")
}

/// Adds free permits to `taken`, until there are `up_to`. Does not wait.
pub(super) fn take_more(
    semaphore: &Arc<Semaphore>,
    taken: &mut Vec<OwnedSemaphorePermit>,
    up_to: usize,
) {
    while taken.len() < up_to
        && let Ok(more) = semaphore.clone().try_acquire_owned()
    {
        taken.push(more);
    }
}

/// Takes this number of permits if they are free.
pub(super) fn try_take(
    semaphore: &Arc<Semaphore>,
    permits: usize,
) -> Option<Vec<OwnedSemaphorePermit>> {
    let count = u32::try_from(permits).expect("at most one batch is taken");
    let mut taken = semaphore.clone().try_acquire_many_owned(count).ok()?;
    (0..permits).map(|_| taken.split(1)).collect()
}
